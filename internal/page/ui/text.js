import { el } from './el.js';

/** @typedef {import('../core/types.js').Token} Token */
/** @typedef {import('../core/types.js').Message} Message */

/**
 * The nodes of a token tree, the same that the server's template makes.
 * @param {Token[]} tree @param {number} me the reader's id
 * @returns {Node[]}
 */
export function nodes(tree, me) {
  return tree.map(([kind, ...rest]) => {
    switch (kind) {
      case 'br':
        return el('br', {});
      case 'bold':
        return el('strong', {}, ...nodes(rest[0], me));
      case 'italic':
        return el('em', {}, ...nodes(rest[0], me));
      case 'strike':
        return el('s', {}, ...nodes(rest[0], me));
      case 'code':
        return el('code', {}, rest[0]);
      case 'pre':
        return el('pre', { tabindex: 0, 'data-lang': rest[1] || undefined }, el('code', {}, rest[0]));
      case 'quote':
        return el('blockquote', {}, ...nodes(rest[0], me));
      case 'list':
        return el(rest[0] ? 'ol' : 'ul', {}, ...rest[1].map((/** @type {Token[]} */ item) => el('li', {}, ...nodes(item, me))));
      case 'link':
        return link(rest[0], nodes(rest[1], me));
      case 'mention':
        return el('span', { class: rest[0] === me ? 'at you' : 'at' }, `@${rest[1]}`);
      default:
        // A kind that a newer server knows still shows its words.
        return document.createTextNode(typeof rest[0] === 'string' ? rest[0] : '');
    }
  });
}

/** @param {string} url @param {Node[]} children */
function link(url, children) {
  const safe = /^(https?|mailto):/i.test(url) ? url : undefined;
  return el('a', { href: safe, target: '_blank', rel: 'noopener nofollow ugc' }, ...children);
}

/**
 * A message on one line, as quotes show it.
 * @param {Message} message
 */
export function line(message) {
  return plain(el('div', {}, ...(message.tokens ? nodes(message.tokens, 0) : [message.body ?? ''])));
}

/** The words that nodes show on one line, the same that the server makes of the tokens. @param {Element} text */
export function plain(text) {
  const copy = el('div', {}, text.cloneNode(true));
  for (const part of copy.querySelectorAll('br, li, ul, ol, blockquote, pre')) {
    part.before(' ');
    part.after(' ');
  }
  return (copy.textContent ?? '').split(/\p{White_Space}+/u).filter(Boolean).join(' ');
}
