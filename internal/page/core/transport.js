import { home } from './api.js';
import { follow, lookedAt } from './life.js';
import { Slots } from './slots.js';
import { Ways } from './ways.js';
import { Refused, Wire } from './wire.js';

/** @typedef {import('./types.js').LogEvent} LogEvent */
/** @typedef {import('./log.js').Log} Log */
/** @typedef {'connecting' | 'live' | 'waiting' | 'polling' | 'cut' | 'gone' | 'signed-out'} State */

// In milliseconds.
const silence = 40000; // without a byte a stream is dead: it beats every 15 s
const stale = 20000; // without a byte a line is not trusted by who comes back to the page
const hush = 2000; // without a byte, a browser is believed that says it is offline
const pollEvery = 3000;
const peekEvery = 1200; // while a stream does not speak
const longestWait = 15000;
const lasting = 10000; // a stream that held so long was a good one
const waitTime = 25; // seconds that a question waits for its answer

/**
 * Keeps a room's log coming in. Each round begins with a question for what is
 * new, so what is said never waits for a stream to open. Then a stream, where
 * the tab has a place for one; where streams fail twice, long polls; where these
 * fail too, or there is no place, it asks every few seconds. Whatever it brings
 * goes through the log, so a fault here can cost time, and no message.
 */
export class Transport {
  #run = 0; // only the newest one counts
  #paused = true;
  #life = new AbortController();
  #streams = false; // a stream speaks
  #failures = 0; // in a row, of any kind
  #broken = false; // something may have been missed since
  healed = 0; // how often something had been missed, and was read
  /** @type {'stream' | 'wait' | null} */ #suspect = null; // failed just now, and the server may be to blame
  #ways = new Ways();
  slots = new Slots();
  /** @type {State} */ state = 'connecting';

  /**
   * @param {string} room @param {Log} log
   * @param {{events: (events: LogEvent[]) => void, state: (state: State) => void}} on
   * @param {import('./api.js').Server} [server]
   */
  constructor(room, log, on, server = home) {
    this.wire = new Wire(room, server);
    this.log = log;
    this.on = on;
  }

  start() {
    const doubt = () => {
      this.wire.doubt();
      this.#look();
    };
    follow({
      look: () => this.#look(),
      hide: () => this.#hide(),
      rest: () => this.#rest(),
      wake: doubt,
      tick: () => this.#streams && this.wire.silence > silence && doubt(),
      line: (there) => this.#line(there),
    }, this.#life.signal);
    this.#look();
  }

  /** Nobody reads here any more. */
  end() {
    this.#life.abort();
    this.#rest();
  }

  #rest() {
    this.pause();
    this.slots.leave();
  }

  /** Begins anew, at once; what ran before ends. */
  kick() {
    if (this.#ended) return;
    this.pause();
    this.#enter(this.state === 'cut' ? 'cut' : 'connecting');
    this.#paused = false;
    this.#failures = 0;
    this.wire.heard = Date.now();
    void this.#loop(++this.#run);
  }

  pause() {
    this.#run++;
    this.#paused = true;
    this.#streams = false;
    this.wire.cut();
  }

  get #ended() {
    return this.state === 'gone' || this.state === 'signed-out';
  }

