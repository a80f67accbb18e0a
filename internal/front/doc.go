// Package front is the pages as a browser asks for them, and their forms: all
// that a person needs works here without a script. What a page looks like is in
// page; a handler reads what was asked, calls one command or query of the store,
// and has a page drawn.
package front
