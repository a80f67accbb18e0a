import { ask } from '../core/api.js';
import { seeker } from '../i18n/sought.js';
import { t } from '../i18n/t.js';
import { el, find } from './el.js';
import { Options } from './options.js';
import { sealOf } from './seal.js';

/** @typedef {import('../core/types.js').User} User */
/** @typedef {{slug: string, name: string, kind: string, unread: number, with?: User[]}} Place */

const seekAfter = 120; // ms without a key before the server is asked for people

/** What a room is called, as the server's pages call it. @param {Place} room */
export function nameOf({ slug, name, kind, with: others = [] }) {
  if (kind === 'direct') return others.map((user) => user.display_name).join(', ') || t('room.alone');
  return slug === 'lobby' && name === 'lobby' ? t('room.lobby') : name;
}

/** The dialog that leads to any room, or to a person. */
export class Switcher {
  /** @type {Place[]} */ #rooms = [];
  /** @type {User[]} */ #people = [];
  #timer = 0;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.field = find('input', HTMLInputElement, dialog);
    this.none = find('.none', HTMLElement, dialog);
    this.options = new Options(this.field, find('[role="listbox"]', HTMLElement, dialog), (option) => void this.#go(option));
    this.field.addEventListener('input', () => this.#typed());
    this.field.addEventListener('keydown', (event) => {
      if (event.isComposing && event.key === 'Enter') return; // it ends a syllable
      if (event.key === 'Enter') this.options.choose();
      else if (!this.options.move(event)) return;
      event.preventDefault();
    });
  }

  async open() {
    if (this.dialog.open) return;
    this.field.value = '';
    this.#people = [];
    this.dialog.showModal();
    this.#draw();
    const { status, data } = await ask('GET', '/rooms');
    if (status !== 200) return;
    this.#rooms = data.rooms;
    this.#draw();
  }

  #typed() {
    this.#draw();
    clearTimeout(this.#timer);
    const word = this.field.value.trim();
    this.#timer = setTimeout(async () => {
      const { status, data } = word ? await ask('GET', `/users?q=${encodeURIComponent(word)}`) : { status: 200, data: { users: [] } };
      if (status !== 200 || word !== this.field.value.trim()) return;
      this.#people = data.users;
      this.#draw();
    }, seekAfter);
  }

  #draw() {
    const word = this.field.value.trim();
    const places = word ? this.#fitting(word) : this.#usual();
    const known = new Set(this.#rooms.flatMap(({ with: others = [] }) => (others.length === 1 && others[0] ? [others[0].id] : [])));
    const people = word ? this.#people.filter(({ id }) => !known.has(id)) : [];
    this.options.show([...places.map((room) => this.#room(room)), ...people.map((user) => this.#person(user))]);
    this.none.textContent = word && places.length + people.length === 0 ? t('switch.none') : '';
  }

  /** Without a word: where there is something to read, then the rest, as the list has them. */
  #usual() {
    const others = this.#rooms.filter(({ slug }) => location.pathname !== `/rooms/${slug}`);
    return [...others.filter(({ unread }) => unread > 0), ...others.filter(({ unread }) => unread === 0)];
  }

  /** @param {string} word */
  #fitting(word) {
    const measure = seeker(word);
    return this.#rooms
      .map((room) => {
        const names = [nameOf(room), ...(room.with ?? []).flatMap((user) => [user.display_name, user.name])];
        // An address may be made up, so it counts only from its beginning; a direct room's always is.
        const address = room.kind !== 'direct' && measure(room.slug) === 0 ? 1 : 3;
        return { room, rank: Math.min(address, ...names.map(measure)) };
      })
      .filter(({ rank }) => rank < 3)
      .sort((a, b) => a.rank - b.rank)
      .map(({ room }) => room);
  }

  /** @param {Place} room */
  #room(room) {
    const unread = room.unread ? el('span', { class: 'count' }, room.unread < 100 ? String(room.unread) : '99+') : null;
    const seals = (room.with ?? []).slice(0, 3).map(sealOf);
    const kind = room.kind === 'closed' ? el('small', {}, t('room.kind.closed')) : null;
    return el('li', { class: unread ? 'has' : '', 'data-room': room.slug }, ...seals, el('b', { dir: 'auto' }, nameOf(room)), kind, unread);
  }

  /** @param {User} user */
  #person(user) {
    const names = [el('b', { dir: 'auto' }, user.display_name), el('small', {}, `@${user.name}`)];
    return el('li', { 'data-person': user.id }, sealOf(user), ...names, el('span', { class: 'do' }, t('direct.go')));
  }

  /** @param {HTMLElement} option */
  async #go({ dataset: { room, person } }) {
    const { status, data } = person
      ? await ask('POST', '/rooms', { body: { kind: 'direct', members: [Number(person)] } })
      : { status: 200, data: { room: { slug: room } } };
    if (status === 200 || status === 201) location.assign(`/rooms/${data.room.slug}`);
    else this.none.textContent = data?.detail ?? t('switch.failed');
  }
}
