import { keep, kept } from '../core/kept.js';
import { t } from '../i18n/t.js';
import { el, find } from './el.js';

const mostPoints = 4000;

/**
 * What is being written: a new message, a reply, or a new text for an old one.
 * @typedef {{body: string, replyTo: number, editing: number}} Draft
 */

/** The form to write with. */
export class Composer {
  editing = 0;
  #draft = ''; // what was being written when an edit began
  #draftTimer = 0;

  /**
   * @param {string} key under which an unsent text is kept
   * @param {(draft: Draft) => void} send
   * @param {ParentNode} [root]
   */
  constructor(key, send, root = document) {
    this.key = key;
    this.send = send;
    this.form = find('#composer form', HTMLFormElement, root);
    this.box = find('#say', HTMLTextAreaElement, root);
    this.about = find('#about-what', HTMLElement, root);
    this.over = el('span', { class: 'over', role: 'status' });
    this.box.after(this.over);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.box.addEventListener('keydown', (event) => this.#key(event));
    this.box.addEventListener('input', () => this.#changed());
    find('a', HTMLAnchorElement, this.about).addEventListener('click', (event) => {
      event.preventDefault();
      this.cancel();
    });
    if (!this.box.value) this.box.value = kept(this.key);
    this.#changed();
  }

  get #replyTo() {
    return find('[name="reply_to"]', HTMLInputElement, this.form);
  }

  /** Enter sends, but not while it ends a syllable, nor where a key for new lines is all there is. @param {KeyboardEvent} event */
  #key(event) {
    // Some browsers end the composition first and then send Enter as key 229.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === 'Escape' && !composing && !this.about.hidden) {
      event.preventDefault(); // whatever holds the conversation stays open
      this.cancel();
    }
    if (event.key !== 'Enter' || event.shiftKey || composing || matchMedia('(pointer: coarse)').matches) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const body = this.box.value.trim();
    if (!body || [...body].length > mostPoints) {
      this.box.focus();
      return;
    }
    this.send({ body, replyTo: Number(this.#replyTo.value), editing: this.editing });
    this.clear();
  }

  #changed() {
    if (!CSS.supports('field-sizing', 'content')) {
      this.box.style.height = 'auto';
      this.box.style.height = `${this.box.scrollHeight}px`;
    }
    const extra = this.box.value.length > mostPoints ? [...this.box.value.trim()].length - mostPoints : 0;
    this.over.textContent = extra > 0 ? t('composer.left', extra) : '';
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#store(), 300);
  }

  #store() {
    if (!this.editing) keep(this.key, this.box.value);
  }

  /** Empties the form and what it was about; behind an edit comes what was being written before. */
  clear() {
    this.box.value = this.editing ? this.#draft : '';
    this.#what('', '');
    this.editing = 0;
    this.#replyTo.value = '';
    this.#changed();
    this.#store();
  }

  cancel() {
    const text = this.editing ? this.#draft : this.box.value;
    this.clear();
    this.box.value = text;
    this.#changed();
    this.box.focus();
  }

  /** @param {string} title @param {string} words */
  #what(title, words) {
    const p = find('p', HTMLElement, this.about);
    p.replaceChildren(el('b', {}, title), ...(words ? [el('span', {}, words)] : []));
    this.about.hidden = !title;
  }

  /** @param {number} seq @param {string} name @param {string} words of the message that is answered */
  reply(seq, name, words) {
    if (this.editing) this.cancel();
    this.#replyTo.value = String(seq);
    this.#what(t('composer.replying', name), words);
    this.box.focus();
  }

  /** @param {number} seq @param {string} body */
  edit(seq, body) {
    if (!this.editing) this.#draft = this.box.value;
    this.editing = seq;
    this.#replyTo.value = '';
    this.#what(t('composer.editing'), '');
    this.box.value = body;
    this.#changed();
    this.box.focus();
    this.box.setSelectionRange(body.length, body.length);
  }

  /** Nothing can be sent any more. */
  shut() {
    this.box.disabled = true;
    find('.send', HTMLButtonElement, this.form).disabled = true;
  }
}
