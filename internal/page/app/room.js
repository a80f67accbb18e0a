import { ask } from '../core/api.js';
import { Log } from '../core/log.js';
import { Transport } from '../core/transport.js';
import { t } from '../i18n/t.js';
import { Announcer } from '../ui/announce.js';
import { Badge } from '../ui/badge.js';
import { Composer } from '../ui/composer.js';
import { el, find } from '../ui/el.js';
import { Contents } from '../ui/contents.js';
import { Mention } from '../ui/mention.js';
import { Picker } from '../ui/picker.js';
import { Presence } from '../ui/presence.js';
import { Proof } from '../ui/proof.js';
import { Rows } from '../ui/rows.js';
import { Scroll } from '../ui/scroll.js';
import { nameOf } from '../ui/switcher.js';
import { line, plain } from '../ui/text.js';
import { Tools } from '../ui/tools.js';
import { Typing } from '../ui/typing.js';
import { Deletions } from './deletions.js';
import { jumps } from './jump.js';
import { atMidnight } from './midnight.js';
import { Notifier } from './notify.js';
import { Pages } from './pages.js';
import { Reading } from './reading.js';
import { Sending } from './sending.js';
import { keysOf } from './writing.js';

/** @typedef {import('../core/types.js').Message} Message */
/** @typedef {import('../core/types.js').LogEvent} LogEvent */

/** A room that is open in the page: what comes from the log is drawn, what is written is sent. */
export class Room {
  /** @type {LogEvent[]} */ #waiting = [];
  #drawing = false;
  #anew = false;

