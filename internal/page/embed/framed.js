// What the page in a frame has beside the element: it asks the page around it for
// tokens, and tells that what the element tells. It is the body of a function.

/** @typedef {import('./widget.js').Host} Host */

const patience = 5000; // ms until a host that does not answer has no token
const chat = /** @type {Host} */ (document.querySelector('maru-chat'));
const origins = (chat.dataset.origins ?? '').split(' ').filter(Boolean); // of the site: no other page is believed
const referrer = document.referrer && new URL(document.referrer).origin;
let around = origins.includes(referrer) ? referrer : ''; // the page around this one
let token = /** @type {string | null} */ (null);
let asked = /** @type {((token: string | null) => void) | null} */ (null);

/** @param {string} type @param {{count?: number}} [more] */
const say = (type, more) => {
  for (const origin of around ? [around] : origins) parent.postMessage({ maru: 1, type, ...more }, origin);
};

const ask = () => {
  say('need-token');
  return new Promise((/** @type {(token: string | null) => void} */ answer) => {
    asked = answer;
    setTimeout(() => answer(token), patience);
  });
};

addEventListener('message', ({ source, origin, data }) => {
  if (source !== parent || !origins.includes(origin) || data?.maru !== 1) return;
  if (data.type !== 'no-token' && (data.type !== 'token' || typeof data.token !== 'string')) return;
  around = origin;
  token = data.type === 'token' ? data.token : null;
  if (asked) asked(token);
  else if (token) chat.getToken = ask; // nobody had asked for it yet, or it was late
  asked = null;
});
chat.addEventListener('maru-open', () => say('open'));
chat.addEventListener('maru-unread', (event) => event instanceof CustomEvent && say('unread', event.detail));
// On a page of the server's own nobody else is asked; what it was given ends.
const given = chat.dataset.token;
const came = Date.now();
const own = async () => {
  if (Date.now() - came > 300000) location.reload();
  return given ?? null;
};
chat.getToken = given === undefined ? ask : own;
say('ready');
