import { sheet } from '../css/sheet.js';
import { t } from '../i18n/t.js';

/** The chat on a page of another site. */
class MaruChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: 'open' });
    const style = new CSSStyleSheet();
    style.replaceSync(sheet);
    root.adoptedStyleSheets = [style];
    root.append(Object.assign(document.createElement('p'), { textContent: t('maru') }));
  }
}

if (!customElements.get('maru-chat')) customElements.define('maru-chat', MaruChat);
