const insist = 10000; // ms after which who presses again means it

/** A form that is on its way is not sent once more: the second would be refused what the first was given. */
export function once() {
  /** @type {HTMLElement | null} */ let pressed = null;
  let at = 0;
  document.addEventListener('submit', (event) => {
    const { target, submitter } = event;
    if (event.defaultPrevented || !(target instanceof HTMLFormElement) || target.method !== 'post') return;
    if (submitter === pressed && Date.now() - at < insist) return event.preventDefault();
    pressed?.removeAttribute('aria-busy');
    pressed = submitter;
    at = Date.now();
    pressed?.setAttribute('aria-busy', 'true');
  });
  addEventListener('pageshow', () => {
    pressed?.removeAttribute('aria-busy'); // the reader came back to it
    pressed = null;
  });
}
