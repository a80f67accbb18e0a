import { day } from '../i18n/time.js';
import { t } from '../i18n/t.js';
import { el } from './el.js';

const groupGap = 5 * 60 * 1000;

/** Names the day of a time, and works only where that is another than before. @returns {(at: number) => string} */
function dayNames() {
  let from = 0;
  let to = 0;
  let name = '';
  return (at) => {
    if (at < from || at >= to) {
      const date = new Date(at);
      from = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
      to = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
      name = day(date);
    }
    return name;
  };
}

/**
 * Sets what follows from a row's neighbours: the lines of the days, the unread
 * line, and which rows are the first and the last of a group. Changes only what
 * is different.
 * @param {HTMLElement} list
 * @param {number} unread the number of the message that the unread line stands above, or 0
 */
export function arrange(list, unread) {
  const named = dayNames();
  let today = '';
  let before = /** @type {HTMLElement | null} */ (null); // the row above, where a group may go on
  let line = /** @type {Element | null} */ (null); // the day line above, which may fit
  let mark = /** @type {Element | null} */ (null); // the unread line above
  for (const node of [...list.children]) {
    if (!(node instanceof HTMLElement)) continue;
    const { classList, dataset } = node;
    if (classList.contains('day')) {
      line?.remove();
      line = node;
    } else if (classList.contains('unread')) {
      mark?.remove();
      mark = node;
    } else if (classList.contains('msg')) {
      const at = Number(dataset.at);
      const label = at ? named(at) : today;
      let top = /** @type {Element} */ (node);
      if (unread && Number(dataset.seq) === unread) {
        top = mark ?? el('li', { class: 'unread', id: 'unread' }, el('span', {}, t('room.unread')));
        if (node.previousElementSibling !== top) node.before(top);
        before = endGroup(before);
      } else mark?.remove();
      mark = null;
      // The unread line stands below the day that it begins on.
      const fits = label !== today && line?.textContent === label && line.nextElementSibling === top;
      if (!fits) line?.remove();
      if (label !== today) {
        before = endGroup(before);
        if (!fits) top.before(el('li', { class: 'day' }, el('span', {}, label)));
      }
      line = null;
      today = label;
      const last = Number(before?.dataset.at);
      const follows = before?.dataset.author === dataset.author && at !== 0 && last > 0 && at - last < groupGap;
      classList.toggle('first', !follows);
      before?.classList.toggle('last', !follows);
      before = node;
    }
  }
  line?.remove();
  mark?.remove();
  endGroup(before);
}

/** @param {HTMLElement | null} row @returns {null} */
function endGroup(row) {
  row?.classList.add('last');
  return null;
}
