import { t } from '../i18n/t.js';
import { find } from './el.js';

// In milliseconds.
const believed = 6000; // who is not heard of again has stopped
const sayEvery = 3000;

/** Who is writing, as the sill says it; and who writes here tells the others. */
export class Typing {
  /** @type {Map<number, {name: string, until: number}>} by user */ #who = new Map();
  #told = 0;
  #timer = 0;

  /** @param {() => void} tell @param {ParentNode} [root] */
  constructor(tell, root = document) {
    this.tell = tell;
    this.words = find('#typing', HTMLElement, root);
  }

  /** Somebody writes. @param {{id: number, display_name: string}} user */
  heard(user) {
    this.#who.set(user.id, { name: user.display_name, until: Date.now() + believed });
    this.#draw();
  }

  /** Somebody has sent it. @param {number} user */
  sent(user) {
    if (this.#who.delete(user)) this.#draw();
  }

  /** The reader writes. */
  wrote() {
    if (Date.now() - this.#told < sayEvery) return;
    this.#told = Date.now();
    this.tell();
  }

  /** What the reader wrote is sent: what comes next is new. */
  done() {
    this.#told = 0;
  }

  #draw() {
    clearTimeout(this.#timer);
    const now = Date.now();
    for (const [user, { until }] of this.#who) if (until <= now) this.#who.delete(user);
    const [one, two] = [...this.#who.values()].map(({ name }) => name);
    const more = this.#who.size - 1;
    if (!one) this.words.textContent = '';
    else if (!two) this.words.textContent = t('typing.one', one);
    else if (more === 1) this.words.textContent = t('typing.two', one, two);
    else this.words.textContent = t('typing.more', one, more);
    if (one) this.#timer = setTimeout(() => this.#draw(), 1000);
  }
}
