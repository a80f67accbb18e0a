import { find, rootOf } from './el.js';

const above = 20; // px that the bar stands above its row
const linger = 200; // ms that it stays when the mouse has left

/**
 * The bar of what can be done with a message. There is one; it goes to the row
 * that is pointed at, touched or in focus.
 */
export class Tools {
  /**
   * @param {HTMLElement} list
   * @param {{me: number, moderates: boolean}} reader
   * @param {(act: string, row: HTMLElement) => void} act
   * @param {(row: HTMLElement, emoji: string) => void} react
   * @param {typeof import('./picker.js').Picker} [Picker] where the bar has one button for all emoji, what that opens
   */
  constructor(list, reader, act, react, Picker) {
    this.bar = find('#tools', HTMLElement, rootOf(list));
    this.reader = reader;
    this.act = act;
    this.react = react;
    this.picker = Picker && new Picker(this.#button('react'), (emoji, byMouse) => {
      const row = this.bar.closest('.msg');
      if (byMouse) this.hide(); // the keyboard stays where it is
      if (row instanceof HTMLElement) react(row, emoji);
    });
    list.addEventListener('submit', (event) => {
      const { target, submitter } = event;
      const row = target instanceof Element && target.matches('.reactions') ? target.closest('.msg') : null;
      if (!(row instanceof HTMLElement) || !(submitter instanceof HTMLButtonElement)) return;
      event.preventDefault();
      react(row, submitter.value);
    });
    list.addEventListener('pointerover', (event) => event.pointerType === 'mouse' && this.#show(event.target));
    list.addEventListener('focusin', (event) => this.#show(event.target));
    list.addEventListener('click', (event) => {
      const target = event.target;
      if (target instanceof Element && target.closest('.slip') && !target.closest('a')) this.#show(target);
    });
    // A mouse may leave by a hair, or be said to while the log moves under it.
    list.addEventListener('pointerleave', () => setTimeout(() => {
      if (!list.matches(':hover') && !this.bar.matches(':focus-within') && !this.picker?.open) this.hide();
    }, linger));
    this.bar.addEventListener('click', (event) => this.#clicked(event));
  }

  /** @param {EventTarget | null} target */
  #show(target) {
    const row = target instanceof Element ? target.closest('.msg[data-seq]') : null;
    if (!(row instanceof HTMLElement) || row.querySelector('.gone') || this.picker?.open) return;
    if (this.bar.parentElement !== row) {
      const mine = Number(row.dataset.author) === this.reader.me;
      this.#button('edit').hidden = !mine;
      this.#button('delete').hidden = !mine && !this.reader.moderates;
      row.append(this.bar);
    }
    // The head of a row may be out of sight; the bar stands where it can be seen.
    const hidden = find('#log', HTMLElement, rootOf(row)).getBoundingClientRect().top - row.getBoundingClientRect().top;
    this.bar.style.insetBlockStart = hidden > -above ? `${hidden + 2}px` : '';
    this.bar.hidden = false;
  }

  hide() {
    this.bar.hidden = true;
  }

  /** @param {string} act */
  #button(act) {
    return find(`[data-act="${act}"]`, HTMLButtonElement, this.bar);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    const row = this.bar.closest('.msg');
    if (!button || !(row instanceof HTMLElement)) return;
    const act = button.dataset.act ?? '';
    if (act === 'react' && this.picker) return; // opens by itself
    this.hide();
    if (act === 'react') this.react(row, button.value);
    else this.act(act, row);
  }
}
