/**
 * Makes an element. Text is always text: there is no way from here to markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | undefined>} attributes an undefined one is left out
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(name, String(value));
  }
  for (const child of children) if (child !== null && child !== '') node.append(child);
  return node;
}

/** The page, or the shadow, that a node stands in. @param {Node} node */
export function rootOf(node) {
  return /** @type {Document | ShadowRoot} */ (node.getRootNode());
}

/**
 * The one element of the page that a selector names.
 * @template {HTMLElement} T
 * @param {string} selector @param {new () => T} kind @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, kind, within = document) {
  const node = within.querySelector(selector);
  if (!(node instanceof kind)) throw new Error(`the page has no ${selector}`);
  return node;
}
