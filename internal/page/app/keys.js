import { find } from '../ui/el.js';
import { Switcher } from '../ui/switcher.js';

const apple = /^(Mac|iP)/.test(navigator.platform);

/** The shortcuts of every page of somebody who is signed in, and what they open. */
export class Keys {
  constructor() {
    const dialog = find('#switcher', HTMLDialogElement);
    this.switcher = new Switcher(dialog);
    this.list = find('#keys', HTMLDialogElement);
    for (const one of [dialog, this.list]) {
      one.addEventListener('click', (event) => event.target === one && one.close()); // beside it
    }
    for (const button of document.querySelectorAll('[data-opens]')) {
      if (!(button instanceof HTMLElement)) continue;
      button.hidden = false;
      button.addEventListener('click', () => void this.switcher.open());
    }
    if (apple) for (const key of document.querySelectorAll('kbd.mod')) key.textContent = '⌘';
    addEventListener('keydown', (event) => this.#key(event));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, code, altKey, shiftKey, target } = event;
    const mod = apple ? event.metaKey : event.ctrlKey;
    const writes = target instanceof Element && target.matches('input, textarea, select');
    const k = /^[a-z]$/i.test(key) ? key.toLowerCase() === 'k' : code === 'KeyK'; // which may write another script
    if (mod && !altKey && !shiftKey && k) void this.switcher.open();
    else if (document.querySelector('dialog[open]')) return;
    else if ((key === '?' && !writes) || (mod && key === '/')) this.list.showModal();
    else if (altKey && !mod && (key === 'ArrowUp' || key === 'ArrowDown')) step(key === 'ArrowUp' ? -1 : 1, shiftKey);
    else return;
    event.preventDefault();
  }
}

/** Goes to the next room of the list beside, or to the next that has something to read. @param {number} by @param {boolean} unread */
function step(by, unread) {
  const rows = [...document.querySelectorAll('.contents .row')];
  const at = rows.findIndex((row) => row.ariaCurrent === 'page');
  const order = by > 0 ? rows.slice(at + 1) : rows.slice(0, Math.max(at, 0)).toReversed();
  const next = order.find((row) => !unread || row.classList.contains('has'));
  if (next instanceof HTMLElement) next.click();
}
