package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"maru/internal/chat"
)

// Tx is one transaction: one snapshot to read, or one unit to write.
//
// Its statements can't be cancelled by whoever asked: that would cost a
// goroutine each, and they take less time than noticing.
type Tx struct {
	conn  *conn
	ctx   context.Context
	ids   string
	locks map[string]bool      // what was locked, where others write at the same time; nil: they can't
	stuck map[string]time.Time // what others keep locked, and until when nobody waits for it
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	stmt, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, fmt.Errorf("running %q: %w", short(query), err)
	}
	return res.RowsAffected()
}

// Insert inserts rows that are written as a list of placeholders, with the ids
// that they have. It returns how many there were.
func (t *Tx) Insert(table, columns, rows string, args []any) (int64, error) {
	return t.Exec(`INSERT INTO `+table+` (`+columns+`) `+t.ids+` VALUES `+rows, args...)
}

// Scanner is what *sql.Row and *sql.Rows have in common.
type Scanner interface{ Scan(dest ...any) error }

// failed is the row of a statement that could not be prepared.
type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

// Row runs a query for its first row; Scan answers sql.ErrNoRows where there is none.
func (t *Tx) Row(query string, args ...any) Scanner {
	stmt, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return failed{err}
	}
	return stmt.QueryRowContext(t.ctx, args...)
}

// Each runs a query and calls scan for each of its rows.
func (t *Tx) Each(scan func(Scanner) error, query string, args ...any) error {
	stmt, err := t.conn.prepare(t.ctx, query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(t.ctx, args...)
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

// Exists reports whether a query has a row.
func (t *Tx) Exists(query string, args ...any) (bool, error) {
	var one int
	err := t.Row(query, args...).Scan(&one)
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

// Lock locks the rows that a query names, for the rest of the transaction, and
// is done before they are looked at: what is read behind it is what stands when
// the transaction is the only one that can change it. Where nobody else can
// write anyway, it does nothing. A statement with the same argument locks once.
func (t *Tx) Lock(query string, arg any) error {
	key := fmt.Sprint(query, arg)
	if t.locks == nil || t.locks[key] {
		return nil
	}
	if until, stuck := t.stuck[key]; stuck && time.Now().Before(until) {
		return errStuck
	}
	delete(t.stuck, key)
	err := t.Each(func(Scanner) error { return nil }, query+` FOR NO KEY UPDATE`, arg)
	switch {
	case err == nil:
		t.locks[key] = true
	case lockTimeout(err):
		t.stuck[key] = time.Now().Add(stuckTime)
	}
	return err
}

// stuckTime is how long nobody waits for what another program keeps locked.
const stuckTime = time.Second

// errStuck is for what another program keeps locked.
var errStuck = chat.Refuse(chat.Busy, "database_busy").Later(stuckTime)
