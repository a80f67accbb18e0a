import { words } from './words.js';

/**
 * A sentence in the page's language, with its places {0}, {1} … filled.
 * @param {string} key
 * @param {...(string | number)} args
 */
export function t(key, ...args) {
  let text = words[key] ?? key;
  args.forEach((arg, i) => {
    text = text.replaceAll(`{${i}}`, () => String(arg));
  });
  return text;
}
