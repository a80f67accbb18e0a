// Package chat holds the words of Maru and its rules: users, rooms, members,
// messages, events and cursors; what a valid name or message is; who may do
// what; and when a right to read ends.
//
// Everything here is a value or a pure function. The package knows no
// database, no network and no clock, so that a rule can be read, and tested,
// by itself.
package chat
