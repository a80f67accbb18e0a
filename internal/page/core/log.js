/** @typedef {import('./types.js').LogEvent} LogEvent */

/**
 * The place that a reader has in a room's log. All ways of reading hand their
 * events to `take`, which lets each number through once, in order. So whatever
 * a connection does, it can cost time, but no message.
 */
export class Log {
  /** @param {string} cursor `seq.tag`, or `0` where the log is empty; nothing where the reader has none of it yet */
  constructor(cursor) {
    this.cursor = cursor;
    this.seq = cursor ? seqOf(cursor) : -1;
  }

  /**
   * The events that are new, and whether a number is missing before the rest.
   * @param {LogEvent[]} events
   * @returns {{fresh: LogEvent[], hole: boolean}}
   */
  take(events) {
    /** @type {LogEvent[]} */
    const fresh = [];
    for (const event of events) {
      if (event.event === 'reset') this.#forget();
      if (event.event === 'rewind') this.#goTo(event.data.to);
      if (event.event === 'gap') this.#goTo(event.data.floor);
      if (event.event === 'caught-up' && this.seq < 0) this.#goTo(event.data.head); // of a log that is empty
      if (event.id === undefined) {
        fresh.push(event);
        continue;
      }
      const seq = seqOf(event.id);
      if (this.seq >= 0 && seq <= this.seq) continue;
      if (this.seq >= 0 && seq > this.seq + 1) return { fresh, hole: true };
      this.seq = seq;
      this.cursor = event.id;
      fresh.push(event);
    }
    return { fresh, hole: false };
  }

  /** Begins where a log that is empty does. @param {string} cursor */
  begin(cursor) {
    this.cursor = cursor;
    this.seq = seqOf(cursor);
  }

  /** After a reset the next event tells where the log begins. */
  #forget() {
    this.seq = -1;
    this.cursor = '';
  }

  /** @param {number} seq */
  #goTo(seq) {
    this.seq = seq;
    this.cursor = String(seq);
  }
}

/** @param {string} cursor */
function seqOf(cursor) {
  return Number.parseInt(cursor, 10) || 0;
}
