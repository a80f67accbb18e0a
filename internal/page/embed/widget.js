import { sheet } from '../css/sheet.js';
import { t } from '../i18n/t.js';
import { el } from '../ui/el.js';
import { build } from './build.js';
import { Launcher } from './launcher.js';
import { parts } from './parts.js';
import { Session } from './session.js';
import { explain } from './trouble.js';
import { View } from './view.js';

/** @typedef {import('./trouble.js').Trouble} Trouble */
/** @typedef {() => string | null | Promise<string | null>} Giver of a token */
/** @typedef {HTMLElement & {getToken?: Giver, load: () => Promise<Widget>, connectedCallback: () => void, disconnectedCallback: () => void}} Host the element */

const looks = ['theme', 'density', 'placeholder'];
const anew = ['lang', 'launcher', 'framed'];
const others = ['room', 'token-url', 'site', 'page'];
const able = CSS.supports('color: oklch(from light-dark(red, red) l c h)'); // what else is used is older
const retryTime = 5000; // ms until a server that had no answer is asked again

/** All of an element but its place on the page: the room, or why there is none. */
export class Widget {
  /** @type {View | null} */ view = null;
  /** @type {Launcher | null} */ launcher = null;
  #run = 0;
  #retry = 0;
  #life = new AbortController();
  #inSight = false;
  /** @type {(view: View) => void} */ #there = () => {};
  /** @type {Promise<View>} */ #met = new Promise(() => {});

  /** @param {Host} host @param {string} origin of the server */
  constructor(host, origin) {
    const { signal } = this.#life;
    this.host = host;
    this.origin = origin;
    this.root = /** @type {ShadowRoot} */ (host.shadowRoot);
    this.box = el('div', { class: 'maru', dir: 'ltr', lang: t('embed.lang') });
    this.#style();
    this.#dress();
    this.root.append(this.box);
    // A key that is pressed in here is none of the page's.
    for (const kind of ['keydown', 'keypress', 'keyup']) this.root.addEventListener(kind, (event) => event.stopPropagation(), { signal });
    const attributes = new MutationObserver((changes) => this.#changed(changes.map(({ attributeName }) => attributeName ?? '')));
    attributes.observe(host, { attributeFilter: [...looks, ...anew, ...others] });
    const sight = new IntersectionObserver(([entry]) => this.#seen((this.#inSight = entry?.isIntersecting ?? false)));
    sight.observe(host);
    signal.addEventListener('abort', () => (attributes.disconnect(), sight.disconnect()));
    addEventListener('online', () => this.#retry && this.begin(), { signal });
    this.#accept();
    this.begin();
  }

  #style() {
    const style = new CSSStyleSheet();
    style.replaceSync(sheet);
    this.root.adoptedStyleSheets = [...this.root.adoptedStyleSheets, style];
  }

  /** A page may say late who gives tokens. */
  #accept() {
    const { host } = this;
    let giver = host.getToken;
    const set = (/** @type {Giver | undefined} */ other) => {
      giver = other;
      if (!this.#life.signal.aborted) this.begin();
    };
    Object.defineProperty(host, 'getToken', { configurable: true, get: () => giver, set });
  }

  /** @param {string[]} names of attributes */
  #changed(names) {
    this.#dress();
    if (names.some((name) => anew.includes(name))) {
      const { host } = this;
      const open = this.launcher?.panel.open;
      host.disconnectedCallback();
      host.connectedCallback();
      void host.load().then((widget) => open && widget.open());
    } else if (names.some((name) => others.includes(name))) this.begin();
  }

  #dress() {
    const { box, host } = this;
    box.dataset.theme = host.getAttribute('theme') ?? '';
    box.dataset.density = host.getAttribute('density') ?? '';
    this.view?.invite(host.getAttribute('placeholder') ?? '');
  }

