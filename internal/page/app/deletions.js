import { t } from '../i18n/t.js';
import { el } from '../ui/el.js';

const grace = 5000; // ms in which a deletion can be undone

/** Deletes messages a moment after that was asked for. Until then it can be undone. */
export class Deletions {
  /** @type {Map<number, number>} the timers, by message */ #waiting = new Map();

  /** @param {string} room @param {(reason: string) => void} kept called where the server did not delete one */
  constructor(room, kept) {
    this.path = `/api/v1/rooms/${room}/messages`;
    this.kept = kept;
    // Who leaves has made up his mind.
    addEventListener('pagehide', () => {
      for (const [seq, timer] of this.#waiting) {
        clearTimeout(timer);
        void this.#send(seq);
      }
      this.#waiting.clear();
    });
  }

  /** @param {HTMLElement} row of a message that is to be deleted */
  begin(row) {
    const seq = Number(row.dataset.seq);
    const undo = el('button', { type: 'button' }, t('message.undo'));
    const place = el('div', { class: 'slip gone undo' }, t('message.deleted_now'), undo);
    undo.addEventListener('click', () => {
      clearTimeout(this.#waiting.get(seq));
      if (this.#waiting.delete(seq)) this.#restore(place);
    });
    row.querySelector('.slip')?.before(place); // where the reader's place is looked for
    undo.focus({ preventScroll: true });
    const timer = setTimeout(async () => {
      this.#waiting.delete(seq);
      const reason = await this.#send(seq);
      if (reason === undefined) return; // the log brings the tombstone
      this.#restore(place);
      this.kept(reason);
    }, grace);
    this.#waiting.set(seq, timer);
  }

  /** @param {HTMLElement} place */
  #restore(place) {
    const when = place.closest('.msg')?.querySelector('.when');
    if (when instanceof HTMLElement && place.contains(document.activeElement)) when.focus({ preventScroll: true });
    place.remove();
  }

  /** Sends it, also from a page that is being left. Answers why it was refused. @param {number} seq */
  async #send(seq) {
    try {
      const answer = await fetch(`${this.path}/${seq}`, { method: 'DELETE', keepalive: true });
      if (answer.ok || answer.status === 404) return undefined;
      return (await answer.json()).detail ?? '';
    } catch {
      return '';
    }
  }
}