  /** @param {HTMLElement} talk */
  constructor(talk) {
    const data = talk.dataset;
    this.slug = data.room ?? '';
    this.kind = data.kind ?? '';
    this.me = Number(data.me);
    this.badge = new Badge();
    this.log = new Log(data.cursor ?? '0');
    this.rows = new Rows(find('#rows', HTMLElement), this.slug, this.me, (seq) => this.#learn(seq));
    this.scroll = new Scroll(find('#log', HTMLElement), {
      top: () => void this.pages.back(),
      bottom: () => void this.pages.forth(),
      newest: () => void this.pages.newest(),
      seen: () => this.reading.look(),
    });
    this.pages = new Pages(this.slug, this.rows, this.scroll, {
      drawn: (message) => {
        this.#arrived(message);
        this.reading.came(message);
      },
      back: () => history.replaceState(null, '', `/rooms/${this.slug}`),
    });
    this.pages.set(Number(data.older), 'newer' in data ? this.rows.newest : 0);
    this.sill = new Proof(this.log.seq);
    this.announcer = new Announcer();
    this.contents = new Contents(this.slug, {
      unread: (total) => this.badge.count(total),
      news: (room, since) => void this.notifier.moved(room, nameOf(room), since),
    });
    this.reading = new Reading({ room: this.slug, read: Number(data.read), member: 'member' in data, drawn: this.log.seq }, this);
    this.sending = new Sending(this.slug, this.me, this.rows, (message) => this.#stored(message));
    this.typing = new Typing(() => void ask('POST', `/rooms/${this.slug}/typing`));
    this.composer = new Composer(`maru:draft:${this.me}:${this.slug}`, (draft) => this.#send(draft));
    this.mention = new Mention(this.composer.box, this.slug, this.me);
    this.presence = new Presence(this.slug, this.me);
    this.deletions = new Deletions(this.slug, (reason) => this.announcer.say('', reason || t('message.not_deleted')));
    const reader = { me: this.me, moderates: 'moderates' in data };
    this.tools = new Tools(this.rows.list, reader, (act, row) => this.#act(act, row), (row, emoji) => this.#react(row, emoji), Picker);
    this.transport = new Transport(this.slug, this.log, {
      events: (events) => this.#take(events),
      state: (state) => this.#state(state),
    });
    this.notifier = new Notifier(this.me, this.transport.slots);
    this.begin(talk);
  }

  /** @param {HTMLElement} talk */
  begin(talk) {
    this.rows.retime();
    this.rows.arrange();
    this.#place(talk.dataset.target);
    document.querySelector('.older')?.remove();
    document.querySelector('.newer')?.remove();
    this.scroll.look();
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#flush(); // the frame that it was left to may not come
      this.reading.look();
    });
    addEventListener('focus', () => this.reading.look());
    jumps(this.rows.list);
    atMidnight(() => this.rows.arrange());
    keysOf(this.composer, this.rows.list, { edit: (row) => void this.#act('edit', row), newest: () => this.scroll.toEnd() });
    this.composer.box.addEventListener('input', () => {
      if (this.reading.member && !this.composer.editing && this.composer.box.value.trim()) this.typing.wrote();
    });
    if (this.pages.follows && matchMedia('(hover: hover)').matches) this.composer.box.focus();
    this.transport.start();
    this.reading.look();
  }

  /** Begins at the message that the address names, or where the unread ones do. @param {string | undefined} target */
  #place(target) {
    const unread = document.getElementById('unread');
    this.scroll.show(target ? document.getElementById(`m${target}`) : unread);
    if (!unread || this.scroll.atEnd) return;
    const after = [...this.rows.list.querySelectorAll('#unread ~ .msg:not(.mine)')];
    this.scroll.tell(Math.max(after.length, this.contents.unread(this.slug)));
  }

  /** Events are drawn together, once a frame; a hidden page has no frames. @param {LogEvent[]} events */
  #take(events) {
    this.#waiting.push(...events);
    if (this.#drawing) return;
    this.#drawing = true;
    if (document.hidden) setTimeout(() => this.#flush(), 50);
    else requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    this.#drawing = false;
    const batch = this.#waiting.splice(0);
    if (batch.length > 0) this.scroll.keep(() => this.#draw(batch));
  }

  /** @param {LogEvent[]} events @returns {number} how many messages of others are new */
  #draw(events) {
    /** @type {Message[]} */
    const fresh = [];
    for (const { id, event, data } of events) {
      if (this.#anew && id) {
        this.pages.set(Number.parseInt(id, 10), 0); // what comes is whole from here on
        this.#anew = false;
      }
      if (id) this.reading.drawn = Number.parseInt(id, 10);
      switch (event) {
        case 'message':
          if (this.#message(data, Number.parseInt(id ?? '', 10))) fresh.push(data);
          break;
        case 'member':
          this.#member(data);
          break;
        case 'room':
          this.#reshape(data);
          break;
        case 'reset':
          this.rows.drop(0);
          this.pages.set(0, 0);
          this.#anew = true;
          break;
        case 'rewind':
          this.pages.rewind(data.to);
          this.reading.drawn = data.to;
          break;
        case 'gap':
          this.rows.dropUpTo(data.floor);
          if (!this.pages.follows && this.rows.stored === 0) void this.pages.newest();
          break;
        case 'signal':
          this.#signal(data);
          break;
        case 'inbox':
          this.contents.heard(data.rooms);
          break;
      }
    }
    this.reading.fresh(fresh.map(({ seq }) => seq));
    void this.notifier.said(fresh, { slug: this.slug, kind: this.kind, name: find('.headline h1', HTMLElement).textContent });
    this.pages.trim();
    this.rows.arrange();
    if (this.pages.follows) this.contents.shows(this.rows.last, this.log.seq);
    else if (fresh.length > 0) this.contents.stale(this.slug);
    find('#empty', HTMLElement).hidden = this.rows.size > 0;
    if (this.log.seq >= 0) this.sill.have(this.log.seq, this.transport.healed);
    return fresh.length;
  }

  /** @param {{user: import('../core/types.js').User, change: string}} event */
  #member({ user, change }) {
    this.rows.rename(user);
    if (user.id !== this.me) return;
    if (change === 'joined') this.reading.member = true;
    if (change === 'left' || change === 'removed') this.reading.member = false;
  }

  /** What goes on beside the log: who writes; who comes and goes; what the reader has read elsewhere. @param {{kind: string, room: string, user: import('../core/types.js').User, seq: number, here?: boolean}} signal */
  #signal({ kind, room, user, seq, here }) {
    if (kind === 'typing' && room === this.slug) this.typing.heard(user);
    if (kind === 'presence' && room === this.slug) this.presence.heard(user, here === true);
    if (kind === 'read') this.reading.heard(room, seq);
  }

  /**
   * @param {Message} message @param {number} at the number of the event that brought it
   * @returns {boolean} whether it is new, and of another
   */
  #message(message, at) {
    this.#arrived(message);
    this.typing.sent(message.author.id);
    const fresh = at === message.seq && !message.deleted && message.author.id !== this.me;
    if (fresh) this.announcer.say(message.author.display_name, line(message));
    if (this.pages.takes(message, at)) this.rows.put(message);
    return fresh;
  }

  /** What is stored is no longer on its way. @param {Message} message */
  #arrived({ nonce, author }) {
    if (nonce && author.id === this.me) this.sending.arrived(nonce);
  }

  /** The log brings a message that was stored just now; one that it brought before comes from here. @param {Message} message */
  #stored(message) {
    if (message.seq > this.log.seq) return;
    this.scroll.keep(() => this.#draw([{ event: 'message', data: message }]));
  }

  /** @param {{name: string, slug: string, topic: string, kind: string}} room */
  #reshape(room) {
    const topic = document.querySelector('.topic');
    if (topic) topic.textContent = room.topic;
    else if (room.topic) find('.headline', HTMLElement).append(el('p', { class: 'topic' }, room.topic));
    if (room.kind === 'direct') return; // it is called by those who are in it
    const name = nameOf({ ...room, unread: 0 });
    find('.headline h1', HTMLElement).textContent = name;
    this.badge.rename(name);
    this.contents.rename(this.slug, name);
  }

