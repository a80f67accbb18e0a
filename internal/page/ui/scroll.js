import { t } from '../i18n/t.js';
import { find } from './el.js';

const near = 60; // px: this close counts as at the end

/**
 * The reader's place in the log. The log is laid out from its end, so what
 * comes in above never moves it; what comes in below must not, unless the
 * reader is at the end.
 */
export class Scroll {
  count = 0;

  /**
   * @param {HTMLElement} log
   * @param {{top: () => void, end: () => void}} on `top`: older messages are wanted; `end`: the end is in sight
   */
  constructor(log, on) {
    this.log = log;
    this.on = on;
    this.below = find('#below', HTMLElement);
    this.label = find('span', HTMLElement, this.below);
    log.addEventListener('scroll', () => this.#moved(), { passive: true });
    find('button', HTMLButtonElement, this.below).addEventListener('click', () => this.toEnd());
  }

  get atEnd() {
    return Math.abs(this.log.scrollTop) < near;
  }

  #moved() {
    if (this.atEnd) this.#seen();
    const above = this.log.scrollHeight - this.log.clientHeight - Math.abs(this.log.scrollTop);
    if (above < 1.5 * this.log.clientHeight) this.on.top();
  }

  #seen() {
    this.count = 0;
    this.below.hidden = true;
    this.on.end();
  }

  toEnd() {
    this.log.scrollTop = 0;
    this.#seen();
  }

  /**
   * Lets change draw below the reader's place and keeps that place. Answers
   * what change answers: how many messages of others are new.
   * @param {() => number} change
   */
  keep(change) {
    const end = this.atEnd;
    const height = this.log.scrollHeight;
    const place = this.log.scrollTop;
    const fresh = change();
    if (end) {
      this.log.scrollTop = 0;
      this.on.end();
      return;
    }
    this.log.scrollTop = place - (this.log.scrollHeight - height);
    this.tell(fresh);
  }

  /** Says that more of others' messages are below the reader's place. @param {number} fresh */
  tell(fresh) {
    if (fresh === 0) return;
    this.count += fresh;
    this.label.textContent = this.count === 1 ? t('room.below_one') : t('room.below', this.count);
    this.below.hidden = false;
  }
}
