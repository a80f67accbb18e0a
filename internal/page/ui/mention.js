import { ask } from '../core/api.js';
import { seeker } from '../i18n/sought.js';
import { t } from '../i18n/t.js';
import { el, find } from './el.js';
import { Options } from './options.js';
import { sealOf } from './seal.js';

/** @typedef {import('../core/types.js').User} User */

// An @ that no name stands before, and what of a name stands between it and the caret.
const begun = /(?<![\p{L}\p{Nd}\p{M}._-])@([\p{L}\p{Nd}\p{M}._-]{0,32})$/u;
const mostPeople = 8;
const askAfter = 120; // ms without a key before the server is asked

/** Completes the name behind an @: people of the room first, then others whom one can meet. */
export class Mention {
  #at = -1; // where the @ stands, or -1
  #word = '';
  #shunned = -1; // an @ whose list was put away
  #composing = false;
  #timer = 0;
  /** @type {Promise<User[]> | undefined} */ #members;

  /** @param {HTMLTextAreaElement} box @param {string} room @param {number} me */
  constructor(box, room, me) {
    this.box = box;
    this.room = room;
    this.me = me;
    this.list = find('#people', HTMLElement);
    this.said = find('#people-said', HTMLElement);
    this.options = new Options(box, this.list, ({ dataset }) => void this.#take(dataset.name ?? ''));
    box.setAttribute('aria-autocomplete', 'list');
    box.setAttribute('aria-controls', this.list.id);
    box.addEventListener('input', () => this.#look());
    document.addEventListener('selectionchange', () => document.activeElement === box && this.#look());
    box.addEventListener('compositionstart', () => (this.#composing = true));
    box.addEventListener('compositionend', () => (this.#composing = false));
    box.addEventListener('blur', () => this.#close());
    box.addEventListener('keydown', (event) => this.#key(event), true);
  }

  #look() {
    const { value, selectionStart, selectionEnd } = this.box;
    const found = selectionStart === selectionEnd ? begun.exec(value.slice(0, selectionStart)) : null;
    if (!found || found.index === this.#shunned) {
      if (!found) this.#shunned = -1;
      this.#close();
      return;
    }
    const [, word = ''] = found;
    if (found.index === this.#at && word === this.#word) return;
    this.#at = found.index;
    this.#word = word;
    void this.#seek(word);
  }

  /** @param {string} word */
  async #seek(word) {
    clearTimeout(this.#timer);
    this.#members ??= this.#known();
    const measure = seeker(word);
    const fit = (await this.#members)
      .map((user) => ({ user, rank: Math.min(measure(user.name), measure(user.display_name)) }))
      .filter(({ rank }) => rank < 3)
      .sort((a, b) => a.rank - b.rank)
      .map(({ user }) => user);
    this.#show(word, fit);
    if (fit.length < mostPeople) this.#timer = setTimeout(() => void this.#ask(word, fit), askAfter);
  }

  /** @returns {Promise<User[]>} those of the room */
  async #known() {
    const { status, data } = await ask('GET', `/rooms/${this.room}/members`);
    if (status !== 200) this.#members = undefined; // asked again the next time
    const users = status === 200 ? data.members.map((/** @type {{user: User}} */ { user }) => user) : [];
    return users.filter((/** @type {User} */ { id }) => id !== this.me);
  }

  /** @param {string} word @param {User[]} fit */
  async #ask(word, fit) {
    const { status, data } = await ask('GET', `/users?q=${encodeURIComponent(word)}`);
    if (status !== 200) return;
    const others = data.users.filter((/** @type {User} */ { id }) => !fit.some((user) => user.id === id));
    if (others.length > 0) this.#show(word, [...fit, ...others]);
  }

  /** @param {string} word @param {User[]} users */
  #show(word, users) {
    if (this.#at < 0 || word !== this.#word) return; // the answer came too late
    const shown = users.slice(0, mostPeople);
    const rows = shown.map((user) => {
      const names = [el('b', { dir: 'auto' }, user.display_name), el('small', {}, `@${user.name}`)];
      return el('li', { 'data-name': user.name }, sealOf(user), ...names);
    });
    this.options.show(rows);
    this.list.hidden = rows.length === 0;
    this.said.textContent = rows.length > 0 ? t('mention.found', rows.length) : '';
  }

  #close() {
    clearTimeout(this.#timer);
    this.#at = -1;
    this.#word = '';
    this.list.hidden = true;
    this.options.clear();
    this.said.textContent = '';
  }

  /** The keys that the list takes are not for the composer. @param {KeyboardEvent} event */
  #key(event) {
    if (this.list.hidden) return;
    const composing = event.isComposing || event.keyCode === 229;
    const takes = event.key === 'Enter' || event.key === 'Tab';
    if (this.options.move(event)) {
      // The list can be walked while a syllable is under way.
    } else if (composing || event.shiftKey) {
      return; // an Enter that ends a syllable chooses nobody
    } else if (takes) {
      this.options.choose();
    } else if (event.key === 'Escape') {
      this.#shunned = this.#at;
      this.#close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Writes a name in the place of what was typed of it. @param {string} name */
  async #take(name) {
    const at = this.#at;
    if (this.#composing) {
      this.box.blur(); // a field must not be written to before its syllable has ended
      await new Promise((done) => setTimeout(done));
    }
    const { value, selectionStart } = this.box;
    const text = value.startsWith(' ', selectionStart) ? `@${name}` : `@${name} `;
    this.box.focus();
    this.box.setSelectionRange(at, selectionStart);
    // Unlike setRangeText this can be undone with the keyboard.
    if (!document.execCommand('insertText', false, text)) this.box.setRangeText(text, at, selectionStart, 'end');
    this.#close();
  }
}