  /** Who looks, and whether the page is seen at all, decides what it may hold open. */
  #look() {
    if (lookedAt()) void this.slots.back();
    else void this.slots.away(() => this.#paused && this.kick());
    const may = !document.hidden || this.slots.background;
    if (may && (this.#paused || this.wire.silence > stale)) this.kick();
  }

  #hide() {
    if (this.slots.background) return;
    this.pause();
    this.slots.drop();
  }

  /** A browser may be wrong about being offline; a stream that still speaks is believed more. @param {boolean} there */
  #line(there) {
    if (this.#paused || this.#ended) return;
    if (!there && this.wire.silence > hush) this.#enter('cut');
    if (there && this.state === 'cut') this.kick();
  }

  /** @param {number} run */
  async #loop(run) {
    while (run === this.#run && !this.#ended) {
      let wait;
      try {
        wait = await this.#round(run);
      } catch (fault) {
        if (run !== this.#run) return;
        wait = fault instanceof Refused ? this.#refused(fault) : this.#failed();
      }
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  /** Asks what is new, then reads in the best way there is, to its end; answers how long to wait then. @param {number} run */
  async #round(run) {
    const suspect = this.#suspect;
    this.#suspect = null;
    // Who has nothing yet gets from a stream all that a question would have asked for.
    const begins = this.log.seq < 0 && !suspect && (await this.#way()) === 'stream';
    if (!begins) await this.#catchUp(run);
    if (run !== this.#run || this.#ended) return 0;
    if (suspect) this.#ways.failed(suspect); // the server answers: what failed is itself to blame
    const way = await this.#way();
    if (run !== this.#run) return 0;
    if (way === 'stream') return this.#stream(run);
    if (way === 'wait') return this.#wait(run);
    this.#failures = 0;
    this.#enter('polling');
    return pollEvery * (0.7 + 0.6 * Math.random());
  }

  /** The best way to hold a connection open, where there is one and this tab has a place for it. */
  async #way() {
    const way = this.#ways.best;
    if (way && (await this.slots.take())) return way;
    this.slots.drop();
    return null;
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

  /** @param {Refused} refused */
  #refused({ status, after }) {
    if (status === 401) this.#enter('signed-out');
    else if (status === 404 || status === 403) this.#enter('gone');
    else return this.#failed(after);
    return 0;
  }

  /**
   * A connection that was held open failed, or was refused. The next question
   * will tell whether there is a server at all.
   * @param {'stream' | 'wait'} way @param {unknown} fault
   */
  #lost(way, fault) {
    if (!(fault instanceof Refused)) this.#suspect = way;
    else if (fault.status < 429) throw fault;
    else this.#ways.refused(fault.after);
  }

  /** @param {LogEvent[]} events */
  #ingest(events) {
    const taken = this.log.take(events);
    if (taken.fresh.some(({ id }) => id !== undefined)) {
      this.#failures = 0;
      if (this.#broken) this.healed++;
      this.#broken = false;
    }
    if (taken.fresh.length > 0) this.on.events(taken.fresh);
    if (taken.fresh.some(({ event }) => event === 'gone')) this.#enter('gone');
    return taken;
  }

  /** Asks for what is new, until that is all. @param {number} run */
  async #catchUp(run) {
    for (let more = true; more && !this.#ended; ) {
      const page = await this.wire.ask(this.log.cursor);
      if (run !== this.#run) return;
      const fresh = page ? this.#ingest(page.events).fresh : [];
      if (page && (this.log.seq < 0 || page.head === this.log.seq)) this.log.begin(page.cursor);
      more = page !== null && fresh.length > 0 && page.head > this.log.seq;
    }
    this.#broken = false;
    if (this.state === 'cut') this.#enter('connecting');
  }

  /** Asks and waits, again and again, until streams may be tried again. @param {number} run */
  async #wait(run) {
    this.#enter('waiting');
    while (!this.#ended && this.#ways.best === 'wait') {
      const began = Date.now();
      try {
        const page = await this.wire.ask(this.log.cursor, waitTime);
        if (run !== this.#run) return 0;
        this.#ways.worked('wait');
        this.#failures = 0;
        const news = page ? this.#ingest(page.events).fresh.length : 0;
        if (news === 0 && Date.now() - began < 1000) return pollEvery; // it did not wait
      } catch (fault) {
        if (run === this.#run) this.#lost('wait', fault);
        return 0;
      }
    }
    return 0;
  }

  /** What is said while a stream does not speak is not waited for. @param {number} run */
  async #peek(run) {
    const page = await this.wire.peek(this.log.cursor);
    if (page && run === this.#run) this.#ingest(page.events);
  }

  /** Reads a stream to its end and answers how long to wait before the next round. @param {number} run */
  async #stream(run) {
    const began = Date.now();
    let wait = /** @type {number | null} */ (null);
    const peeks = setInterval(() => this.#streams || this.#peek(run), peekEvery);
    try {
      await this.wire.read(this.log.cursor, (events) => {
        if (run !== this.#run) return false;
        this.#streams ||= events.length > 0;
        wait = this.#take(events);
        return wait === null;
      });
      if (run === this.#run && !this.#streams) this.#suspect = 'stream';
    } catch (fault) {
      if (run === this.#run && !this.#streams) this.#lost('stream', fault);
    } finally {
      clearInterval(peeks);
    }
    if (run !== this.#run || !this.#streams) return 0;
    this.#streams = false;
    this.#ways.worked('stream');
    if (Date.now() - began > lasting) this.#failures = 0;
    return wait ?? this.#failed() / 4;
  }

  /**
   * Takes the events of a stream. Answers null to go on reading, or how long to
   * wait before the next round.
   * @param {LogEvent[]} events
   */
  #take(events) {
    if (this.state === 'cut') this.#enter('live'); // the browser was wrong about being offline
    const { fresh, hole } = this.#ingest(events);
    for (const { event, data } of fresh) {
      if (event === 'caught-up') {
        this.#broken = false;
        this.#enter('live');
      } else if (event === 'bye') {
        if (data.code !== 'unauthenticated') return this.#failed(Number(data.retry_ms) || 0);
        if (this.wire.server.pass) return 0; // there may be another one
        this.#enter('signed-out');
      } else if (event === 'beat' && data.head > this.log.seq) {
        return this.#failed() / 4;
      }
    }
    if (this.#ended) return 0;
    return hole ? this.#failed() / 4 : null;
  }
}
