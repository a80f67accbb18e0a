import { el } from './el.js';

/** The dye and the letter of a user's seal; the picture's address says both, if it is one of the server's own. @param {import('../core/types.js').User} user */
export function sealOf(user) {
  const [, dye = String((user.id % 6) + 1), letter = encodeURIComponent([...user.display_name][0] ?? '')] = /\/(\d)\/([^/]*)\.svg$/.exec(user.avatar_url) ?? [];
  return el('span', { class: `seal s${dye}`, 'aria-hidden': 'true', 'data-user': user.id }, decodeURIComponent(letter));
}
