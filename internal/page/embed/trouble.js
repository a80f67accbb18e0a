import { t } from '../i18n/t.js';
import { el, find } from '../ui/el.js';

/** @typedef {Exclude<import('./session.js').Outcome, 'ready'> | 'signed_out' | 'gone' | 'too_old'} Trouble */

/**
 * Says why there is no room to show: in its place, or, where there are messages
 * to be read, in that of the composer.
 * @param {ParentNode} root @param {Trouble} trouble @param {boolean} read whether there are messages
 * @returns {{words: string, again: HTMLElement | null}} `again` tries once more
 */
export function explain(root, trouble, read) {
  const [title, words, hope] = reasons(trouble);
  const again = hope ? el('button', { type: 'button', class: 'quiet' }, t('embed.again')) : null;
  const empty = find('#empty', HTMLElement, root);
  const note = find('#note', HTMLElement, root);
  find('#composer form', HTMLFormElement, root).hidden = true;
  note.hidden = !read;
  find('#called', HTMLElement, root).textContent ||= t('maru');
  if (read) note.replaceChildren(el('span', {}, `${title}. ${words}`), again ?? '');
  else {
    empty.hidden = false;
    empty.replaceChildren(empty.firstElementChild ?? '', el('h3', {}, title), el('p', {}, words), again ?? '');
  }
  return { words: `${title}. ${words}`, again };
}

/** @param {Trouble} trouble @returns {[string, string, boolean]} what it is, what can be done, and whether the visitor can try again */
function reasons(trouble) {
  switch (trouble) {
    case 'sign_in':
      return [t('embed.sign_in'), t('embed.sign_in_more'), true];
    case 'signed_out':
      return [t('embed.signed_out'), t('embed.signed_out_more'), true];
    case 'not_allowed':
      return [t('embed.not_allowed'), t('embed.not_allowed_more', location.origin), false];
    case 'invalid':
      return [t('embed.invalid'), t('embed.invalid_more'), false];
    case 'limited':
      return [t('embed.limited'), t('embed.limited_more'), true];
    case 'unreachable':
      return [t('embed.unreachable'), t('embed.unreachable_more'), true];
    case 'too_old':
      return [t('embed.too_old'), t('embed.too_old_more'), false];
    default:
      return [t('embed.gone'), t('embed.gone_more'), false];
  }
}
