import { Hall } from './hall.js';
import { Keys } from './keys.js';
import { atMidnight, retimeList } from './midnight.js';
import { once } from './once.js';
import { Room } from './room.js';
import { Telling } from './settings.js';

// The server can't know where the reader is; the next page is right at once.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;

once();

// On the first page the server may have guessed another zone.
retimeList();
atMidnight(retimeList);

if (document.querySelector('#switcher')) new Keys();
const talk = document.querySelector('.talk[data-room]');
if (talk instanceof HTMLElement) new Room(talk);
const listedRoom = document.querySelector('.at-rooms .row');
if (listedRoom instanceof HTMLElement) new Hall(listedRoom);
const telling = document.querySelector('#notify');
if (telling instanceof HTMLElement) new Telling(telling);
