package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"maru/internal/chat"
)

// conn is one connection to the database with the statements that it has
// prepared. It belongs to one goroutine at a time.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c, map[string]*sql.Stmt{}}, nil
}

// close gives the connection back to its pool, which closes it in its turn.
func (c *conn) close() {
	for _, stmt := range c.stmts {
		stmt.Close()
	}
	c.Conn.Close()
}

func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := c.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("preparing %q: %w", short(query), err)
	}
	c.stmts[query] = stmt
	return stmt, nil
}

// tx is one transaction: one snapshot to read, or one unit to write. It carries
// the one moment that it happens at.
//
// Its statements can't be cancelled: that would cost a goroutine each, and they
// take less time than noticing.
type tx struct {
	conn *conn
	now  chat.Time
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	stmt, err := t.conn.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, fmt.Errorf("running %q: %w", short(query), err)
	}
	return res.RowsAffected()
}

// scanner is what *sql.Row and *sql.Rows have in common.
type scanner interface{ Scan(dest ...any) error }

// failed is the row of a statement that could not be prepared.
type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

// row runs a query for its first row; Scan answers sql.ErrNoRows where there is none.
func (t *tx) row(query string, args ...any) scanner {
	stmt, err := t.conn.prepare(query)
	if err != nil {
		return failed{err}
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

// each runs a query and calls scan for each of its rows.
func (t *tx) each(scan func(scanner) error, query string, args ...any) error {
	stmt, err := t.conn.prepare(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	if err != nil {
		return fmt.Errorf("running %q: %w", short(query), err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// exists reports whether a query has a row.
func (t *tx) exists(query string, args ...any) (bool, error) {
	var one int
	err := t.row(query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// short cuts a statement for an error's text.
func short(query string) string {
	line := strings.Join(strings.Fields(query), " ")
	return line[:min(len(line), 60)]
}

// places writes n placeholders, from $first on, for a list in parentheses.
func places(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(first + i))
	}
	return b.String()
}

// missing turns "no row" into the refusal that it means to the caller.
func missing(err error, refusal error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return refusal
	}
	return err
}
