// Package database runs transactions on the database that keeps Maru's tables:
// SQLite in the data folder, or a PostgreSQL that several nodes share. It knows
// no table. What differs between the two stands here, so that the SQL above
// it is one text: placeholders are $1…$n, and a statement uses nothing that only
// one of them has.
package database
