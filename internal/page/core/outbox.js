import { ask, makeNonce } from './api.js';
import { retryable } from './types.js';

/** @typedef {import('./types.js').Message} Message */

/**
 * A message on its way. `state`: waiting for its turn or for the line, being
 * sent, stored (the log will bring it), or failed for the reason given.
 * @typedef {{nonce: string, body: string, replyTo: number, at: number,
 *   state: 'waiting' | 'sending' | 'sent' | 'failed', reason: string}} Entry
 */

const tries = 4;

/**
 * Sends messages one after the other, each until it is stored or refused. The
 * nonce makes a retry safe: a message that was stored, though its answer was
 * lost, is not stored again. What is not stored survives a reload.
 */
export class Outbox {
  /** @type {Entry[]} */ entries = [];
  #busy = false;
  /** @type {() => void} */ #wake = () => {};

  /**
   * @param {string} room @param {number} user
   * @param {{changed: (entry: Entry) => void, stored: (message: Message) => void}} on
   *   `changed`: an entry's state is another; `stored`: the server has stored a message
   */
  constructor(room, user, on) {
    this.path = `/rooms/${room}/messages`;
    this.key = `maru:outbox:${user}:${room}`;
    this.on = on;
  }

  /**
   * Brings back what a reload left unsent, as failed: the reader decides.
   * @param {(nonce: string) => boolean} stored whether a message was stored after all
   */
  restore(stored) {
    /** @type {Entry[]} */
    let kept = [];
    try {
      kept = JSON.parse(localStorage.getItem(this.key) ?? '[]');
    } catch {
      // Storage may be forbidden, or hold what another version wrote.
    }
    for (const entry of kept) {
      if (!stored(entry.nonce)) this.entries.push({ ...entry, state: 'failed', reason: '' });
    }
    this.#keep();
    return this.entries;
  }

  /** @param {string} body @param {number} replyTo @returns {Entry} */
  add(body, replyTo) {
    /** @type {Entry} */
    const entry = { nonce: makeNonce(), body, replyTo, at: Date.now(), state: 'waiting', reason: '' };
    this.entries.push(entry);
    this.#keep();
    void this.#work();
    return entry;
  }

  /** @param {Entry} entry */
  again(entry) {
    this.#set(entry, 'waiting');
    void this.#work();
  }

  /** @param {string} nonce */
  drop(nonce) {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
    this.#keep();
  }

  /** The line is back: what waits for it need not wait longer. */
  hurry() {
    this.#wake();
  }

  #keep() {
    const unsent = this.entries.filter((entry) => entry.state !== 'sent');
    try {
      if (unsent.length > 0) localStorage.setItem(this.key, JSON.stringify(unsent));
      else localStorage.removeItem(this.key);
    } catch {
      // Without storage an unsent message lives as long as the page.
    }
  }

  /** @param {Entry} entry @param {Entry['state']} state @param {string} [reason] */
  #set(entry, state, reason = '') {
    entry.state = state;
    entry.reason = reason;
    this.#keep();
    this.on.changed(entry);
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    for (let entry; (entry = this.entries.find((one) => one.state === 'waiting')); ) await this.#send(entry);
    this.#busy = false;
  }

  /** @param {Entry} entry */
  async #send(entry) {
    const body = { body: entry.body, nonce: entry.nonce, ...(entry.replyTo && { reply_to: entry.replyTo }) };
    for (let n = 1; ; n++) {
      this.#set(entry, 'sending');
      const answer = await ask('POST', this.path, { body });
      if (answer.status === 200 || answer.status === 201) {
        this.#set(entry, 'sent');
        return this.on.stored(answer.data.message);
      }
      if (!this.entries.includes(entry)) return undefined; // the log was faster than the answer
      if (!retryable.has(answer.status) || n === tries) {
        return this.#set(entry, 'failed', answer.data?.detail ?? '');
      }
      this.#set(entry, 'sending');
      await this.#sleep(answer.retryAfter || 500 * 2 ** n * (0.75 + Math.random() / 2));
      if (!this.entries.includes(entry)) return undefined;
    }
  }

  /** @param {number} time */
  #sleep(time) {
    return new Promise((done) => {
      const timer = setTimeout(done, time);
      this.#wake = () => {
        clearTimeout(timer);
        done(undefined);
      };
    });
  }
}
