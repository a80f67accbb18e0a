import { short } from '../i18n/time.js';
import { el } from './el.js';
import { plain } from './text.js';

/** The line of the open room in the list beside it: it says what the room said last. */
export class Listed {
  /** @param {string} room */
  constructor(room) {
    this.line = document.querySelector(`.row[data-room="${room}"]`);
  }

  /** @param {string} name */
  rename(name) {
    const old = this.line?.querySelector('b');
    if (old) old.textContent = name;
  }

  /** @param {HTMLElement | undefined} row the newest message that is not deleted */
  says(row) {
    const last = this.line?.querySelector('.last');
    const text = row?.querySelector('.text');
    if (!last || !row || !text) return;
    const at = new Date(Number(row.dataset.at));
    last.textContent = `${row.querySelector('.by b')?.textContent}: ${plain(text)}`;
    last.previousElementSibling?.replaceWith(el('time', { datetime: at.toISOString() }, short(at)));
  }

  /** Everything in the room is read. */
  read() {
    this.line?.classList.remove('has');
    this.line?.querySelector('.count')?.remove();
  }
}
