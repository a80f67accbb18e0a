import { short } from '../i18n/short.js';

/** Writes when each room of the list last spoke as it is written today. */
export function retimeList() {
  for (const time of document.querySelectorAll('.row time')) {
    if (time instanceof HTMLTimeElement) time.textContent = short(new Date(time.dateTime));
  }
}

/** Calls at each midnight, and when a page is looked at again that slept over one. @param {() => void} call */
export function atMidnight(call) {
  let today = new Date().toDateString();
  const look = () => {
    const now = new Date();
    if (now.toDateString() === today) return;
    today = now.toDateString();
    call();
  };
  setInterval(look, 30000);
  document.addEventListener('visibilitychange', look);
}
