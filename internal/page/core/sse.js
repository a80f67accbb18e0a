/** @typedef {import('./types.js').LogEvent} LogEvent */

/**
 * Reads server-sent events from the bytes of a response, after the WHATWG text:
 * any of \n, \r and \r\n ends a line, and an event counts when its empty line
 * has come.
 */
export class EventParser {
  #decoder = new TextDecoder();
  #rest = '';
  /** @type {string | undefined} */ #id;
  #name = '';
  /** @type {string[]} */ #data = [];

  /**
   * The events that end within these bytes.
   * @param {Uint8Array} bytes
   * @returns {LogEvent[]}
   */
  push(bytes) {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    // A \r at the very end may be half of a \r\n.
    const whole = this.#rest.endsWith('\r') ? this.#rest.length - 1 : this.#rest.length;
    const lines = this.#rest.slice(0, whole).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + this.#rest.slice(whole);
    /** @type {LogEvent[]} */
    const events = [];
    for (const line of lines) {
      if (line === '') this.#end(events);
      else this.#line(line);
    }
    return events;
  }

  /** @param {string} line */
  #line(line) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'id') this.#id = value;
    else if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
  }

  /** @param {LogEvent[]} events */
  #end(events) {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, event: this.#name || 'message', data: JSON.parse(this.#data.join('\n')) });
    }
    this.#id = undefined;
    this.#name = '';
    this.#data = [];
  }
}
