import { Widget } from './widget.js';

/** @typedef {import('./widget.js').Host} Host */

/**
 * Shows the room that an element asks for. The loader calls it when the element
 * is seen, or used for the first time.
 * @param {Host} host @param {string} origin of the server
 */
export function mount(host, origin) {
  return new Widget(host, origin);
}
