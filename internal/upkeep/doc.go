// Package upkeep is what is done with the tables as a whole: it checks them, copies
// them to another database, lets other programs write to them, and removes what
// rooms no longer keep.
package upkeep
