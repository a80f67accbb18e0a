import { t } from '../i18n/t.js';
import { find } from './el.js';

/** @typedef {import('../core/transport.js').State} State */

const patience = 2000; // ms: a shorter break is not worth a word

/** The sill under the log: it alone says how the line is. */
export class Sill {
  seq = 0;
  healed = 0;
  /** @type {State} */ line = 'connecting';
  #timer = 0;

  /**
   * @param {number} seq the newest number that is here; below 0 where nothing is known yet
   * @param {ParentNode} [root] @param {(state: State) => (Node | string)[]} [onward] what is said where nothing more comes
   */
  constructor(seq, root = document, onward = () => []) {
    this.onward = onward;
    this.sill = find('#sill', HTMLElement, root);
    this.place = find('#line', HTMLElement, root);
    this.live = find('.live', HTMLElement, this.sill);
    this.words = find('span', HTMLElement, this.live);
    this.have(seq, 0);
    this.state('connecting');
  }

  get cut() {
    return this.sill.classList.contains('cut');
  }

  /** @param {number} seq @param {number} healed how often what was missed has been read */
  have(seq, healed) {
    this.seq = seq;
    this.healed = healed;
    this.draw();
  }

  /** @param {State} state */
  state(state) {
    this.line = state;
    this.sill.dataset.line = state;
    clearTimeout(this.#timer);
    if (state === 'connecting' || state === 'cut') this.#timer = setTimeout(() => this.#turn(), patience);
    else this.#turn();
  }

  #turn() {
    const { line } = this;
    this.sill.classList.toggle('cut', line !== 'live' && line !== 'waiting' && line !== 'polling');
    /** @type {Partial<Record<State, string>>} */
    const said = { connecting: t('room.connecting'), cut: t('room.cut'), polling: t('room.polling') };
    this.place.replaceChildren(...(line === 'gone' || line === 'signed-out' ? this.onward(line) : [said[line] ?? '']));
    this.draw();
  }

  draw() {
    this.live.hidden = this.seq < 0;
    this.words.textContent = this.cut ? t('room.got_until', this.seq) : t('room.got', this.seq);
  }
}
