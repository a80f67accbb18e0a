/** The sentences of the page's language; the server joins them to the modules. */
export const words: Record<string, string>;
