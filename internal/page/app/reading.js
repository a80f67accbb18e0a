import { ask } from '../core/api.js';
import { lookedAt } from '../core/life.js';

const inSight = 1000; // ms that something must have been in sight

/**
 * What of the open room the reader has read: what was in sight, in a page that
 * is looked at. The server is told, and so the reader's other devices; what they
 * tell comes back here.
 */
export class Reading {
  #marking = 0;

  /**
   * @param {{room: string, read: number, member: boolean, drawn: number}} reader
   *   `drawn`: the number of the last event that can be seen in the page
   * @param {{rows: import('../ui/rows.js').Rows, scroll: import('../ui/scroll.js').Scroll,
   *   contents: import('../ui/contents.js').Contents}} page
   */
  constructor({ room, read, member, drawn }, { rows, scroll, contents }) {
    this.room = room;
    this.read = read;
    this.member = member;
    this.rows = rows;
    this.scroll = scroll;
    this.drawn = drawn;
    this.contents = contents;
    this.line = member && contents.unread(room) > 0 ? read : Infinity; // the unread line stands behind this number
  }

  /** A message came from before or after what was here: the unread line may belong above it. @param {import('../core/types.js').Message} message */
  came({ seq, author }) {
    const { unread } = this.rows;
    if (seq > this.line && author.id !== this.rows.me && (unread === 0 || seq < unread)) this.rows.unread = seq;
  }

  /**
   * Messages of others came. Where the reader has left, the unread line stands
   * above the first of them; it does not move while somebody reads.
   * @param {number[]} seqs
   */
  fresh(seqs) {
    const [first] = seqs;
    if (!first || !this.member || (lookedAt() && this.scroll.atEnd)) return;
    const unread = this.contents.unread(this.room);
    if (unread === 0 && !lookedAt()) {
      this.rows.unread = first;
      this.line = first - 1;
    }
    this.contents.count(this.room, Math.min(unread + seqs.length, 100));
  }

  /** What is in sight may be read now. */
  look() {
    if (!this.member || !lookedAt()) return;
    if (this.scroll.atEnd) this.contents.count(this.room, 0);
    if (this.#seen <= this.read) return;
    this.#marking ||= setTimeout(() => void this.#mark(), inSight);
  }

  get #seen() {
    return this.scroll.atEnd ? this.drawn : this.scroll.lowest;
  }

  async #mark() {
    this.#marking = 0;
    const seq = this.#seen;
    const { atEnd } = this.scroll;
    if (!lookedAt() || seq <= this.read) return;
    const { status } = await ask('PUT', `/rooms/${this.room}/read`, { body: { seq } });
    if (status !== 204) return;
    this.read = Math.max(this.read, seq);
    if (!atEnd) this.contents.stale(this.room);
  }

  /** The reader has read a room up to a number, on this device or another. @param {string} room @param {number} seq */
  heard(room, seq) {
    if (room === this.room) this.read = Math.max(this.read, seq);
    if (room === this.room && lookedAt() && this.scroll.atEnd) return; // what came since is read here
    this.contents.read(room, seq);
  }
}
