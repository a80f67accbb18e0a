// Package page holds what people see: templates, styles, the browser's modules
// and the words of each language. It renders a view that package web fills in;
// it asks nothing of the store and decides nothing.
//
// There is no build step. At start the modules are joined to one file a
// language, the styles to one file; both get a name made from their content, so
// that a browser can keep them for ever.
package page
