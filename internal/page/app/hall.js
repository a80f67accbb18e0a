import { Log } from '../core/log.js';
import { Transport } from '../core/transport.js';
import { Badge } from '../ui/badge.js';
import { Contents } from '../ui/contents.js';
import { nameOf } from '../ui/switcher.js';
import { Notifier } from './notify.js';

/** The list of rooms by itself. It hears of all of them over the log of one. */
export class Hall {
  /** @param {HTMLElement} row of a room */
  constructor(row) {
    const { room = '', head = '0' } = row.dataset;
    const badge = new Badge();
    this.contents = new Contents('', {
      unread: (total) => badge.count(total),
      news: (room, since) => void this.notifier.moved(room, nameOf(room), since),
    });
    this.transport = new Transport(room, new Log(head), {
      events: (events) => {
        for (const { id, event, data } of events) {
          if (event === 'inbox') this.contents.heard(data.rooms);
          else if (event === 'signal' && data.kind === 'read') this.contents.read(data.room, data.seq);
          else if (id) this.contents.stale(room);
        }
      },
      state: (state) => this.contents.told(state !== 'waiting' && state !== 'polling'),
    });
    this.notifier = new Notifier(Number(this.contents.nav.dataset.me), this.transport.slots);
    this.transport.start();
  }
}
