import { t } from './t.js';

/**
 * Times as the pages write them. The forms stand among the words, so that the
 * server and the browser write the same.
 * @param {string} form @param {Date} at
 */
export function write(form, at) {
  /** @param {string} list @param {number} n */
  const nth = (list, n) => list.split(',')[n] ?? '';
  const hour = at.getHours();
  /** @type {Record<string, string | number>} */
  const parts = {
    year: at.getFullYear(),
    month: nth(t('time.months'), at.getMonth()),
    mon: nth(t('time.mons'), at.getMonth()),
    day: at.getDate(),
    weekday: nth(t('time.weekdays'), at.getDay()),
    half: hour < 12 ? t('time.am') : t('time.pm'),
    h12: ((hour + 11) % 12) + 1,
    h24: String(hour).padStart(2, '0'),
    min: String(at.getMinutes()).padStart(2, '0'),
  };
  return form.replace(/\{(\w+)\}/g, (place, name) => String(parts[name] ?? place));
}

/** The time of day. @param {Date} at */
export function clock(at) {
  return write(t('time.clock'), at);
}

/** The day; the year too where it is not this one. @param {Date} at */
export function day(at) {
  const other = at.getFullYear() !== new Date().getFullYear();
  return other ? write(t('time.day_year'), at) : write(t('time.day'), at);
}

/** Day and time. @param {Date} at */
export function full(at) {
  return `${write(t('time.day_year'), at)} ${clock(at)}`;
}
