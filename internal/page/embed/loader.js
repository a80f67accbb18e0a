/**
 * What pages of other sites load: it brings in the modules of the element, in the
 * language of the page. It is the body of a function, into which the server puts
 * `files`, the paths of the modules by language.
 */
const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
const found = document.querySelector('maru-chat');
const wanted = (found?.getAttribute('lang') || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase();
if (script) void import(new URL(files[wanted] ?? files['en'] ?? '', script.src).href);
