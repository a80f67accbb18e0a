import { retryAfter } from './api.js';
import { EventParser } from './sse.js';

/** @typedef {import('./types.js').LogEvent} LogEvent */
/** @typedef {import('./log.js').Log} Log */
/** @typedef {'connecting' | 'live' | 'polling' | 'cut' | 'gone' | 'signed-out'} State */

// In milliseconds.
const helloTime = 6000; // until a stream must have said hello
const silence = 40000; // without a byte a stream is dead: it beats every 15 s
const pollEvery = 3000;
const streamBan = 60000; // until a stream is tried again where streams failed
const hiddenTime = 60000; // until a hidden page gives its connection back
const longestWait = 15000;
const lasting = 10000; // a stream that held so long was a good one

/**
 * Keeps a room's log coming in: as a stream, or, where a stream fails twice, by
 * asking every few seconds. It hands on what the log lets through, in order.
 */
export class Transport {
  /** @type {AbortController | null} */ #abort = null;
  #run = 0;
  #failures = 0; // in a row, of any kind
  #mute = 0; // streams in a row that failed although the server can be reached
  #noStreamUntil = 0;
  #heard = 0; // when the last byte came
  #broken = false; // something may have been missed since
  healed = 0; // how often something had been missed, and was read
  /** @type {State} */ state = 'connecting';

  /**
   * @param {string} room @param {Log} log
   * @param {{events: (events: LogEvent[]) => void, state: (state: State) => void}} on
   */
  constructor(room, log, on) {
    this.path = `/api/v1/rooms/${room}/events`;
    this.log = log;
    this.on = on;
  }

  start() {
    /** @type {number | undefined} */
    let hiding;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(hiding);
      if (document.hidden) hiding = setTimeout(() => this.stop(), hiddenTime);
      else if (!this.#abort || Date.now() - this.#heard > 20000) this.kick();
    });
    addEventListener('pagehide', () => this.stop());
    addEventListener('pageshow', (event) => event.persisted && this.kick());
    addEventListener('online', () => this.state === 'cut' && this.kick());
    // A jump of the clock between two ticks means that the machine slept.
    let last = Date.now();
    setInterval(() => {
      const now = Date.now();
      const slept = now - last > 15000;
      last = now;
      if (document.hidden || !this.#abort) return;
      if (slept || (this.state === 'live' && now - this.#heard > silence)) this.kick();
    }, 2000);
    this.kick();
  }

  /** Begins anew, at once; what ran before ends. */
  kick() {
    if (this.state === 'gone' || this.state === 'signed-out') return;
    this.stop();
    this.#failures = 0;
    void this.#loop(++this.#run);
  }

  stop() {
    this.#run++;
    this.#abort?.abort();
    this.#abort = null;
  }

  /** @param {number} run */
  async #loop(run) {
    while (run === this.#run) {
      const wait = Date.now() < this.#noStreamUntil ? await this.#poll(run) : await this.#stream(run);
      if (run !== this.#run || this.state === 'gone' || this.state === 'signed-out') return;
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  /** @param {State} state */
  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.on.state(state);
  }

  /** How long to wait after a failure. @param {number} [asked] */
  #failed(asked = 0) {
    this.#enter('cut');
    this.#broken = true;
    const most = Math.min(longestWait, 300 * 2 ** this.#failures++);
    return asked + Math.random() * most + 50;
  }

  /** What an answer means that is not 200. @param {Response} response */
  #refused(response) {
    if (response.status === 401) this.#enter('signed-out');
    else if (response.status === 404) this.#enter('gone');
    else return this.#failed(retryAfter(response));
    return 0;
  }

  /**
   * Reads a stream to its end and answers how long to wait before the next.
   * @param {number} run
   */
  async #stream(run) {
    const abort = new AbortController();
    this.#abort = abort;
    const began = Date.now();
    let said = false;
    const muted = setTimeout(() => said || abort.abort(), helloTime);
    try {
      const response = await fetch(this.path, {
        headers: { Accept: 'text/event-stream', 'Last-Event-ID': this.log.cursor },
        signal: abort.signal,
        cache: 'no-store',
      });
      if (!response.ok || !response.body) return this.#refused(response);
      const reader = response.body.getReader();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || run !== this.#run) break;
        this.#heard = Date.now();
        const events = parser.push(value);
        said ||= events.length > 0;
        const after = this.#take(events);
        if (after !== null) return after;
      }
    } catch {
      // An aborted or broken connection is told apart by what was heard.
    } finally {
      clearTimeout(muted);
      abort.abort();
    }
    if (run !== this.#run) return 0;
    if (!said) return this.#blame(run);
    this.#mute = 0;
    if (Date.now() - began > lasting) this.#failures = 0;
    return this.#failed() / 4;
  }

  /**
   * A stream has said nothing. Where the server answers a question, the stream
   * is to blame; and what it did not bring comes with the answer.
   * @param {number} run
   */
  async #blame(run) {
    const wait = await this.#poll(run);
    if (run !== this.#run || this.state !== 'polling') return wait;
    if (++this.#mute < 2) return 0;
    this.#noStreamUntil = Date.now() + streamBan;
    return wait;
  }

  /** @param {LogEvent[]} events */
  #ingest(events) {
    const taken = this.log.take(events);
    if (this.#broken && taken.fresh.some(({ id }) => id !== undefined)) {
      this.#broken = false;
      this.healed++;
    }
    if (taken.fresh.length > 0) this.on.events(taken.fresh);
    return taken;
  }

  /**
   * Takes the events of a stream. Answers null to go on reading, or how long to
   * wait before the next connection.
   * @param {LogEvent[]} events
   */
  #take(events) {
    const { fresh, hole } = this.#ingest(events);
    for (const { id, event, data } of fresh) {
      if (id !== undefined) this.#failures = 0;
      if (event === 'caught-up') {
        this.#broken = false;
        this.#enter('live');
      } else if (event === 'gone') {
        this.#enter('gone');
        return 0;
      } else if (event === 'bye') {
        if (data.code === 'unauthenticated') this.#enter('signed-out');
        return Number(data.retry_ms) || 0;
      } else if (event === 'beat' && data.head > this.log.seq) {
        return this.#failed() / 4;
      }
    }
    return hole ? this.#failed() / 4 : null;
  }

  /** Asks once and answers how long to wait before asking again. @param {number} run */
  async #poll(run) {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const response = await fetch(`${this.path}?after=${encodeURIComponent(this.log.cursor)}`, {
        headers: { Accept: 'application/json', 'If-None-Match': `"${this.log.cursor}"` },
        signal: AbortSignal.any([abort.signal, AbortSignal.timeout(15000)]),
        cache: 'no-store',
      });
      if (run !== this.#run) return 0;
      if (!response.ok && response.status !== 304) return this.#refused(response);
      this.#heard = Date.now();
      let more = false;
      if (response.status === 200) {
        const page = await response.json();
        const { fresh } = this.#ingest(page.events);
        if (fresh.some((event) => event.event === 'gone')) this.#enter('gone');
        more = fresh.length > 0 && page.head > this.log.seq;
      }
      this.#failures = 0;
      this.#broken = more;
      if (this.state !== 'gone') this.#enter('polling');
      return more ? 0 : pollEvery * (0.7 + 0.6 * Math.random());
    } catch {
      return run === this.#run ? this.#failed() : 0;
    }
  }
}
