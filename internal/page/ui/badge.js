import { t } from '../i18n/t.js';
import { find } from './el.js';

const dot = '<circle cx="25" cy="7" r="6" fill="#E9C46A" stroke="#161618" stroke-width="2"/></svg>';

/** How much is unread, where it can be seen from other tabs and windows: in the title, and as a dot on the icon. */
export class Badge {
  #unread = 0;

  constructor() {
    this.icon = find('link[rel="icon"]', HTMLLinkElement, document.head);
    this.plain = this.icon.href;
    const [kind, svg = ''] = this.plain.split(',');
    this.dotted = `${kind},${encodeURIComponent(decodeURIComponent(svg).replace('</svg>', dot))}`;
    this.title = document.title;
  }

  /** The page is called so. @param {string} name */
  rename(name) {
    this.title = `${name} · ${t('maru')}`;
    this.count(this.#unread);
  }

  /** @param {number} unread */
  count(unread) {
    this.#unread = unread;
    document.title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ${this.title}` : this.title;
    const icon = unread > 0 ? this.dotted : this.plain;
    if (this.icon.href !== icon) this.icon.href = icon;
  }
}
