import { retryAfter } from './api.js';
import { EventParser } from './sse.js';

/** @typedef {import('./types.js').LogEvent} LogEvent */
/** @typedef {{events: LogEvent[], cursor: string, head: number}} Page */

// In milliseconds.
const answerTime = 10000; // until a question must begin to be answered
const doubtTime = 3000; // the same, where the connections that the browser has may be dead
const wholeTime = 60000; // until an answer that has begun must be whole
const helloTime = 5000; // until a stream must have said something
const connections = 6; // that a browser has to an HTTP/1.1 server

/** What a server said instead of what it was asked for. */
export class Refused extends Error {
  /** @param {Response} response */
  constructor(response) {
    super(String(response.status));
    this.status = response.status;
    this.after = retryAfter(response);
  }
}

/**
 * The requests that read a room's log. There is one at a time: the next one ends
 * the one before. The stream also tells where the reader's other rooms are.
 */
export class Wire {
  /** @type {AbortController | null} */ #abort = null;
  #doubt = 0; // how many connections may be dead without the browser's knowing
  heard = 0; // when the last byte came

  /** @param {string} room @param {import('./api.js').Server} server */
  constructor(room, server) {
    this.room = room;
    this.server = server;
    this.path = `/rooms/${room}/events`;
  }

  /** On somebody else's page the room is read alone, at one address: browsers ask once for each whether that may be. */
  get #alone() {
    return this.server.pass !== null;
  }

  /** Since when nothing came, in milliseconds. */
  get silence() {
    return Date.now() - this.heard;
  }

  /** What is connected may be dead: what is asked next must not wait for it long. */
  doubt() {
    this.heard = 0;
    this.#doubt = connections;
  }

  cut() {
    this.#abort?.abort();
  }

  /**
   * Asks once for what is behind a cursor.
   * @param {string} cursor @param {number} [wait] seconds that the server waits until there is something
   * @returns {Promise<Page | null>} null where there is nothing
   */
  async ask(cursor, wait = 0) {
    this.cut();
    const abort = (this.#abort = new AbortController());
    return this.#ask(cursor, wait, abort, this.#doubt-- > 0 ? doubtTime : answerTime);
  }

  /** Asks beside what goes on. Nothing comes of it where it fails. @param {string} cursor @returns {Promise<Page | null>} */
  peek(cursor) {
    return this.#ask(cursor, 0, new AbortController(), helloTime).catch(() => null);
  }

  /**
   * @param {string} cursor @param {number} wait @param {AbortController} abort
   * @param {number} most how long the answer may take to begin
   * @returns {Promise<Page | null>}
   */
  async #ask(cursor, wait, abort, most) {
    let late = setTimeout(() => abort.abort(), most + 1000 * wait);
    try {
      const response = await this.server.fetch(wait ? `${this.path}?wait=${wait}` : this.path, {
        headers: { Accept: 'application/json', ...from(cursor), ...(!this.#alone && !wait && { 'If-None-Match': `"${cursor}"` }) },
        signal: abort.signal,
        cache: 'no-store',
      });
      clearTimeout(late);
      this.heard = Date.now();
      this.#doubt = 0;
      if (response.status === 304) return null;
      if (!response.ok) throw new Refused(response);
      late = setTimeout(() => abort.abort(), wholeTime);
      return await response.json();
    } finally {
      clearTimeout(late);
    }
  }

  /**
   * Reads what is behind a cursor as a stream, to its end or until `take` has
   * had enough. A stream that says nothing is ended.
   * @param {string} cursor
   * @param {(events: LogEvent[]) => boolean} take answers whether to go on; called with none where there were only bytes
   */
  async read(cursor, take) {
    this.cut();
    const abort = (this.#abort = new AbortController());
    const mute = setTimeout(() => abort.abort(), helloTime);
    try {
      const response = await this.server.fetch(this.#alone ? this.path : `/events?rooms=${this.room}`, {
        headers: { Accept: 'text/event-stream', ...from(this.#alone ? cursor : cursor ? `${this.room}:${cursor}` : this.room) },
        signal: abort.signal,
        cache: 'no-store',
      });
      if (!response.ok || !response.body) throw new Refused(response);
      const reader = response.body.getReader();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.heard = Date.now();
        const events = parser.push(value);
        // Of a stream of several rooms an id names each room before its cursor.
        if (!this.#alone) for (const event of events) event.id = event.id?.slice(this.room.length + 1);
        if (events.length > 0) clearTimeout(mute);
        if (!take(events)) return;
      }
    } finally {
      clearTimeout(mute);
      abort.abort();
    }
  }
}

/** Who has nothing yet names no place. @param {string} cursor @returns {Record<string, string>} */
function from(cursor) {
  return cursor ? { 'Last-Event-ID': cursor } : {};
}
