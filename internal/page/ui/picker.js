import { find, rootOf } from './el.js';

const gap = 6; // px between the picker and what opened it, and to the window's sides

/** The few emoji to react with. They stand in one popover, which the browser opens and closes. */
export class Picker {
  /** @param {HTMLElement} opener @param {(emoji: string, byMouse: boolean) => void} picked */
  constructor(opener, picked) {
    this.menu = find('#emoji', HTMLElement, rootOf(opener));
    this.opener = opener;
    // It has a size only when it is shown, and must have its place before that is seen.
    const place = () => this.#place();
    this.menu.addEventListener('beforetoggle', (event) => {
      const opens = event instanceof ToggleEvent && event.newState === 'open';
      if (opens) requestAnimationFrame(place);
      if (opens) addEventListener('resize', place);
      else removeEventListener('resize', place);
    });
    this.menu.addEventListener('keydown', (event) => this.#key(event));
    this.menu.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (!button) return;
      this.menu.hidePopover();
      picked(button.value, event.detail > 0);
    });
  }

  get open() {
    return this.menu.matches(':popover-open');
  }

  #place() {
    const at = this.opener.getBoundingClientRect();
    const { width, height } = this.menu.getBoundingClientRect();
    const left = Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - gap);
    const over = at.top - height - gap;
    this.menu.style.left = `${Math.max(gap, left)}px`;
    this.menu.style.top = `${over < gap ? at.bottom + gap : over}px`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const buttons = [...this.menu.querySelectorAll('button')];
    const at = buttons.findIndex((button) => button === rootOf(this.menu).activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons.at(to % buttons.length)?.focus();
  }
}
