import { ask } from '../core/api.js';
import { kept } from '../core/kept.js';
import { t } from '../i18n/t.js';
import { line } from '../ui/text.js';

/** @typedef {import('../core/types.js').Message} Message */
/** @typedef {import('../core/types.js').Token} Token */
/** @typedef {{slug: string, name: string, kind: string}} Place a room, by the name that the reader knows it by */

const quiet = 3000; // ms between two sounds

/** Where what the reader wants to be told of is kept: 'mine' or 'all'; and 'on' for a sound. */
export const tellKey = 'maru:notify';
export const soundKey = 'maru:sound';

/** A short sound of two tones. */
export function ring() {
  const audio = new AudioContext();
  for (const [i, pitch] of [660, 880].entries()) {
    const at = audio.currentTime + i * 0.11;
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const loud = new GainNode(audio, { gain: 0 });
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.1, at + 0.015);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.22);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.24);
    tone.onended = i === 1 ? () => void audio.close() : null;
  }
}

/** Whether a tree mentions a user. @param {Token[] | undefined} tree @param {number} user @returns {boolean} */
function mentions(tree, user) {
  return (tree ?? []).some(([kind, ...rest]) => {
    if (kind === 'mention') return rest[0] === user;
    if (kind === 'list') return rest[1].some((/** @type {Token[]} */ item) => mentions(item, user));
    return rest.some((part) => Array.isArray(part) && mentions(part, user));
  });
}

/**
 * Tells of messages while nobody looks at any page of Maru, as the reader has
 * chosen; nothing is chosen at first. Of all tabs the one that holds the place
 * of those that are not looked at tells.
 */
export class Notifier {
  #rung = 0;

  /** @param {number} me @param {import('../core/slots.js').Slots} slots */
  constructor(me, slots) {
    this.me = me;
    this.slots = slots;
  }

  get #tells() {
    const chosen = kept(tellKey) || kept(soundKey);
    return chosen !== '' && (this.slots.background || !navigator.locks);
  }

  /** A room that is not open has moved since it had a number. @param {import('../core/types.js').RoomView} room @param {string} name @param {number} since */
  async moved(room, name, since) {
    if (!this.#tells || room.unread === 0) return;
    const { status, data } = await ask('GET', `/rooms/${room.slug}/messages?after=${since}&limit=50`);
    if (status === 200) await this.said(data.messages, { slug: room.slug, name, kind: room.kind });
  }

  /** Messages came, oldest first. @param {Message[]} messages @param {Place} room */
  async said(messages, room) {
    if (!this.#tells || messages.length === 0 || !(await this.slots.unseen())) return;
    const every = kept(tellKey) === 'all' || room.kind === 'direct';
    const message = messages.findLast(({ author, tokens, deleted }) => author.id !== this.me && !deleted && (every || mentions(tokens, this.me)));
    if (!message) return;
    // A page that was never touched may not make a sound.
    if (kept(soundKey) && navigator.userActivation?.hasBeenActive && Date.now() - this.#rung > quiet) {
      this.#rung = Date.now();
      ring();
    }
    if (kept(tellKey) && 'Notification' in window && Notification.permission === 'granted') show(message, room);
  }
}

/** @param {Message} message @param {Place} room */
function show(message, { slug, name, kind }) {
  const { author, seq } = message;
  const title = kind === 'direct' ? author.display_name : t('notify.said', author.display_name, name);
  const notice = new Notification(title, { body: line(message), tag: `maru:${slug}`, icon: '/static/icon.svg', lang: document.documentElement.lang });
  notice.onclick = () => {
    focus();
    notice.close();
    if (location.pathname !== `/rooms/${slug}`) location.assign(`/rooms/${slug}/${seq}#m${seq}`);
  };
}
