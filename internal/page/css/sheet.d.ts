/** The text of the styles of the element; the server joins it to the modules. */
export const sheet: string;
