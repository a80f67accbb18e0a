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

  /**
   * @param {number} seq the newest number that is here
   * @param {ParentNode} [root] @param {(state: State) => (Node | string)[]} [onward] what is said where nothing more comes
   */
  constructor(seq, root = document, onward = wayOut) {
    this.onward = onward;
    this.sill = find('#sill', HTMLElement, root);
    this.line = find('#line', HTMLElement, root);
    this.live = find('.live', HTMLElement, this.sill);
    this.words = find('span', HTMLElement, this.live);
    this.proof = find('#proof', HTMLElement, root);
    this.proof.addEventListener('beforetoggle', () => this.#place());
    this.sill.querySelector('.reload')?.remove();
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
    };
    this.line.replaceChildren(...(state === 'gone' || state === 'signed-out' ? this.onward(state) : [said[state] ?? '']));
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

/** What a page says when nothing more comes, with the way from there. @param {State} state @returns {(Node | string)[]} */
function wayOut(state) {
  if (state === 'gone') return [t('room.gone'), ' ', el('a', { class: 'reload', href: '/' }, t('rooms.title'))];
  const signIn = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
  return [t('room.signed_out'), ' ', el('a', { class: 'reload', href: signIn }, t('sign_in.go'))];
}
