import { t } from '../i18n/t.js';
import { el, find } from '../ui/el.js';

// Where there is no room beside a page, on a phone however it is held, the panel is a sheet over it.
const narrow = matchMedia('(max-width: 639px), (pointer: coarse) and (max-height: 639px)');

/**
 * The square that opens a conversation: as a panel beside a page that can still be
 * used, or as a sheet over it.
 */
export class Launcher {
  #life = new AbortController();

  /** @param {HTMLElement} host @param {HTMLElement} box @param {(open: boolean) => void} turned */
  constructor(host, box, turned) {
    const { signal } = this.#life;
    this.host = host;
    this.turned = turned;
    this.button = find('button', HTMLButtonElement, host.shadowRoot ?? host);
    this.badge = this.button.querySelector('b') ?? this.button.appendChild(el('b', {}));
    this.panel = el('dialog', { class: 'panel', tabindex: -1, 'aria-labelledby': 'called' });
    box.append(this.panel);
    this.button.onclick = () => this.turn(!this.panel.open);
    this.panel.addEventListener('close', () => this.panel.open || this.#turned()); // by the browser: a press of Escape, a gesture
    this.panel.addEventListener('keydown', (event) => this.#key(event));
    narrow.addEventListener('change', () => this.panel.open && this.#show(), { signal });
    for (const kind of ['resize', 'scroll']) visualViewport?.addEventListener(kind, () => this.#fit(), { signal });
    this.button.ariaExpanded = 'false';
    this.count(0);
  }

  /** Takes a conversation in, with the sign that puts it away. @param {HTMLElement} talk */
  hold(talk) {
    if (talk.parentElement !== this.panel) this.panel.replaceChildren(talk);
    find('.shut', HTMLElement, talk).addEventListener('click', () => this.turn(false));
  }

  /** @param {boolean} open */
  turn(open) {
    if (open === this.panel.open) return;
    if (open) this.#show();
    else this.panel.close();
    this.#turned();
  }

  /** Gives the keyboard to the field to write in, where that does not cover the screen with one. */
  settle() {
    const box = find('#say', HTMLTextAreaElement, this.panel);
    if (!this.panel.open) return;
    if (box.disabled || matchMedia('(pointer: coarse)').matches) this.panel.focus();
    else box.focus();
  }

  #show() {
    this.panel.close(); // what is shown can't be shown in the other way
    const { left, right } = this.host.getBoundingClientRect();
    this.panel.classList.toggle('start', left + right < innerWidth);
    if (narrow.matches) this.panel.showModal();
    else this.panel.show();
    this.#fit();
    this.settle();
  }

  #turned() {
    const { open } = this.panel;
    if (this.button.ariaExpanded === String(open)) return;
    this.button.ariaExpanded = String(open);
    this.button.classList.toggle('open', open);
    if (!open) this.button.focus({ preventScroll: true });
    this.turned(open);
  }

  /** A keyboard on the screen covers the page without its knowing; the sheet ends above it. */
  #fit() {
    const seen = narrow.matches && visualViewport;
    this.panel.style.height = seen ? `${seen.height}px` : '';
    this.panel.style.top = seen ? `${seen.offsetTop}px` : '';
  }

  /** Escape puts the panel away where nothing in it wants the key. @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    this.turn(false);
  }

  /** @param {number} unread */
  count(unread) {
    const words = unread > 99 ? '99+' : String(unread);
    this.badge.textContent = unread > 0 ? words : '';
    this.button.ariaLabel = unread > 0 ? t('embed.open_unread', words) : t('embed.open');
  }

  end() {
    this.#life.abort();
  }
}
