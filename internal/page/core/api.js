/** @typedef {import('./types.js').Answer} Answer */

/**
 * Asks the server and answers what it said; status 0 where it could not be
 * reached or did not answer in time.
 * @param {string} method @param {string} path below /api/v1
 * @param {{body?: unknown, headers?: Record<string, string>, timeout?: number}} [options] timeout in milliseconds
 * @returns {Promise<Answer>}
 */
export async function ask(method, path, { body, headers = {}, timeout = 15000 } = {}) {
  try {
    const response = await fetch(`/api/v1${path}`, {
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

/** How long the server asks to wait, in milliseconds. @param {Response} response */
export function retryAfter(response) {
  return 1000 * Number(response.headers.get('Retry-After') ?? 0) || 0;
}

/** 128 random bits as text; also where the page is not in a secure context. */
export function makeNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
