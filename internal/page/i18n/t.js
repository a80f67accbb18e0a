/**
 * A sentence in the page's language, with its places {0}, {1} … filled. It is asked
 * for by its key; when modules are joined, the sentence takes the place of that.
 * @param {string} sentence
 * @param {...(string | number)} args
 */
export function t(sentence, ...args) {
  return sentence.replace(/\{(\d)\}/g, (place, i) => String(args[i] ?? place));
}
