const lit = 1600; // ms

/**
 * Leads from quotes to their originals. One that is in the page is shown there;
 * for another the link leads to the page around it.
 * @param {HTMLElement} list
 */
export function jumps(list) {
  list.addEventListener('click', (event) => {
    const quote = event.target instanceof Element ? event.target.closest('.quote') : null;
    const row = quote instanceof HTMLElement ? document.getElementById(`m${quote.dataset.seq}`) : null;
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    row.scrollIntoView({ block: 'center' });
    row.classList.add('lit');
    setTimeout(() => row.classList.remove('lit'), lit);
    const when = row.querySelector('.when');
    if (event.detail === 0 && when instanceof HTMLElement) when.focus({ preventScroll: true }); // the keyboard goes there too
  });
}
