import { home } from '../core/api.js';
import { Outbox } from '../core/outbox.js';
import { t } from '../i18n/t.js';
import { el, find } from '../ui/el.js';

/** @typedef {import('../core/types.js').Message} Message */
/** @typedef {import('../core/outbox.js').Entry} Entry */

const young = 1050; // ms: what is so young needs no word on why it is not stored yet

/** What is on its way from the composer to the log, and how it looks meanwhile. */
export class Sending {
  /**
   * @param {string} room @param {number} me @param {import('../ui/rows.js').Rows} rows
   * @param {(message: Message) => void} stored
   * @param {import('../core/api.js').Server} [server] @param {Record<string, string>} [more] members that go with each message
   */
  constructor(room, me, rows, stored, server = home, more = {}) {
    this.path = `/rooms/${room}/messages`;
    this.rows = rows;
    this.server = server;
    this.outbox = new Outbox(room, me, { changed: (entry) => this.#draw(entry), stored }, server, more);
    for (const entry of this.outbox.restore((nonce) => rows.has(nonce))) this.#draw(entry);
  }

  /** @param {import('../ui/composer.js').Draft} draft */
  send(draft) {
    this.#draw(this.outbox.add(draft.body, draft.replyTo));
  }

  /** A message is stored. What it was on its way goes. @param {string} nonce */
  arrived(nonce) {
    this.outbox.drop(nonce);
    this.rows.dropUnsent(nonce);
  }

  /** Changes a message; gives the text back where that fails. @param {import('../ui/composer.js').Draft} draft @param {import('../ui/composer.js').Composer} composer */
  async edit({ editing, body }, composer) {
    const answer = await this.server.ask('PATCH', `${this.path}/${editing}`, { body: { body } });
    if (answer.status === 200) return;
    composer.edit(editing, body);
    composer.over.textContent = answer.data?.detail ?? t('message.failed');
  }

  /** Draws a message on its way. A slow one gets a word after a second. @param {Entry} entry */
  #draw(entry) {
    if (!this.outbox.entries.includes(entry)) return;
    const again = el('button', { type: 'button' }, t('message.again'));
    const drop = el('button', { type: 'button', class: 'drop' }, t('message.drop'));
    again.addEventListener('click', () => this.outbox.again(entry));
    drop.addEventListener('click', () => {
      this.arrived(entry.nonce);
      this.rows.arrange();
    });
    const mend = el('div', { class: 'mend', role: 'alert' }, el('span', {}, entry.reason || t('message.failed')), again, drop);
    this.rows.putUnsent(entry, mend);
    this.rows.arrange();
    find('#empty', HTMLElement, this.rows.root).hidden = true;
    const left = entry.at + young - Date.now();
    if (left > 0 && entry.state !== 'failed') setTimeout(() => this.#draw(entry), left);
  }
}
