import { Sending } from '../app/sending.js';
import { Log } from '../core/log.js';
import { Transport } from '../core/transport.js';
import { t } from '../i18n/t.js';
import { Announcer } from '../ui/announce.js';
import { Composer } from '../ui/composer.js';
import { find } from '../ui/el.js';
import { Rows } from '../ui/rows.js';
import { Scroll } from '../ui/scroll.js';
import { Sill } from '../ui/sill.js';
import { line, plain } from '../ui/text.js';
import { Tools } from '../ui/tools.js';
import { Typing } from '../ui/typing.js';

/** @typedef {import('../core/types.js').User} User */
/** @typedef {import('../core/types.js').Message} Message */
/** @typedef {import('../core/types.js').LogEvent} LogEvent */
/** @typedef {import('../core/transport.js').State} State */
/** @typedef {import('../ui/composer.js').Draft} Draft */
/** @typedef {{name: string, topic: string}} Called */
/** @typedef {Called & {you?: User, head: number, member?: boolean, role?: string, read?: number}} Hello */

const size = 50; // messages that are asked for at once
const most = 300; // rows that are held while the newest are in sight
const markTime = 1000; // ms until what is in sight is read

/**
 * A room on somebody else's page. Who reads it is known when the server has said
 * so, and may change: a reader who writes becomes a guest.
 */
export class View {
  unread = 0; // messages of others that the visitor has not had before the eyes
  sees = false; // whether the room is before the visitor's eyes
  met = false; // it is known who reads
  called = '';
  wanted = ''; // what the host page wants to stand in the empty field
  #me = 0;
  #member = false;
  #read = 0;
  #from = 0; // what was there before the visitor came is not new
  #older = 0; // before it there are more, or 0
  #begun = false;
  #placed = false;
  #asking = false;
  #loading = false;
  #drawing = false;
  #marking = 0;
  #sure = 0; // the message whose deletion was asked for once
  #life = new AbortController();
  /** @type {LogEvent[]} */ #waiting = [];

