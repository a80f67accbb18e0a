const ban = 300000; // ms until a way that failed twice is tried again
const refusedTime = 10000; // ms until a connection that was refused is asked for again
const key = 'maru:no-stream-until';

/**
 * The ways to hold a connection open, the best one first: a stream, or a question
 * that waits for its answer. What stands between a browser and a server may let
 * neither through. A way that fails twice in a row, though the server answers, is
 * barred for a while; streams also for the pages that follow in this tab.
 */
export class Ways {
  #stream = { failed: 0, until: recalled() };
  #wait = { failed: 0, until: 0 };
  #refusedUntil = 0;

  /** The best way that is not barred now. @returns {'stream' | 'wait' | null} */
  get best() {
    const now = Date.now();
    if (now < this.#refusedUntil) return null;
    if (now >= this.#stream.until) return 'stream';
    return now >= this.#wait.until ? 'wait' : null;
  }

  /** @param {'stream' | 'wait'} way */
  worked(way) {
    (way === 'stream' ? this.#stream : this.#wait).failed = 0;
  }

  /** A way failed, and the server answers. @param {'stream' | 'wait'} way */
  failed(way) {
    const which = way === 'stream' ? this.#stream : this.#wait;
    if (++which.failed < 2) return;
    which.until = Date.now() + ban;
    if (way === 'stream') recall(which.until);
  }

  /** The server holds no more connections open for now. @param {number} after in milliseconds */
  refused(after) {
    this.#refusedUntil = Date.now() + Math.max(after, refusedTime);
  }
}

function recalled() {
  try {
    return Number(sessionStorage.getItem(key));
  } catch {
    return 0; // without storage each page finds out for itself
  }
}

/** @param {number} until */
function recall(until) {
  try {
    sessionStorage.setItem(key, String(until));
  } catch {
    // The same.
  }
}
