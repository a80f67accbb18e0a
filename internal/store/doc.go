// Package store keeps Maru's tables. It holds all SQL but that of package upkeep,
// which looks at the tables as a whole. It runs each command in one transaction:
// look at what stands, ask the rules of package chat, write. The database itself
// numbers what is written (see migrations), so there is no second way to write to
// a room's log.
//
// Rules of the SQL, so that one text serves more than one database:
// placeholders are $1…$n; times are milliseconds as integers and come from the
// database where they stand in a log; no function of one engine; one list of
// columns and one scan function per type. A statement stands in the function
// that uses it.
//
// The package publishes nothing. It only calls the hint that Watch was given.
package store
