/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {{body?: unknown, headers?: Record<string, string>, timeout?: number}} Options timeout in milliseconds */

/**
 * What says who asks, where the browser's cookie does not: headers that go with
 * each request. `renew` is told which of them were refused, and answers whether
 * there are others now.
 * @typedef {{headers: () => Promise<Record<string, string>>, renew: (refused: Record<string, string>, method?: string) => Promise<boolean>}} Pass
 */

/** A server, and as whom it is asked. */
export class Server {
  /** @param {string} [origin] empty where the page is from it @param {Pass | null} [pass] */
  constructor(origin = '', pass = null) {
    this.origin = origin;
    this.pass = pass;
    this.keys = origin ? `maru:${origin}:` : 'maru:'; // what is kept in the browser stands under names that begin so
  }

  /** @param {string} path below /api/v1 @param {RequestInit} [init] @returns {Promise<Response>} */
  async fetch(path, init = {}) {
    const at = `${this.origin}/api/v1${path}`;
    if (!this.pass) return fetch(at, init);
    // Where the browser may not look into its caches, it also asks anew each time whether the page may send this.
    /** @param {Record<string, string>} said @returns {Promise<Response>} */
    const send = (said) => fetch(at, { ...init, headers: { .../** @type {{}} */ (init.headers), ...said }, credentials: 'omit', cache: 'default' });
    const said = await this.pass.headers();
    const response = await send(said);
    if (response.status !== 401 || !(await this.pass.renew(said, init.method))) return response;
    return send(await this.pass.headers());
  }

  /**
   * Asks the server and answers what it said; status 0 where it could not be
   * reached or did not answer in time.
   * @param {string} method @param {string} path below /api/v1 @param {Options} [options]
   * @returns {Promise<Answer>}
   */
  async ask(method, path, { body, headers = {}, timeout = 15000 } = {}) {
    try {
      const response = await this.fetch(path, {
        method,
        headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(timeout),
        cache: 'no-store',
      });
      const text = await response.text();
      return { status: response.status, data: text ? JSON.parse(text) : null, retryAfter: retryAfter(response) };
    } catch {
      return { status: 0, data: null, retryAfter: 0 };
    }
  }
}

/** The server that the page is from. */
export const home = new Server();

/** @param {string} method @param {string} path @param {Options} [options] @returns {Promise<Answer>} */
export function ask(method, path, options) {
  return home.ask(method, path, options);
}

/** How long the server asks to wait, in milliseconds. @param {Response} response */
export function retryAfter(response) {
  return 1000 * Number(response.headers.get('Retry-After') ?? 0) || 0;
}

/** 128 random bits as text; also where the page is not in a secure context. */
export function makeNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
