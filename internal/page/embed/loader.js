// The body of a function that the server makes a script of, with `files`
// before it. Each page of each site loads it, so it does little: it
// gives an element its place, and fetches the rest when that is seen or used.

/** @typedef {import('./widget.js').Host} Host */
/** @typedef {import('./widget.js').Widget} Widget */

const server = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src).origin;
const style = new CSSStyleSheet();
style.replaceSync(`:host{all:initial;display:block!important;height:560px}
:host([hidden]){display:none!important}
:host([launcher]){position:fixed!important;inset:auto 24px 24px auto;width:56px;height:56px;z-index:var(--maru-layer,2147483000)}
:host>button{color-scheme:light dark;border:0;padding:0;width:100%;height:100%;border-radius:16px;cursor:pointer;background:var(--maru-accent,#1B6B58);color:oklch(from var(--maru-accent,#1B6B58) calc((.7 - l)*9) 0 0)}
:host>button::before{content:"";display:block;height:28px;margin:14px;background:currentColor;clip-path:path("M2 6h14v16H2zM4 8v12h10V8zM19 2h3v10h5v3h-5v11h-3z")}
:host>button>b{position:absolute;inset:-6px -6px auto auto;padding:0 8px;border-radius:16px;font:600 12px/22px system-ui;background:#8A5A00;color:#fff}`);

const sight = new IntersectionObserver((all) => {
  for (const { isIntersecting, target } of all) if (isIntersecting) /** @type {MaruChat} */ (target).load();
});

class MaruChat extends HTMLElement {
  /** @type {Promise<Widget | undefined> | null} */
  whole = null;
  language = 'en';

  connectedCallback() {
    this.language = [this.lang, ...navigator.languages].map((one) => one.slice(0, 2)).find((one) => files[one]) || 'en';
    const root = this.shadowRoot || this.attachShadow({ mode: 'open' });
    root.textContent = '';
    root.adoptedStyleSheets = [style];
    if (this.hasAttribute('launcher')) this.stamp(root, files[this.language][1]);
    else sight.observe(this);
  }

  /** @param {ShadowRoot} root @param {any} label */
  stamp(root, label) {
    const button = document.createElement('button');
    button.ariaLabel = label;
    button.part.add('button');
    button.onfocus = () => this.load();
    button.onclick = () => this.open();
    root.append(button);
    this.unread().then((unread) => {
      if (!unread || this.whole) return;
      button.appendChild(document.createElement('b')).append(unread);
      button.ariaLabel = `${label} (${unread})`;
    }, () => {});
  }

  /** How much is not read; asked only where there is a token that says by whom. */
  async unread() {
    const url = this.getAttribute('token-url');
    const given = await (/** @type {any} */ (this).getToken?.() ?? (url && fetch(url).then((answer) => (answer.ok ? answer.text() : ''))));
    const token = given || Object.values(localStorage).find((kept) => /^guest_/.test(kept));
    if (!token) return 0;
    const answer = await fetch(`${server}/api/v1/rooms/${this.getAttribute('room')}`, { headers: { Authorization: `Bearer ${token}` } });
    return (await answer.json()).room.unread;
  }

  disconnectedCallback() {
    sight.unobserve(this);
    this.whole?.then((widget) => widget?.end());
    this.whole = null;
  }

  /** @returns {Promise<Widget | undefined>} */
  load() {
    sight.unobserve(this);
    return (this.whole ||= import(server + files[this.language][0]).then((chat) => chat.mount(this, server), () => {
      this.whole = null;
      this.dispatchEvent(new CustomEvent('maru-error', { detail: { code: 'unreachable' }, bubbles: true, composed: true }));
      setTimeout(() => sight.observe(this), 9000);
    }));
  }

  open() {
    return this.load().then((widget) => widget?.open());
  }

  close() {
    return this.load().then((widget) => widget?.close());
  }

  /** @param {string} text */
  send(text) {
    return this.load().then((widget) => widget?.send(text));
  }
}
customElements.get('maru-chat') || customElements.define('maru-chat', MaruChat);