  /**
   * @param {import('./session.js').Session} session @param {ShadowRoot} root
   * @param {{met: () => void, unread: (count: number) => void, ended: (state: State) => void, stranger: () => void, fault: (reason: string) => void}} on
   *   `met`: it is known who reads; `ended`: nothing more comes; `stranger`: the visitor is another than before;
   *   `fault`: something could not be done
   */
  constructor(session, root, on) {
    const { server, slug } = session;
    this.session = session;
    this.server = server;
    this.path = `/rooms/${slug}`;
    this.root = root;
    this.on = on;
    this.log = new Log('');
    this.rows = new Rows(find('#rows', HTMLElement, root), slug, 0, (seq) => void this.#learn(seq));
    this.rows.linked = false;
    this.scroll = new Scroll(find('#log', HTMLElement, root), {
      top: () => void this.#back(),
      bottom: () => {},
      newest: () => {},
      seen: () => this.look(),
    });
    this.sill = new Sill(this.log.seq, root);
    this.announcer = new Announcer(root);
    this.typing = new Typing(() => void server.ask('POST', `${this.path}/typing`), root);
    this.composer = new Composer(`${server.keys}draft:${slug}`, (draft) => this.send(draft), root);
    this.guest = find('#guest', HTMLElement, root);
    this.transport = new Transport(slug, this.log, { events: (events) => this.#take(events), state: (state) => this.#turn(state) }, server);
  }

  start() {
    const { signal } = this.#life;
    const { box } = this.composer;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#flush(); // the frame that it was left to may not come
      this.look();
    }, { signal });
    addEventListener('focus', () => this.look(), { signal });
    box.addEventListener('focus', () => this.#offer());
    box.addEventListener('input', () => {
      this.#offer();
      if (this.#member && !this.composer.editing && box.value.trim()) this.typing.wrote();
    });
    this.rows.list.addEventListener('click', ({ target }) => {
      const quote = target instanceof Element ? target.closest('.quote') : null;
      if (quote instanceof HTMLElement) this.scroll.show(this.root.getElementById(`m${quote.dataset.seq}`));
    });
    this.transport.start();
  }

  end() {
    this.#life.abort();
    this.transport.end();
  }

  /** Whether the visitor may write, at once or as a guest. */
  get writes() {
    return this.session.kind !== 'reader' || this.session.mayBeGuest;
  }

  /** What comes is drawn together, once a frame, as soon as it is known who reads. @param {LogEvent[]} events */
  #take(events) {
    const hello = events.find(({ event }) => event === 'hello');
    this.#waiting.push(...events);
    this.#begun ||= events.some(({ event }) => event === 'caught-up');
    if (hello) this.#meet(hello.data);
    else if (!this.met) void this.#ask();
    if (!this.met || this.#drawing) return;
    this.#drawing = true;
    if (document.hidden || !this.sees) setTimeout(() => this.#flush(), 50); // there may be no frames
    else requestAnimationFrame(() => this.#flush());
  }

  /** A stream begins with who reads it; where none comes through, that has to be asked for. */
  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    const [room, who] = await Promise.all([this.server.ask('GET', this.path), this.#who()]);
    this.#asking = false;
    if (this.met || room.status !== 200) return;
    this.#begun = true;
    this.#meet({ ...room.data.room, you: who });
    this.#take([]);
  }

  /** @returns {Promise<User | undefined>} */
  async #who() {
    return this.session.kind === 'reader' ? undefined : (await this.server.ask('GET', '/session')).data?.user;
  }

  /** The server says who reads, and which room it is. @param {Hello} hello */
  #meet({ you, head, name, topic, member = false, role = '', read = 0 }) {
    if (this.met && (you?.id ?? 0) !== this.#me) return this.on.stranger();
    this.call({ name, topic });
    if (this.met) return;
    this.met = true;
    this.#from = head;
    if (you) this.#sit(you, member, read, /owner|admin|moderator/.test(`${role} ${you.role}`));
    this.composer.box.disabled = false;
    this.composer.form.hidden = !this.writes;
    find('#note', HTMLElement, this.root).hidden = this.writes;
    this.on.met();
  }

  /** The visitor is somebody. @param {User} you @param {boolean} member @param {number} read @param {boolean} moderates */
  #sit(you, member, read, moderates) {
    this.#me = this.rows.me = you.id;
    this.#member = member;
    this.#read = read;
    find('#talk', HTMLElement, this.root).dataset.meName = you.display_name;
    this.sending = new Sending(this.session.slug, you.id, this.rows, (message) => this.#stored(message), this.server, this.session.more);
    new Tools(this.rows.list, { me: you.id, moderates }, (act, row) => void this.#act(act, row), (row, emoji) => void this.#react(row, emoji));
    for (const pill of this.rows.list.querySelectorAll('.reactions :disabled')) pill.removeAttribute('disabled');
  }

  #flush() {
    this.#drawing = false;
    const batch = this.#waiting.splice(0);
    if (batch.length > 0 && !this.#life.signal.aborted) this.scroll.keep(() => this.#draw(batch));
  }

  /** @param {LogEvent[]} events @returns {number} how many messages of others are new */
  #draw(events) {
    const fresh = events.filter((event) => this.#apply(event)).length;
    if (this.scroll.atEnd && this.rows.stored > most) this.#older = this.rows.trim(this.rows.stored - most + size, 'oldest');
    this.rows.arrange();
    if (this.#begun && !this.#placed) this.#place();
    find('#empty', HTMLElement, this.root).hidden = this.rows.size > 0;
    if (this.log.seq >= 0) this.sill.have(this.log.seq, this.transport.healed);
    if (fresh > 0 && !(this.#looked && this.scroll.atEnd)) this.#count(this.unread + fresh);
    return fresh;
  }

  /** @param {LogEvent} event @returns {boolean} whether it is a new message of another */
  #apply({ id, event, data }) {
    const at = Number.parseInt(id ?? '', 10);
    if (id && !this.#older) this.#older = at; // what comes is whole from here on
    if (event === 'message') return this.#message(data, at);
    if (event === 'room') this.call(data);
    if (event === 'signal' && data.kind === 'typing') this.typing.heard(data.user);
    if (event === 'signal' && data.kind === 'read') this.#read = Math.max(this.#read, data.seq);
    if (event === 'gap') this.rows.dropUpTo(data.floor);
    if (event === 'rewind') this.rows.drop(data.to);
    if (event === 'reset') this.rows.drop((this.#older = 0));
    if (event !== 'member') return false;
    this.rows.rename(data.user);
    if (data.user.id !== this.#me) return false;
    if (data.change === 'joined') this.#read = Math.max(this.#read, at);
    this.#member = data.change !== 'left' && data.change !== 'removed';
    return false;
  }

  /** @param {Message} message @param {number} at the number of the event that brought it */
  #message(message, at) {
    const { author, seq, nonce } = message;
    const own = author.id === this.#me;
    if (own && nonce) this.sending?.arrived(nonce);
    this.typing.sent(author.id);
    if (seq >= this.#older || this.rows.row(seq)) this.rows.put(message);
    const fresh = at === seq && at > this.#from && !own && !message.deleted;
    if (fresh) this.announcer.say(author.display_name, line(message));
    return fresh;
  }

  /** The log brings a message that was stored just now; one that it brought before comes from here. @param {Message} message */
  #stored(message) {
    this.session.keep();
    if (message.seq <= this.log.seq) this.scroll.keep(() => this.#draw([{ event: 'message', data: message }]));
  }

  /** Begins where the unread messages do. */
  #place() {
    this.#placed = true;
    const unread = this.#others.filter((seq) => this.#member && seq > this.#read);
    this.rows.unread = unread[0] ?? 0;
    this.rows.arrange();
    this.#count(unread.length);
  }

  /** The numbers of others' messages. */
  get #others() {
    return [...this.rows.list.querySelectorAll('.msg[data-seq]:not(.mine)')].map(({ id }) => Number(id.slice(1)));
  }

  /** @param {number} unread */
  #count(unread) {
    if (unread === this.unread) return;
    this.unread = unread;
    this.on.unread(unread);
  }

  get #looked() {
    return this.sees && !document.hidden && (document.hasFocus() || parent !== window);
  }

  /** What is at the end of the log, where somebody looks at it, is read. One's own messages need no mark. */
  look() {
    if (!this.#looked || !this.scroll.atEnd) return;
    this.#count(0);
    const seq = this.#others.at(-1) ?? 0;
    if (!this.#member || seq <= this.#read || this.#marking) return;
    this.#marking = setTimeout(async () => {
      const { status } = await this.server.ask('PUT', `${this.path}/read`, { body: { seq } });
      if (status === 204) this.#read = Math.max(this.#read, seq);
      this.#marking = 0;
    }, markTime);
  }

  /** Fetches older messages. */
  async #back() {
    if (!this.#older || this.#loading || this.log.seq < 0) return;
    this.#loading = true;
    const { status, data } = await this.server.ask('GET', `${this.path}/messages?limit=${size}&before=${this.#older}`);
    this.#loading = false;
    if (status !== 200) return;
    this.scroll.keep(() => {
      for (const message of data.messages.toReversed()) this.rows.put(message);
      this.rows.arrange();
      return 0;
    });
    const first = data.messages[0]?.seq ?? 0;
    this.#older = first > data.floor + 1 ? first : 0.5; // there is nothing before the first
    this.scroll.look();
  }

  /** Fetches a message that is quoted and not here. @param {number} seq */
  async #learn(seq) {
    const { status, data } = await this.server.ask('GET', `${this.path}/messages/${seq}`);
    if (status === 200) this.rows.learn(data.message);
  }

  /** The room's name. @param {Called} room */
  call({ name, topic }) {
    const page = this.session.wish.room === 'auto';
    const about = find('.topic', HTMLElement, this.root);
    this.called = page ? t('embed.page') : name === 'lobby' ? t('room.lobby') : name;
    find('#called', HTMLElement, this.root).textContent = this.called;
    about.textContent = page ? '' : topic;
    this.scroll.log.ariaLabel = t('room.log', this.called);
    this.invite(this.wanted);
  }

  /** Says what stands in the empty field. @param {string} words */
  invite(words) {
    this.wanted = words;
    this.composer.box.placeholder = words || (this.called && t('composer.placeholder', this.called));
  }

  /** @param {State} state */
  #turn(state) {
    this.sill.state(state);
    if (state !== 'cut') this.sending?.outbox.hurry();
    if (state === 'gone' || state === 'signed-out') this.on.ended(state);
  }

  /** @param {Draft} draft */
  send(draft) {
    if (this.session.kind === 'reader') void this.#enter(draft);
    else if (draft.editing) void this.sending?.edit(draft, this.composer);
    else {
      this.typing.done();
      this.sending?.send(draft);
      this.scroll.toEnd();
    }
  }

  /** A reader writes, and becomes a guest by it. @param {Draft} draft */
  async #enter(draft) {
    const { box } = this.composer;
    box.readOnly = true;
    const answer = await this.session.enter(find('input', HTMLInputElement, this.guest).value.trim());
    const you = answer.data?.user ?? (await this.#who());
    box.readOnly = false;
    if (you) {
      this.#sit(you, false, this.log.seq, false);
      this.send(draft);
      this.transport.kick();
    } else {
      box.value = draft.body;
      this.#refused(answer);
    }
    this.#offer();
  }

  /** Asks for a name where the visitor is about to become a guest. */
  #offer() {
    const { box } = this.composer;
    this.#say('');
    this.guest.hidden = this.session.kind !== 'reader' || !(box.value || this.root.activeElement === box);
  }

  /** @param {string} act @param {HTMLElement} row */
  async #act(act, row) {
    const seq = Number(row.dataset.seq);
    const at = `${this.path}/messages/${seq}`;
    const text = row.querySelector('.text');
    if (act === 'reply') this.composer.reply(seq, row.querySelector('.by b')?.textContent ?? '', text ? plain(text) : '');
    else if (act === 'delete' && this.#sure !== seq) {
      this.#sure = seq; // what can't be undone takes two presses
      this.#say(t('embed.sure'));
    } else {
      const answer = await this.server.ask(act === 'edit' ? 'GET' : 'DELETE', at);
      if (answer.status === 200) this.composer.edit(seq, answer.data.message.body);
      else this.#refused(answer);
    }
  }

  /** Gives a reaction, or takes one's own back. @param {HTMLElement} row @param {string} emoji */
  async #react(row, emoji) {
    const mine = row.querySelector(`.reactions [name="unreact"][value="${emoji}"]`);
    const at = `${this.path}/messages/${row.dataset.seq}/reactions/${encodeURIComponent(emoji)}`;
    this.#refused(await this.server.ask(mine ? 'DELETE' : 'PUT', at));
  }

  /** Says why something could not be done, where it could not. @param {import('../core/types.js').Answer} answer */
  #refused({ status, data }) {
    if (status === 204) return this.#say('');
    const reason = data?.detail ?? t('message.failed');
    this.#say(reason);
    this.on.fault(reason);
  }

  /** Says something above the composer. @param {string} words */
  #say(words) {
    const place = find('#fault', HTMLElement, this.root);
    place.textContent = words;
    place.hidden = !words;
  }
}
