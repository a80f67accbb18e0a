import { ask } from '../core/api.js';
import { t } from '../i18n/t.js';

/** @typedef {import('../core/types.js').User} User */

const crowd = 200; // of more the server does not tell
const lookAfter = 2000; // ms, and up to as long again: all readers come back at once where a server does

/** Who is in the room now: their seals have a dot, and the head of the room counts them. */
export class Presence {
  /** @type {Set<number>} */ #here;
  #sheet = new CSSStyleSheet();
  #timer = 0;

  /** @param {string} room @param {number} me */
  constructor(room, me) {
    this.room = room;
    this.me = me;
    this.#here = new Set([me]);
    const place = document.querySelector('.present');
    this.place = place instanceof HTMLElement ? place : null;
    document.adoptedStyleSheets.push(this.#sheet);
    for (const id of this.place?.dataset.here?.split(' ') ?? []) this.#here.add(Number(id));
    this.#draw();
  }

  /** Asks in a while who is here: what was told while nobody listened is lost. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), lookAfter * (1 + Math.random()));
  }

  async #look() {
    const { status, data } = await ask('GET', `/rooms/${this.room}/presence`);
    if (status !== 200) return;
    this.#here = new Set([this.me, ...data.users.map((/** @type {User} */ { id }) => id)]);
    this.#draw();
  }

  /** Somebody has come or gone. @param {User} user @param {boolean} here */
  heard(user, here) {
    if (here) this.#here.add(user.id);
    else this.#here.delete(user.id);
    this.#draw();
  }

  /** A rule of style reaches also the seals that are not drawn yet. */
  #draw() {
    const seals = [...this.#here].map((id) => `.talk .seal[data-user="${id}"]`).join();
    this.#sheet.replaceSync(`:is(${seals})::after { display: block }`);
    if (!this.place) return;
    const other = Number(this.place.dataset.other);
    const words = this.place.querySelector('.dot + span');
    this.place.classList.toggle('away', other > 0 && !this.#here.has(other));
    if (words && other) words.textContent = this.#here.has(other) ? t('presence.here') : t('presence.away');
    else if (words) words.textContent = t('presence.count', this.#here.size < crowd ? this.#here.size : `${crowd}+`);
  }
}
