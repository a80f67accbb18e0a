// Package web is the server as a whole: the table of all addresses, what every
// request passes before its own handler (limits of size and time, the cross-site
// rule, headers), and what is not the chat's: static files, health, metrics.
package web
