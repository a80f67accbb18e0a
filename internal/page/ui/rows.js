import { clock, full } from '../i18n/time.js';
import { t } from '../i18n/t.js';
import { arrange } from './arrange.js';
import { el, find, rootOf } from './el.js';
import { sealOf } from './seal.js';
import { line, nodes, plain } from './text.js';

/** @typedef {import('../core/types.js').Message} Message */
/** @typedef {import('../core/types.js').User} User */
/** @typedef {import('../core/outbox.js').Entry} Entry */

/**
 * The messages of the page. Rows that the server drew stay as they are; each
 * message has one row, at its place by its number, and unsent ones follow.
 */
export class Rows {
  /** @type {Map<number, HTMLElement>} */ #bySeq = new Map();
  /** @type {Map<string, HTMLElement>} */ #unsent = new Map();
  /** @type {Map<number, Message>} */ #messages = new Map();
  linked = true; // whether a message has an address that somebody can go to
  unread = 0; // the number of the message that the unread line stands above, or 0

  /**
   * @param {HTMLElement} list @param {string} room @param {number} me
   * @param {(seq: number) => void} lacking called with a quoted message that is not here
   */
  constructor(list, room, me, lacking) {
    this.list = list;
    this.root = rootOf(list);
    this.room = room;
    this.me = me;
    this.lacking = lacking;
    for (const row of list.querySelectorAll('.msg')) {
      if (row instanceof HTMLElement) this.#bySeq.set(Number(row.dataset.seq), row);
    }
    const first = list.querySelector('#unread + .msg');
    if (first instanceof HTMLElement) this.unread = Number(first.dataset.seq);
  }

  get size() {
    return this.#bySeq.size + this.#unsent.size;
  }

  /** How many stored messages are here. */
  get stored() {
    return this.#bySeq.size;
  }

  /** The number of the newest stored message that is here, or 0. */
  get newest() {
    return Math.max(0, ...this.#bySeq.keys());
  }

  /** Whether a message of the reader's is here as stored. @param {string} nonce */
  has(nonce) {
    return this.list.querySelector(`.msg[data-seq][data-nonce="${nonce}"]`) !== null;
  }

  /** The newest message that is stored and not deleted. @returns {HTMLElement | undefined} */
  get last() {
    for (let row = this.list.lastElementChild; row; row = row.previousElementSibling) {
      if (row instanceof HTMLElement && row.dataset.seq && row.querySelector('.text')) return row;
    }
    return undefined;
  }

  /** @param {number} seq */
  row(seq) {
    return this.#bySeq.get(seq);
  }

  /** Forgets all stored messages above a number; 0 forgets all. @param {number} above */
  drop(above) {
    for (const seq of this.#bySeq.keys()) if (seq > above) this.#forget(seq);
  }

  /** Forgets what retention has removed. @param {number} floor */
  dropUpTo(floor) {
    for (const seq of this.#bySeq.keys()) if (seq <= floor) this.#forget(seq);
  }

  /**
   * Forgets so many of the oldest messages, or of the newest. Answers the number
   * of the one that is then the outermost there.
   * @param {number} n @param {'oldest' | 'newest'} which
   */
  trim(n, which) {
    const seqs = [...this.#bySeq.keys()].sort((a, b) => (which === 'oldest' ? a - b : b - a));
    for (const seq of seqs.splice(0, n)) this.#forget(seq);
    for (const seq of this.#messages.keys()) {
      if (!this.#bySeq.has(seq) && !this.list.querySelector(`.quote[data-seq="${seq}"]`)) this.#messages.delete(seq);
    }
    return seqs[0] ?? 0;
  }

  /** @param {number} seq */
  #forget(seq) {
    const row = this.#bySeq.get(seq);
    if (row?.nextElementSibling?.classList.contains('acts')) row.nextElementSibling.remove();
    row?.remove();
    this.#bySeq.delete(seq);
    this.#messages.delete(seq);
  }

  /**
   * Puts a message into its place, or in the place of what it was before.
   * Answers whether it is new here.
   * @param {Message} message
   */
  put(message) {
    this.#messages.set(message.seq, message);
    const old = this.#bySeq.get(message.seq);
    const row = this.#draw(message);
    this.#bySeq.set(message.seq, row);
    if (old) {
      handOver(old, row);
      this.#requote(message);
      return false;
    }
    this.#place(row, message.seq);
    return true;
  }

  /** Most messages are the newest, so the place is looked for from the end. @param {HTMLElement} row @param {number} seq */
  #place(row, seq) {
    let before = /** @type {Element | null} */ (this.list.lastElementChild);
    while (before) {
      const other = Number(before instanceof HTMLElement && before.dataset.seq);
      if (other && other < seq) break;
      before = before.previousElementSibling;
    }
    if (before) before.after(row);
    else this.list.prepend(row);
  }

  /** @param {Message} message */
  #draw(message) {
    const at = new Date(message.at);
    const mine = message.author.id === this.me;
    return el(
      'li',
      {
        class: mine ? 'msg mine' : 'msg',
        id: `m${message.seq}`,
        'data-seq': message.seq,
        'data-author': message.author.id,
        'data-at': at.getTime(),
        'data-nonce': mine ? message.nonce : undefined,
      },
      this.#seal(message.author),
      el('p', { class: 'by' }, el('b', {}, message.author.display_name)),
      this.#slip(message),
      this.#way(
        message.seq,
        { class: 'when' },
        message.edited_at && !message.deleted ? el('span', { class: 'edited' }, t('message.edited')) : null,
        el('time', { datetime: message.at, title: full(at) }, clock(at)),
      ),
      this.#reactions(message),
    );
  }

  /** A seal; on somebody else's page with the picture that it gave its people, where its policy lets it. @param {User} user */
  #seal(user) {
    const seal = sealOf(user);
    if (this.linked || !user.avatar_url.startsWith('https:')) return seal;
    const picture = el('img', { src: user.avatar_url, alt: '', referrerpolicy: 'no-referrer' });
    picture.addEventListener('error', () => picture.remove());
    seal.append(picture);
    return seal;
  }

