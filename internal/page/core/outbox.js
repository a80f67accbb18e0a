import { home, makeNonce } from './api.js';
import { keep, kept, keptUnder } from './kept.js';
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
   * @param {import('./api.js').Server} [server] @param {Record<string, string>} [more] members that go with each message
   */
  constructor(room, user, on, server = home, more = {}) {
    this.path = `/rooms/${room}/messages`;
    this.key = `${server.keys}outbox:${user}:${room}:`; // before a nonce: other tabs have messages of their own
    this.on = on;
    this.server = server;
    this.more = more;
  }

  /**
   * Brings back what a reload left unsent, as failed: the reader decides.
   * @param {(nonce: string) => boolean} stored whether a message was stored after all
   */
  restore(stored) {
    for (const key of keptUnder(this.key)) {
      const nonce = key.slice(this.key.length);
      const entry = parsed(kept(key));
      if (stored(nonce) || !entry?.body) keep(key, '');
      else this.entries.push({ ...entry, nonce, state: 'failed', reason: '' });
    }
    this.entries.sort((a, b) => a.at - b.at);
    return this.entries;
  }

  /** @param {string} body @param {number} replyTo @returns {Entry} */
  add(body, replyTo) {
    /** @type {Entry} */
    const entry = { nonce: makeNonce(), body, replyTo, at: Date.now(), state: 'waiting', reason: '' };
    this.entries.push(entry);
    keep(this.key + entry.nonce, JSON.stringify(entry));
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
    keep(this.key + nonce, '');
  }

  /** The line is back: what waits for it need not wait longer. */
  hurry() {
    this.#wake();
  }

  /** @param {Entry} entry @param {Entry['state']} state @param {string} [reason] */
  #set(entry, state, reason = '') {
    entry.state = state;
    entry.reason = reason;
    if (state === 'sent') keep(this.key + entry.nonce, '');
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
    const body = { ...this.more, body: entry.body, nonce: entry.nonce, ...(entry.replyTo && { reply_to: entry.replyTo }) };
    for (let n = 1; ; n++) {
      this.#set(entry, 'sending');
      const answer = await this.server.ask('POST', this.path, { body });
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

/** An entry as it was kept, by this version or another. @param {string} text @returns {Entry | null} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
