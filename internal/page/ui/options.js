/** A list to choose from while the keyboard stays in a field. */
export class Options {
  #at = 0;

  /**
   * @param {HTMLElement} field that the keyboard is in @param {HTMLElement} list a listbox
   * @param {(option: HTMLElement) => void} chosen
   */
  constructor(field, list, chosen) {
    this.field = field;
    this.list = list;
    this.chosen = chosen;
    list.addEventListener('mousedown', (event) => event.preventDefault()); // the field keeps the keyboard
    list.addEventListener('mousemove', (event) => {
      const option = this.#of(event.target); // a list that comes up under a mouse that rests is not pointed at
      if (option && (event.movementX || event.movementY)) this.#mark(this.all.indexOf(option));
    });
    list.addEventListener('click', (event) => {
      const option = this.#of(event.target);
      if (option) chosen(option);
    });
  }

  /** @param {EventTarget | null} target @returns {HTMLElement | null} */
  #of(target) {
    return target instanceof Element ? target.closest('[role="option"]') : null;
  }

  /** @returns {HTMLElement[]} */
  get all() {
    return [...this.list.querySelectorAll('[role="option"]')].filter((one) => one instanceof HTMLElement);
  }

  /**
   * Shows other options. Enter chooses the first; or the one that was walked to
   * before, where it is among them.
   * @param {HTMLElement[]} rows
   */
  show(rows) {
    const held = this.#at > 0 ? meant(this.all[this.#at]) : '';
    for (const [i, row] of rows.entries()) {
      row.id = `${this.list.id}-${i}`;
      row.role = 'option';
    }
    this.list.replaceChildren(...rows);
    this.list.scrollTop = 0;
    this.#mark(Math.max(0, rows.findIndex((row) => held && meant(row) === held)));
  }

  clear() {
    this.list.replaceChildren();
    this.#mark(0);
  }

  /** @param {number} at */
  #mark(at) {
    this.#at = at;
    for (const [i, one] of this.all.entries()) one.ariaSelected = String(i === at);
    const active = this.all[at];
    if (active) this.field.setAttribute('aria-activedescendant', active.id);
    else this.field.removeAttribute('aria-activedescendant');
    active?.scrollIntoView({ block: 'nearest' });
  }

  /** Goes up or down, around the ends. @param {KeyboardEvent} event @returns {boolean} whether the key was for that */
  move({ key }) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const count = this.all.length;
    if (!step || !count) return false;
    this.#mark((this.#at + step + count) % count);
    return true;
  }

  choose() {
    const active = this.all[this.#at];
    if (active) this.chosen(active);
  }
}

/** What an option stands for. @param {HTMLElement | undefined} option */
function meant(option) {
  return JSON.stringify({ ...option?.dataset });
}
