/** The paths of the joined modules by language; the server puts them before the loader. */
declare const files: Record<string, string>;
