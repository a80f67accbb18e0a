import { ask } from '../core/api.js';

/** @typedef {import('../core/types.js').Message} Message */
/** @typedef {{messages: Message[], head: number, floor: number}} Answer */

const most = 300; // rows that the page holds
const spare = 20; // what is beyond goes by so many at once
const size = 50; // messages of a request

/**
 * Which part of a room's messages the page holds: as many as one can look at,
 * around the reader's place. It fetches what is wanted on either side and lets
 * go of what is farthest. While it reaches the newest message, it follows the log.
 */
export class Pages {
  older = 0; // before it there are more, or 0
  newer = 0; // behind it there are more, or 0: the page follows
  #turn = 0; // a page that was asked for in an earlier one is too late
  #asking = 0;
  /** @type {{at: number, message: Message}[]} */ #late = []; // what is said while pages are on their way

  /**
   * @param {string} room
   * @param {import('../ui/rows.js').Rows} rows @param {import('../ui/scroll.js').Scroll} scroll
   * @param {{drawn: (message: Message) => void, back: () => void}} on `drawn`: a message came; `back`: the page follows again
   */
  constructor(room, rows, scroll, on) {
    this.path = `/rooms/${room}/messages`;
    this.rows = rows;
    this.scroll = scroll;
    this.on = on;
  }

  /** Where the page begins and ends. @param {number} older @param {number} newer */
  set(older, newer) {
    this.#turn++;
    this.older = older;
    this.newer = newer;
    this.scroll.more = newer > 0;
  }

  get follows() {
    return this.newer === 0;
  }

  /** History ends at a number. @param {number} to */
  rewind(to) {
    this.rows.drop(to);
    if (this.newer >= to) this.set(this.older, 0);
  }

  /**
   * Whether a message has its place in the page. One that has not, since it is
   * newer, may have one when what was asked for is here.
   * @param {Message} message @param {number} at the number of the event that brought it
   */
  takes(message, at) {
    if (this.rows.row(message.seq)) return true;
    if (this.older && message.seq < this.older) return false;
    if (!this.newer || message.seq <= this.newer) return true;
    if (this.#asking > 0) this.#late.push({ at, message });
    return false;
  }

  /** Fetches older messages. */
  async back() {
    if (!this.older || this.#asking > 0) return;
    const page = await this.#ask(`before=${this.older}`);
    if (!page) return;
    this.scroll.keep(() => {
      this.#put(page.messages.toReversed());
      this.#begin(page);
      return this.#settle();
    });
    this.scroll.look();
  }

  /** Fetches newer messages. */
  async forth() {
    if (!this.newer || this.#asking > 0) return;
    const page = await this.#ask(`after=${this.newer}`);
    if (!page) return;
    this.scroll.keep(() => {
      this.#put(page.messages);
      this.newer = page.messages.length < size ? 0 : (page.messages.at(-1)?.seq ?? 0);
      if (this.follows) this.#follow(page.head);
      return this.#settle();
    });
    this.scroll.look();
  }

  /** Fetches the newest messages in place of what is here. */
  async newest() {
    this.#turn++;
    const page = await this.#ask('');
    if (!page) return;
    this.rows.drop(0);
    this.newer = 0;
    this.#put(page.messages);
    this.#begin(page);
    this.#follow(page.head);
    this.#settle();
    this.scroll.toEnd();
    this.scroll.look();
  }

  /** Lets go of what is too much. */
  trim() {
    const over = this.rows.stored - most;
    if (over <= 0) return;
    this.#turn++;
    const which = this.scroll.atEnd ? 'oldest' : this.scroll.farther;
    const outermost = this.rows.trim(over + spare, which);
    if (which === 'oldest') this.older = outermost;
    else this.newer = outermost;
    this.scroll.more = !this.follows;
  }

  #settle() {
    this.scroll.more = !this.follows;
    this.trim();
    this.rows.arrange();
    return 0;
  }

  /** @param {Answer} page */
  #begin({ messages: [first], messages, floor }) {
    this.older = first && messages.length === size && first.seq > floor + 1 ? first.seq : 0;
  }

  /** The page has all up to a number; what was said behind it while it was asked for comes now. @param {number} head */
  #follow(head) {
    this.#put(this.#late.filter(({ at }) => at > head).map(({ message }) => message));
    this.on.back();
  }

  /** @param {Message[]} messages */
  #put(messages) {
    for (const message of messages) {
      this.on.drawn(message);
      this.rows.put(message);
    }
  }

  /** @param {string} where @returns {Promise<Answer | null>} null where it failed, or is too late */
  async #ask(where) {
    const turn = this.#turn;
    if (this.#asking++ === 0) this.#late = [];
    this.scroll.log.ariaBusy = 'true';
    const answer = await ask('GET', `${this.path}?limit=${size}&${where}`);
    if (--this.#asking === 0) this.scroll.log.ariaBusy = null;
    return answer.status === 200 && turn === this.#turn ? answer.data : null;
  }
}
