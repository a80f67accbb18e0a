import { ask } from '../core/api.js';
import { lookedAt } from '../core/life.js';
import { short } from '../i18n/short.js';
import { t } from '../i18n/t.js';
import { el, find } from './el.js';
import { sealOf } from './seal.js';
import { nameOf } from './switcher.js';
import { line, plain } from './text.js';

/** @typedef {import('../core/types.js').RoomView} RoomView */

// In milliseconds.
const listSoon = 150;
const restSeen = 2000; // between two looks at a room: what goes on in another is not urgent
const restUnseen = 8000;
const askEvery = 20000; // where no stream tells of other rooms

/** The list of rooms: what each said last and how much of it is unread, as it comes to be. */
export class Contents {
  /** @type {Map<string, number>} */ #stale = new Map(); // rooms that are not what they were, and when to look
  /** @type {Map<string, number>} */ #looked = new Map(); // when a room was looked at last
  #timer = 0;
  #polls = 0;

  /**
   * @param {string} current the slug of the room that is open beside the list, or ''
   * @param {{unread: (total: number) => void, news: (room: RoomView, since: number) => void}} on
   *   `unread`: of all rooms; `news`: a room has moved since it had that number
   */
  constructor(current, on) {
    this.nav = find('nav.rooms', HTMLElement);
    this.current = current;
    this.on = on;
    this.nav.addEventListener('pointerleave', () => this.#order());
    this.nav.addEventListener('focusout', () => this.#order());
    this.#total();
  }

  /** @param {string} slug */
  row(slug) {
    return /** @type {HTMLElement | null} */ (this.nav.querySelector(`.row[data-room="${slug}"]`));
  }

  /** Other rooms have come to these heads. @param {{slug: string, head: number}[]} rooms */
  heard(rooms) {
    for (const { slug, head } of rooms) if (Number(this.row(slug)?.dataset.head ?? -1) !== head) this.stale(slug);
  }

  /** A room is not what it was. @param {string} slug */
  stale(slug) {
    const next = (this.#looked.get(slug) ?? 0) + (lookedAt() ? restSeen : restUnseen);
    if (!this.#stale.has(slug)) this.#stale.set(slug, Math.max(Date.now() + listSoon, next));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), Math.min(...this.#stale.values()) - Date.now());
  }

  /** Whether something tells when other rooms move; else the list asks. @param {boolean} told */
  told(told) {
    clearInterval(this.#polls);
    this.#polls = told ? 0 : setInterval(() => !document.hidden && this.#all(), askEvery);
  }

  /** The reader has read all of a room, somewhere, up to a number. @param {string} slug @param {number} seq */
  read(slug, seq) {
    const head = Number(this.row(slug)?.dataset.head);
    if (seq >= head) this.count(slug, 0);
    else this.stale(slug);
  }

  async #look() {
    const now = Date.now();
    const due = [...this.#stale].filter(([, at]) => at <= now).map(([slug]) => slug);
    for (const slug of due) {
      this.#stale.delete(slug);
      this.#looked.set(slug, now);
    }
    const [other] = this.#stale.keys();
    if (other) this.stale(other); // for the timer
    if (due.length > 2) return this.#all();
    for (const slug of due) {
      const { status, data } = await ask('GET', `/rooms/${slug}`);
      if (status === 200) this.#draw(data.room, true);
      else if (status === 404) this.row(slug)?.closest('li')?.remove();
    }
    this.#order();
  }

  async #all() {
    const { status, data } = await ask('GET', '/rooms');
    if (status !== 200) return;
    for (const room of data.rooms) this.#draw(room, room.slug !== this.current);
    const slugs = new Set(data.rooms.map((/** @type {RoomView} */ { slug }) => slug));
    for (const row of this.nav.querySelectorAll('.row')) if (!slugs.has(row.getAttribute('data-room'))) row.closest('li')?.remove();
    this.#order();
  }

  /** @param {RoomView} room @param {boolean} counts whether the server knows best how much is unread */
  #draw(room, counts) {
    const row = this.row(room.slug) ?? this.#add(room);
    const since = Number(row.dataset.head);
    row.dataset.head = String(room.head);
    this.rename(room.slug, nameOf(room));
    if (room.last) this.says(room.slug, room.last.author.display_name, line(room.last), new Date(room.last.at));
    if (counts) this.count(room.slug, room.unread);
    if (room.head > since && room.slug !== this.current) this.on.news(room, since);
  }

  /** A room that the list has not. @param {RoomView} room */
  #add({ slug, kind, read, with: others = [] }) {
    const blank = /** @type {DocumentFragment} */ (find('#row', HTMLTemplateElement).content.cloneNode(true));
    const row = /** @type {HTMLElement} */ (blank.querySelector('.row'));
    row.dataset.room = slug;
    row.dataset.head = String(read);
    row.setAttribute('href', `/rooms/${slug}`);
    const name = find('.name', HTMLElement, row);
    if (kind !== 'closed') name.querySelector('.i')?.remove();
    name.append(...others.slice(0, 3).map(sealOf));
    if (kind === 'direct') name.append(el('span', { class: 'sr' }, t('room.kind.direct')));
    if (kind === 'closed') name.append(el('span', { class: 'sr' }, t('room.kind.closed')));
    const list = find(kind === 'direct' ? '#listed-direct' : '#listed', HTMLElement);
    if (list.previousElementSibling instanceof HTMLElement) list.previousElementSibling.hidden = false;
    list.prepend(blank);
    return row;
  }

  /** @param {string} slug @param {string} name */
  rename(slug, name) {
    const old = this.row(slug)?.querySelector('b');
    if (old && old.textContent !== name) old.textContent = name;
  }

  /** A room's newest message. Answers whether it is another. @param {string} slug @param {string} author @param {string} words @param {Date} at */
  says(slug, author, words, at) {
    const last = this.row(slug)?.querySelector('.last');
    const said = `${author}: ${words}`;
    const time = last?.previousElementSibling;
    if (!last || (last.textContent === said && time?.getAttribute('datetime') === at.toISOString())) return false;
    last.textContent = said;
    time?.replaceWith(el('time', { datetime: at.toISOString() }, short(at)));
    return true;
  }

  /** The open room's newest message that is not deleted. @param {HTMLElement | undefined} row @param {number} head */
  shows(row, head) {
    const line = this.row(this.current);
    if (line) line.dataset.head = String(head);
    const text = row?.querySelector('.text');
    if (!row || !text) return;
    const author = row.querySelector('.by b')?.textContent ?? '';
    if (this.says(this.current, author, plain(text), new Date(Number(row.dataset.at)))) this.#order();
  }

  /** How much of a room is unread. @param {string} slug */
  unread(slug) {
    return Number(this.row(slug)?.dataset.unread ?? 0);
  }

  /** @param {string} slug @param {number} unread */
  count(slug, unread) {
    const row = this.row(slug);
    if (!row || this.unread(slug) === unread) return;
    row.dataset.unread = String(unread);
    row.classList.toggle('has', unread > 0);
    row.querySelector('.count')?.remove();
    const words = el('span', { class: 'sr' }, ` ${t('rooms.unread')}`);
    if (unread > 0) row.append(el('span', { class: 'count' }, unread > 99 ? '99+' : String(unread), words));
    this.#total();
  }

  #total() {
    let total = 0;
    for (const row of this.nav.querySelectorAll('.row[data-unread]')) total += Number(row.getAttribute('data-unread'));
    document.querySelector('.head .back')?.classList.toggle('has', total > this.unread(this.current)); // where it leads
    this.on.unread(total);
  }

  /** Puts what spoke last to the top; not under the reader's hand. */
  #order() {
    if (this.nav.matches(':hover, :focus-within')) return;
    for (const list of this.nav.querySelectorAll('ul')) {
      const items = [...list.children].map((item) => ({ item, at: item.querySelector('time')?.getAttribute('datetime') ?? '' }));
      let oldest = '~';
      for (const [i, one] of items.entries()) {
        if (one.at > oldest) {
          const above = items.findIndex(({ at }) => at !== '' && at < one.at);
          list.insertBefore(one.item, items[above]?.item ?? null);
          items.splice(above, 0, ...items.splice(i, 1));
        } else if (one.at) oldest = one.at;
      }
    }
  }
}
