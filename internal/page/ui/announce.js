import { t } from '../i18n/t.js';
import { find } from './el.js';

const every = 2000;

/** Tells a screen reader of new messages, one voice at a time. */
export class Announcer {
  #first = ''; // of what waits to be said
  #waiting = 0; // how much that is
  #timer = 0;

  /** @param {ParentNode} [root] */
  constructor(root = document) {
    this.region = find('#announcer', HTMLElement, root);
  }

  /** @param {string} name @param {string} words */
  say(name, words) {
    if (this.#waiting++ === 0) this.#first = name ? t('room.said', name, words) : words;
    this.#timer ||= setTimeout(() => this.#speak(), this.region.textContent ? every : 100);
  }

  #speak() {
    this.region.textContent = this.#waiting > 1 ? t('room.said_many', this.#waiting) : this.#first;
    this.#waiting = 0;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.#waiting > 0) this.#speak();
    }, every);
  }
}