  /** What leads to a message. @param {number} seq @param {Record<string, string | number>} attributes @param {...(Node | null)} children */
  #way(seq, attributes, ...children) {
    if (!this.linked) return el('button', { type: 'button', ...attributes }, ...children);
    return el('a', { href: `/rooms/${this.room}/${seq}#m${seq}`, ...attributes }, ...children);
  }

  /** @param {Message} message */
  #slip(message) {
    if (message.deleted) return el('div', { class: 'slip gone' }, t('message.deleted'));
    const body = message.tokens ? nodes(message.tokens, this.me) : [document.createTextNode(message.body ?? '')];
    return el('div', { class: 'slip', part: 'bubble' }, this.#quote(message.reply_to), el('div', { class: 'text', dir: 'auto' }, ...body));
  }

  /** @param {Message} message */
  #reactions({ seq, reactions }) {
    if (!reactions) return null;
    const pills = reactions.map(({ emoji, users }) => {
      const mine = users.includes(this.me);
      const count = el('span', {}, String(users.length));
      const dead = this.me ? undefined : ''; // nobody's
      return el('button', { name: mine ? 'unreact' : 'react', value: emoji, 'aria-pressed': String(mine), disabled: dead }, emoji, count);
    });
    return el('form', { class: 'reactions', method: 'post', action: `/rooms/${this.room}/messages/${seq}` }, ...pills);
  }

  /** @param {number | undefined} seq */
  #quote(seq) {
    if (!seq) return null;
    const name = el('b', {});
    const words = el('span', {});
    const quote = this.#way(seq, { class: 'quote', 'data-seq': seq }, name, words);
    const message = this.#messages.get(seq);
    const row = this.#bySeq.get(seq);
    if (message) {
      this.#fillQuote(quote, message);
    } else if (row) {
      quote.dataset.author = row.dataset.author;
      name.textContent = row.querySelector('.by b')?.textContent ?? '';
      const text = row.querySelector('.text');
      words.textContent = text ? plain(text) : t('message.deleted');
    } else {
      words.textContent = '…';
      this.lacking(seq);
    }
    return quote;
  }

  /** @param {Element} quote @param {Message} message */
  #fillQuote(quote, message) {
    const [name, words] = quote.children;
    quote.setAttribute('data-author', String(message.author.id));
    if (name) name.textContent = message.author.display_name;
    if (words) words.textContent = message.deleted ? t('message.deleted') : line(message);
  }

  /** Brings the quotes of a message up to date. @param {Message} message */
  #requote(message) {
    for (const quote of this.list.querySelectorAll(`.quote[data-seq="${message.seq}"]`)) this.#fillQuote(quote, message);
  }

  /** Fills the quotes that lacked a message. @param {Message} message */
  learn(message) {
    this.#messages.set(message.seq, message);
    this.#requote(message);
  }

  /** The newest name and seal of a user. @param {User} user */
  rename(user) {
    for (const message of this.#messages.values()) if (message.author.id === user.id) message.author = user;
    for (const name of this.list.querySelectorAll(`.quote[data-author="${user.id}"] b`)) name.textContent = user.display_name;
    for (const row of this.list.querySelectorAll(`.msg[data-author="${user.id}"]`)) {
      const name = row.querySelector('.by b');
      if (name) name.textContent = user.display_name;
      row.querySelector('.seal')?.replaceWith(this.#seal(user));
    }
  }

  /**
   * Draws a message that is not stored yet behind all that are.
   * @param {Entry} entry @param {HTMLElement} mend what mends it where it failed
   */
  putUnsent(entry, mend) {
    const failed = entry.state === 'failed';
    const slow = Date.now() - entry.at > 1000 && entry.state !== 'sent';
    const doing = entry.state === 'sending' ? t('message.sending') : t('message.waiting');
    const { meName = '', meInitial = '', meDye } = find('#talk', HTMLElement, this.root).dataset;
    const row = el(
      'li',
      {
        class: `msg mine ${failed ? 'failed' : 'waiting'}`,
        'data-nonce': entry.nonce,
        'data-author': this.me,
        'data-at': failed ? 0 : entry.at,
      },
      el('span', { class: `seal s${meDye}`, 'aria-hidden': 'true', 'data-user': this.me }, meInitial),
      el('p', { class: 'by' }, el('b', {}, meName)),
      el('div', { class: 'slip', part: 'bubble' }, this.#quote(entry.replyTo), el('div', { class: 'text', dir: 'auto' }, entry.body)),
      failed ? mend : slow ? el('span', { class: 'state' }, doing) : null,
    );
    const old = this.#unsent.get(entry.nonce);
    if (old) old.replaceWith(row);
    else this.list.append(row);
    this.#unsent.set(entry.nonce, row);
  }

  /** @param {string} nonce */
  dropUnsent(nonce) {
    this.#unsent.get(nonce)?.remove();
    this.#unsent.delete(nonce);
  }

  /** Sets what follows from a row's neighbours. */
  arrange() {
    arrange(this.list, this.unread);
  }

  /** Writes the times anew, for a reader in another zone than the server thought. */
  retime() {
    for (const row of this.#bySeq.values()) {
      const at = new Date(Number(row.dataset.at));
      const time = row.querySelector('time');
      if (time && time.textContent !== clock(at)) {
        time.textContent = clock(at);
        time.title = full(at);
      }
    }
  }
}

/**
 * Puts a row into the place of what it was before, and gives it what stood there
 * beside the message: the mark, the tools, the focus.
 * @param {HTMLElement} old @param {HTMLElement} row
 */
function handOver(old, row) {
  const { activeElement } = rootOf(old);
  const held = old.contains(activeElement) ? activeElement : null;
  const tools = old.querySelector('.tools');
  const undo = old.querySelector('.undo');
  row.classList.toggle('target', old.classList.contains('target'));
  if (tools && !row.querySelector('.gone')) row.append(tools);
  if (undo && !row.querySelector('.gone')) row.querySelector('.slip')?.before(undo);
  old.replaceWith(row);
  if (!held) return;
  const pill = held instanceof HTMLButtonElement ? row.querySelector(`.reactions [value="${held.value}"]`) : null;
  const next = row.contains(held) ? held : pill ?? row.querySelector('.when');
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}