  /** Lets the visitor in, as whoever it is, to the room that the attributes name. */
  begin() {
    const run = ++this.#run;
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.view?.end();
    this.view = null;
    this.#met = new Promise((there) => (this.#there = there));
    this.#put(build(parts));
    if (!able) return this.#fail('too_old');
    const session = new Session(this.origin, this.#wish());
    void session.open().then((outcome) => {
      if (run !== this.#run) return;
      if (outcome === 'ready') this.#show(session);
      else this.#fail(outcome);
    });
  }

  /** @param {HTMLElement} fresh */
  #put(fresh) {
    const old = this.box.querySelector('.talk');
    if (old) old.replaceWith(fresh);
    else if (this.host.hasAttribute('launcher')) this.launcher = new Launcher(this.host, this.box, (open) => this.#turned(open));
    else this.box.append(fresh);
    this.launcher?.hold(fresh);
  }

  /** @returns {import('./session.js').Wish} */
  #wish() {
    const { host } = this;
    const framed = host.hasAttribute('framed'); // then the page is one of the server's own
    const url = host.getAttribute('token-url');
    const fetched = async () => {
      const answer = await fetch(url ?? '', { cache: 'no-store' });
      return answer.ok ? (await answer.text()).trim() : null;
    };
    return {
      room: host.getAttribute('room') ?? '',
      site: (framed && host.getAttribute('site')) || '',
      page: (framed && host.getAttribute('page')) || location.origin + location.pathname,
      lang: t('embed.lang'),
      ask: async () => (await (host.getToken?.() ?? (url === null ? null : fetched()))) || null,
    };
  }

  /** @param {Session} session */
  #show(session) {
    const view = new View(session, this.root, {
      met: () => {
        this.launcher?.settle();
        this.#there(view);
      },
      unread: (count) => this.#unread(count),
      ended: (state) => this.#fail(state === 'gone' ? 'gone' : 'signed_out'),
      stranger: () => this.begin(),
      fault: (reason) => this.#tell('error', { code: 'refused', message: reason }),
    });
    this.view = view;
    const accent = session.policy?.accent ?? '';
    for (const node of [this.box, this.launcher?.button]) node?.style.setProperty('--site-accent', accent || null);
    this.#dress();
    this.#seen(this.#inSight);
    view.start();
    if (!this.launcher) this.#tell('open', { room: session.slug });
  }

  /** @param {boolean} inSight */
  #seen(inSight) {
    if (!this.view) return;
    this.view.sees = this.launcher ? this.launcher.panel.open : inSight;
    this.view.look();
  }

  /** @param {boolean} open */
  #turned(open) {
    this.#seen(true);
    if (open) this.#tell('open', { room: this.host.getAttribute('room') });
  }

  /** @param {number} count */
  #unread(count) {
    this.launcher?.count(count);
    this.#tell('unread', { count });
  }

  /** There is no room to show, or no more of it. @param {Trouble} trouble */
  #fail(trouble) {
    const words = explain(this.root, trouble, this.view !== null && this.view.rows.size > 0, () => this.begin());
    if (trouble === 'unreachable' || trouble === 'limited') this.#retry = setTimeout(() => this.begin(), retryTime * (1 + Math.random()));
    this.#tell('error', { code: trouble, message: words });
  }

  /** Tells the page what happens here. @param {string} what @param {{[name: string]: unknown}} detail */
  #tell(what, detail) {
    this.host.dispatchEvent(new CustomEvent(`maru-${what}`, { detail, bubbles: true, composed: true }));
  }

  open() {
    this.launcher?.turn(true);
  }

  close() {
    this.launcher?.turn(false);
  }

  /** Says something as the visitor. Answers whether that may be. @param {string} text */
  async send(text) {
    const view = await this.#met;
    if (!view.writes || !text.trim()) return false;
    view.send({ body: text.trim(), replyTo: 0, editing: 0 });
    return true;
  }

  end() {
    this.#run++;
    clearTimeout(this.#retry);
    this.#life.abort();
    this.view?.end();
    this.launcher?.end();
  }
}
