import { t } from '../i18n/t.js';
import { find, rootOf } from './el.js';

const near = 60; // px: this close counts as at the end
const ahead = 1.5; // heights of the log: when so little is left, more is asked for

/**
 * The reader's place in the log: at its end, or at the message that is the first
 * in sight. What comes, changes or goes around it does not move it; neither does
 * another width of the window, nor a picture that finds its height late.
 */
export class Scroll {
  count = 0; // of new messages below the reader's place
  #more = false;
  #pinned = true; // at the end of what is here, as of when that was looked at last: to look costs a layout
  /** @type {{id: string, top: number} | null} */ #anchor = null; // the first message in sight, elsewhere

  /**
   * @param {HTMLElement} log
   * @param {{top: () => void, bottom: () => void, newest: () => void, seen: () => void}} on
   *   `top`, `bottom`: older or newer messages are wanted; `newest`: the newest are, which are not here;
   *   `seen`: others may be in sight
   */
  constructor(log, on) {
    this.log = log;
    this.on = on;
    this.below = find('#below', HTMLElement, rootOf(log));
    this.label = find('span', HTMLElement, this.below);
    log.addEventListener('scroll', () => this.#moved(), { passive: true });
    log.addEventListener('keydown', (event) => {
      if (event.key !== 'End' || !this.#more) return;
      event.preventDefault();
      this.toEnd();
    });
    find('button', HTMLButtonElement, this.below).addEventListener('click', () => this.toEnd());
    const sizes = new ResizeObserver(() => this.#restore());
    sizes.observe(log);
    sizes.observe(find('.inner', HTMLElement, log));
  }

  /** Whether there are messages behind those that are here. @param {boolean} more */
  set more(more) {
    this.#more = more;
    this.log.toggleAttribute('data-more', more);
    this.#tell();
  }

  get atEnd() {
    return !this.#more && this.#pinned;
  }

  /** Shows a part of the log. @param {Element | null} part */
  show(part) {
    part?.scrollIntoView({ block: 'center', behavior: 'instant' });
    this.#hold();
  }

  get #under() {
    return Math.abs(this.log.scrollTop);
  }

  get #over() {
    return this.log.scrollHeight - this.log.clientHeight - this.#under;
  }

  /** Which end of what is here is farther from the reader. @returns {'oldest' | 'newest'} */
  get farther() {
    return this.#over >= this.#under ? 'oldest' : 'newest';
  }

  #moved() {
    this.#hold();
    if (this.atEnd) this.#seen();
    else this.on.seen();
    this.look();
  }

  /** Asks for more messages where there are few left on a side. */
  look() {
    const few = ahead * this.log.clientHeight;
    if (this.#over < few) this.on.top();
    if (this.#more && this.#under < few) this.on.bottom();
  }

  #seen() {
    this.count = 0;
    this.#tell();
    this.on.seen();
  }

  toEnd() {
    if (this.#more) return this.on.newest();
    this.log.scrollTo({ top: 0, behavior: 'instant' });
    this.#pinned = true;
    this.#anchor = null;
    this.#seen();
  }

  /**
   * Lets change draw, keeps the reader's place, and says what is new below it.
   * @param {() => number} change answers how many messages of others are new
   */
  keep(change) {
    this.#hold();
    const { atEnd } = this;
    const still = atEnd && this.#under === 0; // the log is laid out from its end: it stays there by itself
    const fresh = change();
    if (still) return this.#seen();
    if (atEnd) return this.toEnd();
    this.#restore();
    this.#hold();
    this.tell(fresh);
  }

  /** Remembers what the reader looks at. */
  #hold() {
    this.#pinned = this.#under < near;
    this.#anchor = this.atEnd ? null : this.#inSight();
  }

  #restore() {
    const slip = this.#anchor && this.log.querySelector(`#${this.#anchor.id} > .slip`);
    if (!slip || !this.#anchor) return;
    const moved = slip.getBoundingClientRect().top - this.log.getBoundingClientRect().top - this.#anchor.top;
    if (Math.abs(moved) >= 1) this.log.scrollTo({ top: this.log.scrollTop + moved, behavior: 'instant' });
  }

  /** The first message that can be seen. A row's name and day come and go, its slip stays. */
  #inSight() {
    const { top } = this.log.getBoundingClientRect();
    for (const slip of this.log.querySelectorAll('.msg[id] > .slip')) {
      const at = slip.getBoundingClientRect();
      if (at.bottom > top) return { id: slip.parentElement?.id ?? '', top: at.top - top };
    }
    return null;
  }

  /** The number of the last message that is in sight to its end, or 0. */
  get lowest() {
    const { bottom } = this.log.getBoundingClientRect();
    const rows = [...this.log.querySelectorAll('.msg[data-seq]')];
    const row = rows.findLast((one) => one.getBoundingClientRect().bottom <= bottom);
    return row instanceof HTMLElement ? Number(row.dataset.seq) : 0;
  }

  /** Says that more of others' messages are below the reader's place. @param {number} fresh */
  tell(fresh) {
    this.count += fresh;
    this.#tell();
  }

  #tell() {
    const { count } = this;
    if (count > 0) this.label.textContent = count === 1 ? t('room.below_one') : t('room.below', count);
    else if (this.#more) this.label.textContent = t('room.newest');
    this.below.hidden = count === 0 && !this.#more;
  }
}
