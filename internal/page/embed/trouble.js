import { t } from '../i18n/t.js';
import { el, find } from '../ui/el.js';

/** @typedef {Exclude<import('./session.js').Outcome, 'ready'> | 'signed_out' | 'gone' | 'too_old'} Trouble */

/** What it is, and what can be done. @type {Partial<Record<Trouble, [string, string]>>} */
const reasons = {
  sign_in: [t('embed.sign_in'), t('embed.sign_in_more')],
  signed_out: [t('embed.signed_out'), t('embed.signed_out_more')],
  not_allowed: [t('embed.not_allowed'), t('embed.not_allowed_more', location.origin)],
  limited: [t('embed.limited'), t('embed.soon')],
  unreachable: [t('embed.unreachable'), t('embed.soon')],
  too_old: [t('embed.too_old'), ''],
};

/**
 * Says why there is no room to show: in its place, or, where there are messages
 * to be read, in that of the composer.
 * @param {ParentNode} root @param {Trouble} trouble @param {boolean} read whether there are messages
 * @param {() => void} retry what a press tries again, where that can help
 * @returns {string} what is said
 */
export function explain(root, trouble, read, retry) {
  const [title, words] = reasons[trouble] ?? [t('embed.gone'), t('embed.gone_more')];
  const again = el('button', { type: 'button', class: 'quiet' }, t('embed.again'));
  again.hidden = !['sign_in', 'signed_out', 'limited', 'unreachable'].includes(trouble);
  again.addEventListener('click', retry);
  const empty = find('#empty', HTMLElement, root);
  const note = find('#note', HTMLElement, root);
  find('#composer form', HTMLFormElement, root).hidden = true;
  find('#called', HTMLElement, root).textContent ||= t('maru');
  note.hidden = !read;
  empty.hidden = read;
  if (read) note.replaceChildren(`${title}. ${words}`, again);
  else empty.replaceChildren(empty.firstElementChild ?? '', el('h3', {}, title), el('p', {}, words), again);
  return `${title}. ${words}`;
}
