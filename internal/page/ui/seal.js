import { el } from './el.js';

/** The dye and the letter of a user's seal; the picture's address says both. @param {import('../core/types.js').User} user */
export function sealOf(user) {
  const [, dye = '6', letter = ''] = /\/(\d)\/([^/]*)\.svg$/.exec(user.avatar_url) ?? [];
  return el('span', { class: `seal s${dye}`, 'aria-hidden': 'true', 'data-user': user.id }, decodeURIComponent(letter));
}
