import { t } from '../i18n/t.js';
import { find } from './el.js';

const near = 60; // px: this close counts as at the end

/**
 * The reader's place in the log: at its end, or at the message that is the first
 * in sight. What comes, changes or goes around it does not move it.
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
    this.look();
  }

  /** Asks for older messages where there is little left above. */
  look() {
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
   * Lets change draw, keeps the reader's place, and says what is new below it.
   * @param {() => number} change answers how many messages of others are new
   */
  keep(change) {
    const anchor = this.atEnd ? null : this.#inSight();
    const before = anchor?.getBoundingClientRect().top ?? 0;
    const fresh = change();
    if (!anchor) {
      this.log.scrollTop = 0;
      this.on.end();
      return;
    }
    const now = anchor.isConnected ? anchor : document.querySelector(`#${anchor.closest('.msg')?.id} .slip`);
    if (now) this.log.scrollTop += now.getBoundingClientRect().top - before;
    this.tell(fresh);
  }

  /** The first message that can be seen. A row's name and day come and go, its slip stays. @returns {Element | null} */
  #inSight() {
    const { top } = this.log.getBoundingClientRect();
    for (const slip of this.log.querySelectorAll('.msg[id] .slip')) {
      if (slip.getBoundingClientRect().bottom > top) return slip;
    }
    return null;
  }

  /** Says that more of others' messages are below the reader's place. @param {number} fresh */
  tell(fresh) {
    if (fresh === 0) return;
    this.count += fresh;
    this.label.textContent = this.count === 1 ? t('room.below_one') : t('room.below', this.count);
    this.below.hidden = false;
  }
}
