// Package upkeep is what an operator does with the tables as a whole: it checks
// them, copies them to another database, and lets other programs write to them.
package upkeep
