import { t } from '../i18n/t.js';
import { el, find } from './el.js';

/** @typedef {import('../core/transport.js').State} State */

const patience = 2000; // ms: a shorter break is not worth a word

/** The sill under the log: it alone says how the line is. */
export class Sill {
  #seq = 0;
  /** @type {State} */ #state = 'connecting';
  #timer = 0;

  /** @param {number} seq the newest number that is here */
  constructor(seq) {
    this.sill = find('#sill', HTMLElement);
    this.line = find('#line', HTMLElement);
    this.live = find('.live', HTMLElement, this.sill);
    this.words = find('span', HTMLElement, this.live);
    find('.reload', HTMLElement, this.sill).hidden = true;
    this.live.hidden = false;
    this.have(seq);
    this.state('connecting');
  }

  /** @param {number} seq */
  have(seq) {
    this.#seq = seq;
    this.#draw();
  }

  /** @param {State} state */
  state(state) {
    this.#state = state;
    clearTimeout(this.#timer);
    if (state === 'connecting' || state === 'cut') this.#timer = setTimeout(() => this.#cut(), patience);
    else this.#cut();
  }

  #cut() {
    const state = this.#state;
    const cut = state !== 'live' && state !== 'polling';
    this.sill.classList.toggle('cut', cut);
    /** @type {Partial<Record<State, string>>} */
    const said = {
      connecting: t('room.connecting'),
      cut: t('room.cut'),
      polling: t('room.polling'),
      gone: t('room.gone'),
      'signed-out': t('room.signed_out'),
    };
    this.line.textContent = said[state] ?? '';
    if (state === 'signed-out') {
      const next = encodeURIComponent(location.pathname);
      this.line.append(' ', el('a', { class: 'reload', href: `/sign-in?next=${next}` }, t('sign_in.go')));
    }
    if (state === 'gone') this.line.append(' ', el('a', { class: 'reload', href: '/' }, t('rooms.title')));
    this.#draw();
  }

  #draw() {
    const cut = this.sill.classList.contains('cut');
    this.words.textContent = cut ? t('room.got_until', this.#seq) : t('room.got', this.#seq);
  }
}
