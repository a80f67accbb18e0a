/** @typedef {import('./parts.js').Part} Part */

/** The nodes of a tree. @param {Part} tree @param {string} [space] the namespace @returns {HTMLElement} */
export function build([tag, attributes, ...children], space = 'http://www.w3.org/1999/xhtml') {
  const within = tag === 'svg' ? 'http://www.w3.org/2000/svg' : space;
  const node = /** @type {HTMLElement} */ (document.createElementNS(within, tag));
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.map((child) => (typeof child === 'string' ? child : build(child, within))));
  return node;
}
