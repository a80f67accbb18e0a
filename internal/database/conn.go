package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// conn is one connection to the database with the statements that it has
// prepared. It belongs to one goroutine at a time.
type conn struct {
	pool  *sql.DB
	alive func(driverConn any) bool // nil: a connection is never lost
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
}

func newConn(ctx context.Context, pool *sql.DB, alive func(any) bool) (*conn, error) {
	c := &conn{pool: pool, alive: alive}
	return c, c.renew(ctx)
}

// close gives the connection back to its pool, which closes it in its turn.
func (c *conn) close() {
	for _, stmt := range c.stmts {
		stmt.Close()
	}
	c.stmts = map[string]*sql.Stmt{}
	if c.sql != nil {
		c.sql.Close()
		c.sql = nil
	}
}

// lost reports whether the connection can't be used any more.
func (c *conn) lost() bool {
	if c.sql == nil {
		return true
	}
	if c.alive == nil {
		return false
	}
	alive := false
	err := c.sql.Raw(func(driverConn any) error {
		if alive = c.alive(driverConn); !alive {
			return driver.ErrBadConn // so that the pool forgets it
		}
		return nil
	})
	return err != nil || !alive
}

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

func (c *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := c.sql.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", short(query), err)
	}
	c.stmts[query] = stmt
	return stmt, nil
}
