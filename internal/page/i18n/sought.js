// What each vowel of a Korean syllable is typed as, and each last consonant, in
// Unicode's order.
const vowels = 'ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ'.normalize('NFKC').split(' ');
const ends = ' ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ'.normalize('NFKC').split(' ');
// An input method makes one letter of two consonants that follow each other.
const clusters = 'ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ'.split(' ');

/** The characters of a text, as they are compared. @param {string} text */
function fold(text) {
  return [...text.normalize('NFKC').toUpperCase().toLowerCase()];
}

/** What a character is typed as: the letters of a Korean syllable, or itself. @param {string} one */
function letters(one) {
  const n = one.charCodeAt(0) - 0xac00;
  if (n < 0 || n >= 11172) return one;
  return `${String.fromCharCode(0x1100 + Math.floor(n / 588))}${vowels[Math.floor(n / 28) % 21]}${ends[n % 28]}`;
}

/**
 * Makes a measure of how well a name fits what is typed: 0 where it begins with
 * it, 1 where one of its words does, 2 where it is inside, 3 where it is not
 * there. A Korean consonant stands for each syllable that begins with it, the
 * last syllable for what can become of it; the server finds people the same way.
 * @param {string} typed
 * @returns {(name: string) => number}
 */
export function seeker(typed) {
  let text = typed.trim();
  for (const [cluster = '', ...pair] of clusters) text = text.replaceAll(cluster, pair.join(''));
  // Before each character stands a \0. The last letter of a syllable may come to begin the next.
  const form = fold(text).map((one) => {
    const [first = '', ...rest] = letters(one);
    if (/[\u1100-\u1112]/.test(one)) return `\0${one}[^\0]*`;
    return `\0${first.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')}${rest.map((letter) => `\0?${letter}`).join('')}`;
  }).join('');
  const forms = [`^${form}`, `[^\\p{L}\\p{N}\\p{M}]${form}`, form].map((one) => new RegExp(one, 'u'));
  return (name) => {
    const spelt = fold(name).map((one) => `\0${letters(one)}`).join('');
    const rank = forms.findIndex((one) => one.test(spelt));
    return rank < 0 ? 3 : rank;
  };
}
