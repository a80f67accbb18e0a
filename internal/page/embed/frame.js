const hostTime = 5000; // ms until a host that does not answer has no token

/**
 * Speaks with the page that the frame stands in: it asks for a token and tells
 * what is unread. It believes messages from its parent alone, and from origins
 * that the server has named.
 */
export class Frame {
  #host = '';
  #life = new AbortController();
  /** @type {((token: string | null) => void) | null} */ #asked = null;

  /** @param {string[]} origins @param {() => void} given a token that nobody had asked for */
  constructor(origins, given) {
    this.origins = origins;
    addEventListener('message', ({ source, origin, data }) => {
      if (source !== parent || !origins.includes(origin) || data?.maru !== 1) return;
      this.#host = origin;
      if (data.type !== 'no-token' && (data.type !== 'token' || typeof data.token !== 'string')) return;
      this.token = data.type === 'token' ? data.token : null;
      if (this.#asked) this.#asked(this.token);
      else if (this.token) given();
      this.#asked = null;
    }, { signal: this.#life.signal });
    this.say('ready');
  }

  /** @type {string | null} */ token = null;

  /** @returns {Promise<string | null>} */
  ask() {
    this.say('need-token');
    return new Promise((answer) => {
      this.#asked = answer;
      setTimeout(() => this.#asked === answer && answer(this.token), hostTime);
    });
  }

  /** @param {string} type @param {{count?: number}} [more] */
  say(type, more) {
    const referrer = document.referrer && new URL(document.referrer).origin;
    const host = this.#host || (this.origins.includes(referrer) ? referrer : '');
    for (const origin of host ? [host] : this.origins) parent.postMessage({ maru: 1, type, ...more }, origin);
  }

  end() {
    this.#life.abort();
  }
}
