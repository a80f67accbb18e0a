/** By language, the path of the joined modules and what the launcher is called; the server puts them before the loader. */
declare const files: Record<string, any>;
