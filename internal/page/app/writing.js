/** @typedef {import('../ui/composer.js').Composer} Composer */

/**
 * The keys of the field to write in that reach beyond it: in an empty one the
 * arrow goes up to one's last message, and Escape, where nothing is to be
 * stopped, down to the newest.
 * @param {Composer} composer @param {HTMLElement} list @param {{edit: (row: HTMLElement) => void, newest: () => void}} on
 */
export function keysOf(composer, list, on) {
  composer.box.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'Escape' && composer.about.hidden) on.newest();
    if (event.key !== 'ArrowUp' || composer.box.value || composer.editing) return;
    const row = [...list.querySelectorAll('.mine[data-seq]:has(.text):not(:has(.undo))')].at(-1);
    if (!(row instanceof HTMLElement)) return;
    event.preventDefault();
    on.edit(row);
  }, true);
}
