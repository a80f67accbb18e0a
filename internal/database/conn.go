package database

import (
	"context"
	"database/sql"
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
type conn struct {
	pool *sql.DB
	sql  *sql.Conn
	wire wire
}

// wire is how an engine talks over its connections.
type wire interface {
	// do runs statements in their order and gives each its error, up to the first
	// that fails. It returns that error.
	do(ctx context.Context, c *sql.Conn, list []*statement) error
	// lost reports whether the connection can't be used any more. The pool
	// forgets it then.
	lost(c *sql.Conn) bool
	// forget lets go of what belongs to a connection.
	forget()
}

func newConn(ctx context.Context, pool *sql.DB, w wire) (*conn, error) {
	c := &conn{pool: pool, wire: w}
	return c, c.renew(ctx)
}

// close gives the connection back to its pool, which closes it in its turn.
func (c *conn) close() {
	c.wire.forget()
	if c.sql != nil {
		c.sql.Close()
		c.sql = nil
	}
}

// lost reports whether the connection can't be used any more.
func (c *conn) lost() bool { return c.sql == nil || c.wire.lost(c.sql) }

// renew connects again where the connection was lost.
func (c *conn) renew(ctx context.Context) error {
	if !c.lost() {
		return nil
	}
	c.close()
	var err error
	if c.sql, err = c.pool.Conn(ctx); err != nil {
		c.sql = nil
		return errors.Join(errConnect, err)
	}
	return nil
}

// errConnect marks an error of connecting.
var errConnect = errors.New("connecting to the database")

func (c *conn) do(ctx context.Context, list ...*statement) error {
	for _, st := range list {
		st.sent, st.err = true, errNotRun
	}
	return c.wire.do(ctx, c.sql, list)
}

// short cuts a statement for an error's text.
func short(query string) string {
	line := strings.Join(strings.Fields(query), " ")
	return line[:min(len(line), 60)]
}
