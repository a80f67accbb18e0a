/**
 * A sentence in the page's language, with its places {0}, {1} … filled. It is asked
 * for by its key; when modules are joined, the sentence takes the place of that.
 * @param {string} sentence
 * @param {...(string | number)} args
 */
export function t(sentence, ...args) {
  args.forEach((arg, i) => {
    sentence = sentence.replaceAll(`{${i}}`, () => String(arg));
  });
  return sentence;
}
