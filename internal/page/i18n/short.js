import { t } from './t.js';
import { clock, write } from './time.js';

/** The time of day for today, the day for another. @param {Date} at */
export function short(at) {
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (at.toDateString() === new Date().toDateString()) return clock(at);
  return at.toDateString() === yesterday.toDateString() ? t('time.yesterday') : write(t('time.short'), at);
}