  /** @param {import('../core/transport.js').State} state */
  #state(state) {
    this.sill.state(state);
    this.contents.told(state !== 'waiting' && state !== 'polling');
    if (state !== 'cut') this.sending.outbox.hurry();
    if (state === 'live' || state === 'waiting' || state === 'polling') this.presence.soon();
    if (state === 'gone' || state === 'signed-out') this.composer.shut();
  }

  /** @param {import('../ui/composer.js').Draft} draft */
  #send(draft) {
    if (draft.editing) return void this.sending.edit(draft, this.composer);
    this.typing.done();
    this.sending.send(draft);
    this.scroll.toEnd();
  }

  /** @param {string} act @param {HTMLElement} row */
  async #act(act, row) {
    const seq = Number(row.dataset.seq);
    const at = `/rooms/${this.slug}/messages/${seq}`;
    if (act === 'reply') {
      const text = row.querySelector('.text');
      this.composer.reply(seq, row.querySelector('.by b')?.textContent ?? '', text ? plain(text) : '');
    } else if (act === 'edit') {
      const answer = await ask('GET', at);
      if (answer.status === 200) this.composer.edit(seq, answer.data.message.body);
    } else if (act === 'delete') {
      this.deletions.begin(row);
    }
  }

  /** Gives a reaction, or takes one's own back. @param {HTMLElement} row @param {string} emoji */
  async #react(row, emoji) {
    const at = `/rooms/${this.slug}/messages/${row.dataset.seq}`;
    const mine = row.querySelector(`.reactions [name="unreact"][value="${emoji}"]`);
    const answer = await ask(mine ? 'DELETE' : 'PUT', `${at}/reactions/${encodeURIComponent(emoji)}`);
    if (answer.status !== 204) {
      this.announcer.say('', answer.data?.detail ?? t('message.failed'));
    }
  }

  /** Fetches a message that is quoted and not here. @param {number} seq */
  async #learn(seq) {
    const answer = await ask('GET', `/rooms/${this.slug}/messages/${seq}`);
    if (answer.status === 200) this.rows.learn(answer.data.message);
  }
}
