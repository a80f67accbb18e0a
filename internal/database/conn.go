package database

import (
	"context"
	"errors"
	"strings"
)

// statement is one statement of a transaction, and what came of it.
type statement struct {
	query   string
	args    []any
	scan    func(Scanner) error // called for each row; nil: the rows don't matter
	first   bool                // the first row is enough
	last    bool                // its command has nothing to ask behind it
	key     string              // of what it locks
	sent    bool
	changed int64 // how many rows it changed, where scan is nil
	err     error
}

// errNotRun is of a statement behind one that failed.
var errNotRun = errors.New("a statement before this one failed")

// conn is one connection to the database. It belongs to one goroutine at a time.
type conn struct{ wire }

// wire is how an engine talks over a connection.
type wire interface {
	// run runs statements in their order and gives each its error, up to the first
	// that fails. It returns that error.
	run(ctx context.Context, list []*statement) error
	// lost reports whether the connection can't be used any more.
	lost() bool
	// renew connects again where the connection was lost. Its errors are errConnect.
	renew(ctx context.Context) error
	close()
}

// errConnect marks an error of connecting.
var errConnect = errors.New("connecting to the database")

func (c *conn) do(ctx context.Context, list ...*statement) error {
	for _, st := range list {
		st.sent, st.err = true, errNotRun
	}
	return c.run(ctx, list)
}

// short cuts a statement for an error's text.
func short(query string) string {
	line := strings.Join(strings.Fields(query), " ")
	return line[:min(len(line), 60)]
}
