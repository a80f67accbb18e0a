import { keep, kept } from '../core/kept.js';
import { t } from '../i18n/t.js';
import { find } from '../ui/el.js';
import { ring, soundKey, tellKey } from './notify.js';

/** The part of the settings that this browser keeps by itself: what the reader is told of, and whether it sounds. */
export class Telling {
  /** @param {HTMLElement} section */
  constructor(section) {
    section.hidden = false;
    this.choices = [...section.querySelectorAll('[type="radio"]')].filter((one) => one instanceof HTMLInputElement);
    this.says = find('[role="status"]', HTMLElement, section);
    const sound = find('[type="checkbox"]', HTMLInputElement, section);
    sound.checked = kept(soundKey) !== '';
    sound.addEventListener('change', () => {
      keep(soundKey, sound.checked ? 'on' : '');
      if (sound.checked) ring();
    });
    for (const choice of this.choices) choice.addEventListener('change', () => void this.#choose(choice.value));
    this.#show();
  }

  /** Asks for what the browser must allow, now that the reader has asked for it. @param {string} value */
  async #choose(value) {
    keep(tellKey, value);
    if (value && 'Notification' in window && Notification.permission === 'default') await Notification.requestPermission();
    this.#show();
  }

  #show() {
    const can = 'Notification' in window;
    const denied = can && Notification.permission === 'denied';
    if ((!can || denied) && kept(tellKey)) keep(tellKey, '');
    for (const choice of this.choices) {
      choice.checked = choice.value === kept(tellKey);
      choice.disabled = !can && choice.value !== '';
    }
    this.says.textContent = denied ? t('notify.denied') : can ? '' : t('notify.cannot');
  }
}
