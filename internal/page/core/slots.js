const places = 4;
const place = 'maru:stream:';
const background = 'maru:background';
const eyes = 'maru:looked-at';

/**
 * The right to hold a connection open. To an HTTP/1.1 server a browser opens six
 * connections, however many tabs there are, and who comes when they are taken
 * can't even load a page. So the tabs of an origin share a few places: four for
 * those that are looked at, and one for those that are not. Locks of the browser
 * give them out; a tab that ends loses what it held. By another lock, which tabs
 * can hold together, each knows whether somebody looks at any of them.
 */
export class Slots {
  /** @type {Map<string, (value?: unknown) => void>} */ #held = new Map(); // by name, with what lets it go
  /** @type {AbortController | null} */ #waiting = null;
  #turn = 0;
  #seen = false;

  /** Whether this tab has the place of those that are not looked at. */
  get background() {
    return this.#held.has(background);
  }

  /** Whether this tab may hold a connection: it has a place, or finds one free. */
  async take() {
    // Without locks, which only a secure context has, each tab has a place while it is seen.
    return !navigator.locks || this.#placed || this.background || (await this.#find());
  }

  /**
   * Nobody looks at this tab. It waits for the place of such tabs, and gives back
   * the one that it has.
   * @param {() => void} granted
   */
  async away(granted) {
    this.#seen = false;
    this.#release(eyes);
    if (!navigator.locks || this.#waiting || this.background) return;
    const waiting = (this.#waiting = new AbortController());
    const got = await this.#hold(background, { signal: waiting.signal });
    if (this.#waiting === waiting) this.#waiting = null;
    if (!got) return;
    this.drop();
    granted();
  }

  /** Somebody looks at this tab again. Where no other place is free it keeps the one it has. */
  async back() {
    this.#seen = true;
    this.#waiting?.abort();
    this.#waiting = null;
    if (!navigator.locks) return;
    void this.#hold(eyes, { mode: 'shared' });
    if (this.background && (await this.#find())) this.#release(background);
  }

  /** Whether nobody looks at any tab. Without locks it is not known of the others. @returns {Promise<boolean>} */
  unseen() {
    if (!navigator.locks) return Promise.resolve(true);
    return navigator.locks.request(eyes, { ifAvailable: true }, (lock) => lock !== null);
  }

  /** Gives back its place among the tabs that are looked at. */
  drop() {
    for (const name of [...this.#held.keys()]) if (name.startsWith(place)) this.#release(name);
  }

  /** Gives back everything, and waits for nothing. */
  leave() {
    this.#turn++;
    this.#waiting?.abort();
    this.#waiting = null;
    for (const name of [...this.#held.keys()]) this.#release(name);
  }

  get #placed() {
    return [...this.#held.keys()].some((name) => name.startsWith(place));
  }

  async #find() {
    for (let n = 0; n < places; n++) {
      if (await this.#hold(place + n, { ifAvailable: true })) return true;
    }
    return false;
  }

  /** @param {string} name */
  #release(name) {
    this.#held.get(name)?.();
    this.#held.delete(name);
  }

  /** @param {string} name @param {LockOptions} options @returns {Promise<boolean>} */
  #hold(name, options) {
    const turn = this.#turn;
    return new Promise((answer) => {
      const held = navigator.locks.request(name, options, (lock) => {
        const enough = this.#held.has(name) || (name.startsWith(place) && this.#placed);
        const got = lock !== null && turn === this.#turn && !enough && (name !== eyes || this.#seen);
        answer(got || enough);
        return got ? new Promise((release) => this.#held.set(name, release)) : undefined;
      });
      held.catch(() => answer(false)); // the waiting was given up, or locks are forbidden here
    });
  }
}
