/** A node: its tag, its attributes, the nodes and texts in it. */
export type Part = [string, Record<string, string>, ...(Part | string)[]];

/** The conversation with nothing in it, in the language of the page; the server joins it to the modules. */
export const parts: Part;
