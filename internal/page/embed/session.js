import { Server } from '../core/api.js';
import { keep, kept } from '../core/kept.js';

/** @typedef {{site: string, room: string, visitors: 'member' | 'read' | 'guest', pages: boolean, accent: string}} Policy */
/** @typedef {import('../core/types.js').User} User */
/** @typedef {'ready' | 'sign_in' | 'not_allowed' | 'not_found' | 'invalid' | 'limited' | 'unreachable'} Outcome */

/**
 * What the host page asks for: which room, of which site where it says so itself,
 * and who gives tokens, where somebody does.
 * @typedef {{room: string, site: string, page: string, lang: string, ask: (() => Promise<string | null>) | null}} Wish
 */

/**
 * As whom a visitor of a host page speaks to the server. The host's backend
 * vouches for people with a token; others read, or are guests from their first
 * message on. Nothing here knows a cookie.
 */
export class Session {
  /** @type {'member' | 'guest' | 'reader'} */ kind = 'reader';
  /** @type {Policy | null} */ policy = null;
  #token = '';
  /** @type {Promise<boolean> | null} */ #renewing = null;

  /** @param {string} origin of the server @param {Wish} wish */
  constructor(origin, wish) {
    this.wish = wish;
    this.server = new Server(origin, this);
  }

  /** Members that go with each message: a page's room is made by the first of them. @returns {Record<string, string>} */
  get more() {
    return this.wish.room === 'auto' ? { page: this.wish.page } : {};
  }

  get slug() {
    return this.policy?.room ?? '';
  }

  get mayBeGuest() {
    return this.policy?.visitors === 'guest';
  }

  /** Finds out where and as whom the visitor comes in. @returns {Promise<Outcome>} */
  async open() {
    const [outcome, token] = await Promise.all([this.#look(), this.#given()]);
    if (outcome !== 'ready') return outcome;
    this.#token = token || (this.mayBeGuest ? kept(this.#key) : '');
    this.kind = token ? 'member' : this.#token ? 'guest' : 'reader';
    return this.kind === 'reader' && this.policy?.visitors === 'member' ? 'sign_in' : 'ready';
  }

  /** Headers of every request; without a token they ask for no preflight. @returns {Promise<Record<string, string>>} */
  async headers() {
    const { site, lang } = this.wish;
    return { 'Accept-Language': lang, ...(site && { 'Maru-Site': site }), ...(this.#token && { Authorization: `Bearer ${this.#token}` }) };
  }

  /** @param {Record<string, string>} refused @param {string} [method] @returns {Promise<boolean>} */
  async renew(refused, method = 'GET') {
    const present = await this.headers();
    if (present.Authorization !== refused.Authorization) return true; // somebody was faster
    this.#renewing ??= this.#renew(method).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** @param {string} method */
  async #renew(method) {
    const before = this.#token;
    if (this.kind === 'member') {
      this.#token = (await this.#given()) || before;
      return this.#token !== before;
    }
    this.#forget();
    if ((await this.#look()) !== 'ready' || this.policy?.visitors === 'member') return false;
    return method === 'GET' ? before !== '' : (await this.enter('')).status === 201;
  }

  /** What the site says of the room and of its visitors: a request that needs no preflight. @returns {Promise<Outcome>} */
  async #look() {
    const { room, page, site } = this.wish;
    const where = room === 'auto' ? `?room=auto&page=${encodeURIComponent(page)}` : `?room=${encodeURIComponent(room)}`;
    try {
      const at = `${this.server.origin}/api/v1/embed${where}`;
      const answer = await fetch(at, { headers: site ? { 'Maru-Site': site } : {}, credentials: 'omit', signal: AbortSignal.timeout(15000) });
      if (answer.ok) this.policy = (await answer.json()).embed;
      /** @type {Record<number, Outcome>} */
      const outcomes = { 200: 'ready', 400: 'invalid', 403: 'not_allowed', 404: 'not_found', 429: 'limited', 503: 'limited' };
      return outcomes[answer.status] ?? 'unreachable';
    } catch {
      return (await this.#answers()) ? 'not_allowed' : 'unreachable';
    }
  }

  /** Whether the server is there at all: to an origin that no site has named it shows this file alone. */
  async #answers() {
    try {
      return (await fetch(`${this.server.origin}/embed/v1.js`, { credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(5000) })).ok;
    } catch {
      return false;
    }
  }

  /** The token that the host gives, or nothing. */
  async #given() {
    try {
      return (await this.wish.ask?.()) || '';
    } catch {
      return '';
    }
  }

  /** Makes the visitor a guest. @param {string} name empty: the server makes one @returns {Promise<import('../core/types.js').Answer>} */
  async enter(name) {
    const known = kept(this.#key);
    if (known && known !== this.#token) {
      this.#token = known; // from another element of the page
      this.kind = 'guest';
      return { status: 201, data: null, retryAfter: 0 };
    }
    const answer = await this.server.ask('POST', '/guests', { body: name ? { display_name: name } : {} });
    if (answer.status !== 201) return answer;
    this.#token = answer.data.token;
    this.kind = 'guest';
    return answer;
  }

  get #key() {
    return `${this.server.keys}${this.policy?.site}`;
  }

  /** A guest has written: the next visit goes on as the same one. */
  keep() {
    if (this.kind === 'guest') keep(this.#key, this.#token);
  }

  #forget() {
    if (kept(this.#key) === this.#token) keep(this.#key, '');
    this.#token = '';
    this.kind = 'reader';
  }
}
