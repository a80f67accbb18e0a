import { t } from '../i18n/t.js';
import { el, find } from './el.js';
import { Sill } from './sill.js';

/** @typedef {import('../core/transport.js').State} State */

/** The sill of a page of ours: it shows on request what its words stand on. */
export class Proof extends Sill {
  /** @param {number} seq the newest number that is here */
  constructor(seq) {
    super(seq, document, wayOut);
    this.proof = find('#proof', HTMLElement);
    this.proof.addEventListener('beforetoggle', () => this.#place());
    find('.reload', HTMLElement, this.sill).hidden = true;
    this.draw();
  }

  /** @override */
  draw() {
    super.draw();
    const polls = this.line === 'waiting' ? t('proof.way_wait') : this.line === 'polling' ? t('proof.way_poll') : '';
    const way = this.cut ? t('proof.way_none') : polls || t('proof.way_stream');
    const said = [way, t('proof.upto_is', this.seq), String(this.healed)];
    for (const [i, place] of (this.proof?.querySelectorAll('dd') ?? []).entries()) place.textContent = said[i] ?? '';
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
