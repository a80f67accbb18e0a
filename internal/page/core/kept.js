/** What this browser keeps under a name, or ''. @param {string} key */
export function kept(key) {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return ''; // storage may be forbidden
  }
}

/** Keeps a text under a name; '' forgets it. Without storage it lives as long as the page. @param {string} key @param {string} text */
export function keep(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // Forbidden, or full.
  }
}

/** The names with a beginning under which something is kept. @param {string} beginning */
export function keptUnder(beginning) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(beginning));
  } catch {
    return [];
  }
}
