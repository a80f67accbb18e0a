// In milliseconds.
const tick = 2000;
const nap = 15000; // a clock that jumps so far between two ticks has slept
const hiddenTime = 30000; // until a page that is not seen is hidden for good
const offlineTime = 2000; // until a browser is believed that says it is offline

/** Whether somebody looks at this page. */
export function lookedAt() {
  return !document.hidden && document.hasFocus();
}

/**
 * Follows a page through its life.
 * @param {{look: () => void, hide: () => void, rest: () => void, wake: () => void, tick: () => void,
 *   line: (there: boolean) => void}} on
 *   `look`: whether it is seen, or looked at, may be another; `hide`: it has not been seen for a while; `rest`: the
 *   browser puts it away and may never come back to it; `wake`: it did, or the machine has slept; `tick`: two seconds
 *   went by; `line`: the browser says that it is online again, or that it has been offline for a moment
 * @param {AbortSignal} signal ends it
 */
export function follow(on, signal) {
  let hiding = 0;
  const look = () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(on.hide, hiddenTime);
    on.look();
  };
  document.addEventListener('visibilitychange', look, { signal });
  addEventListener('focus', look, { signal });
  addEventListener('blur', look, { signal });
  addEventListener('pagehide', on.rest, { signal });
  document.addEventListener('freeze', on.rest, { signal });
  addEventListener('pageshow', (event) => event.persisted && on.wake(), { signal });
  document.addEventListener('resume', on.wake, { signal });
  addEventListener('online', () => on.line(true), { signal });
  addEventListener('offline', () => setTimeout(() => navigator.onLine || on.line(false), offlineTime), { signal });
  let last = Date.now();
  const ticking = setInterval(() => {
    const now = Date.now();
    const slept = now - last > nap && !document.hidden; // the timers of a hidden page are slow, which is not sleep
    last = now;
    if (slept) on.wake();
    else on.tick();
  }, tick);
  signal.addEventListener('abort', () => {
    clearTimeout(hiding);
    clearInterval(ticking);
  });
}
