import { t } from '../i18n/t.js';
import { el, find } from './el.js';

/** @typedef {import('../core/transport.js').State} State */

const patience = 2000; // ms: a shorter break is not worth a word

/** The sill under the log: it alone says how the line is, and on request what it stands on. */
export class Sill {
  #seq = 0;
  #healed = 0;
  /** @type {State} */ #state = 'connecting';
  #timer = 0;

  /** @param {number} seq the newest number that is here */
  constructor(seq) {
    this.sill = find('#sill', HTMLElement);
    this.line = find('#line', HTMLElement);
    this.live = find('.live', HTMLElement, this.sill);
    this.words = find('span', HTMLElement, this.live);
    this.proof = find('#proof', HTMLElement);
    this.proof.addEventListener('beforetoggle', () => this.#place());
    find('.reload', HTMLElement, this.sill).hidden = true;
    this.live.hidden = false;
    this.have(seq, 0);
    this.state('connecting');
  }

  /** @param {number} seq @param {number} healed how often what was missed has been read */
  have(seq, healed) {
    this.#seq = seq;
    this.#healed = healed;
    this.#draw();
  }

  /** @param {State} state */
  state(state) {
    this.#state = state;
    this.sill.dataset.line = state;
    clearTimeout(this.#timer);
    if (state === 'connecting' || state === 'cut') this.#timer = setTimeout(() => this.#cut(), patience);
    else this.#cut();
  }

  #cut() {
    const state = this.#state;
    const cut = state !== 'live' && state !== 'waiting' && state !== 'polling';
    this.sill.classList.toggle('cut', cut);
    /** @type {Partial<Record<State, string>>} */
    const said = {
      connecting: t('room.connecting'),
      cut: t('room.cut'),
      polling: t('room.polling'),
      gone: t('room.gone'),
      'signed-out': t('room.signed_out'),
    };
    this.line.textContent = said[state] ?? '';
    if (state === 'signed-out') {
      const next = encodeURIComponent(location.pathname);
      this.line.append(' ', el('a', { class: 'reload', href: `/sign-in?next=${next}` }, t('sign_in.go')));
    }
    if (state === 'gone') this.line.append(' ', el('a', { class: 'reload', href: '/' }, t('rooms.title')));
    this.#draw();
  }

  #draw() {
    const cut = this.sill.classList.contains('cut');
    this.words.textContent = cut ? t('room.got_until', this.#seq) : t('room.got', this.#seq);
    const polls = this.#state === 'waiting' ? t('proof.way_wait') : this.#state === 'polling' ? t('proof.way_poll') : '';
    const way = cut ? t('proof.way_none') : polls || t('proof.way_stream');
    const said = [way, t('proof.upto_is', this.#seq), String(this.#healed)];
    for (const [i, place] of this.proof.querySelectorAll('dd').entries()) place.textContent = said[i] ?? '';
  }

  /** What pops up stands over the words that it explains. */
  #place() {
    const { top, right } = this.live.getBoundingClientRect();
    this.proof.style.right = `${innerWidth - right}px`;
    this.proof.style.bottom = `${innerHeight - top + 10}px`;
  }
}
