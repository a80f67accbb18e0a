import { t } from '../i18n/t.js';
import { el } from '../ui/el.js';

const grace = 5000; // ms in which a deletion can be undone

/** Deletes messages a moment after that was asked for. Until then it can be undone. */
export class Deletions {
  /** @type {Map<number, {timer: number, place: HTMLElement}>} by message */ #waiting = new Map();

  /** @param {string} room @param {(reason: string) => void} kept called where the server did not delete one */
  constructor(room, kept) {
    this.path = `/api/v1/rooms/${room}/messages`;
    this.kept = kept;
    // Who leaves has made up his mind. Should the page come back, the log tells.
    addEventListener('pagehide', () => {
      for (const seq of [...this.#waiting.keys()]) {
        this.#end(seq);
        void this.#send(seq);
      }
    });
  }

  /** @param {HTMLElement} row of a message that is to be deleted */
  begin(row) {
    const seq = Number(row.dataset.seq);
    const undo = el('button', { type: 'button' }, t('message.undo'));
    const place = el('div', { class: 'slip gone undo' }, t('message.deleted_now'), undo);
    undo.addEventListener('click', () => this.#end(seq));
    row.querySelector('.slip')?.before(place); // where the reader's place is looked for
    undo.focus({ preventScroll: true });
    const timer = setTimeout(async () => {
      this.#waiting.delete(seq);
      const reason = await this.#send(seq);
      if (reason === undefined) return; // the log brings the tombstone
      restore(place);
      this.kept(reason);
    }, grace);
    this.#waiting.set(seq, { timer, place });
  }

  /** The message is as it was. @param {number} seq */
  #end(seq) {
    const waiting = this.#waiting.get(seq);
    if (!waiting) return; // it is being deleted
    clearTimeout(waiting.timer);
    this.#waiting.delete(seq);
    restore(waiting.place);
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

/** Shows the message again, with the keyboard where it was. @param {HTMLElement} place */
function restore(place) {
  const when = place.closest('.msg')?.querySelector('.when');
  if (when instanceof HTMLElement && place.contains(document.activeElement)) when.focus({ preventScroll: true });
  place.remove();
}
