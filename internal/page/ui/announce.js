import { t } from '../i18n/t.js';
import { find } from './el.js';

const every = 2000;

/** Tells a screen reader of new messages, one voice at a time. */
export class Announcer {
  /** @type {string[]} */ #waiting = [];
  #timer = 0;

  /** @param {ParentNode} [root] */
  constructor(root = document) {
    this.region = find('#announcer', HTMLElement, root);
  }

  /** @param {string} name @param {string} words */
  say(name, words) {
    this.#waiting.push(name ? t('room.said', name, words) : words);
    this.#timer ||= setTimeout(() => this.#speak(), this.region.textContent ? every : 100);
  }

  #speak() {
    const [first = ''] = this.#waiting;
    this.region.textContent = this.#waiting.length > 1 ? t('room.said_many', this.#waiting.length) : first;
    this.#waiting = [];
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (this.#waiting.length > 0) this.#speak();
    }, every);
  }
}
