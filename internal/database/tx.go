package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"maru/internal/chat"
)

// Tx is one transaction: one snapshot to read, or one unit to write.
//
// Its statements can't be cancelled by whoever asked: that would cost a
// goroutine each, and they take less time than noticing.
type Tx struct {
	conn   *conn
	ctx    context.Context
	traits traits
	ahead  []*statement          // what goes to the database together with the next statement
	locks  *locks                // nil where nobody else writes at the same time
	yield  func(*statement) bool // hands a statement to a group that runs side by side
	ending *statement            // what ends the transaction, behind the last statement of a command
	hint   chat.Hint             // what the command at work changes
}

// do runs a statement behind those that are to go ahead of it.
func (t *Tx) do(st *statement) error {
	if t.yield != nil {
		if !t.yield(st) {
			st.err = errNotRun
		}
		return st.err
	}
	list := append(t.ahead, st)
	t.ahead = nil
	if st.last && t.ending != nil {
		list = append(list, t.ending)
	}
	err := t.conn.do(t.ctx, list...)
	t.locks.took(list)
	return err
}

// Touches says that the command changes these logs, and nothing else that
// anybody follows. A command that never says so may change anything.
func (t *Tx) Touches(these ...chat.Touch) {
	t.hint.All = false
	t.hint.Touches = append(t.hint.Touches, these...)
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	st := &statement{query: query, args: args}
	err := t.do(st)
	return st.changed, err
}

// Insert inserts rows that are written as a list of placeholders, with the ids
// that they have. It returns how many there were.
func (t *Tx) Insert(table, columns, rows string, args []any) (int64, error) {
	return t.Exec(`INSERT INTO `+table+` (`+columns+`) `+t.traits.ids+` VALUES `+rows, args...)
}

// Last is Row, as the last thing that a command asks.
func (t *Tx) Last(query string, args ...any) Scanner {
	return &row{t, statement{query: query, args: args, last: true}}
}

// Alone reports whether nobody else can write while the transaction that writes
// is open, so that what it has read is what stands.
func (t *Tx) Alone() bool { return t.traits.alone }

// Places writes n placeholders, from $first on, for a list in parentheses.
func Places(first, n int) string {
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

// Rows writes n rows of placeholders, each of a width and in parentheses, for
// VALUES.
func Rows(n, width int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("(" + Places(1+i*width, width) + ")")
	}
	return b.String()
}

// Scanner is one row.
type Scanner interface{ Scan(dest ...any) error }

// row is the first row of a query, which runs when it is scanned.
type row struct {
	tx *Tx
	statement
}

// Scan answers sql.ErrNoRows where there is no row.
func (r *row) Scan(dest ...any) error { return first(&r.statement, r.tx, dest) }

// first runs a statement and scans its first row.
func first(st *statement, t *Tx, dest []any) error {
	found := false
	st.first = true
	st.scan = func(row Scanner) error {
		found = true
		return row.Scan(dest...)
	}
	if err := t.do(st); err != nil {
		return err
	}
	if !found {
		return sql.ErrNoRows
	}
	return nil
}

// Row is a query for its first row, which runs when that is scanned. Scan answers
// sql.ErrNoRows where there is none.
func (t *Tx) Row(query string, args ...any) Scanner {
	return &row{t, statement{query: query, args: args}}
}

// NoRow reports whether an error says that a query found no row.
func NoRow(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Each runs a query and calls scan for each of its rows.
func (t *Tx) Each(scan func(Scanner) error, query string, args ...any) error {
	return t.do(&statement{query: query, args: args, scan: scan})
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

// Together runs each of fns, which only read. What they ask at one moment goes to
// the database together. It returns the first error of any.
func (t *Tx) Together(fns []func(*Tx) error) error {
	if !t.traits.together || t.yield != nil || len(fns) == 1 {
		for _, fn := range fns {
			if err := fn(t); err != nil {
				return err
			}
		}
		return nil
	}
	var failed error
	courses := make([]*course, len(fns))
	for i, fn := range fns {
		courses[i] = t.course(func(t *Tx) {
			if err := fn(t); err != nil && failed == nil {
				failed = err
			}
		})
	}
	err := t.sideBySide(courses, nil)
	return errors.Join(failed, err)
}

// AllOrNothing runs fn so that nothing of it is left where it fails, though the
// transaction goes on.
func (t *Tx) AllOrNothing(fn func() error) error {
	if t.yield != nil {
		return errAlone
	}
	ending, had := t.ending, t.locks.copy()
	t.ending = nil // fn's last statement is not the last
	defer func() { t.ending = ending }()
	if _, err := t.Exec(`SAVEPOINT command`); err != nil {
		return err
	}
	failure := guarded(func(*Tx) error { return fn() }, t)
	if failure != nil {
		if _, err := t.Exec(`ROLLBACK TO SAVEPOINT command`); err != nil {
			return errors.Join(failure, err) // the first is why the savepoint is gone
		}
		if t.locks != nil {
			t.locks.had = had // the database has let go of the others
		}
	}
	if _, err := t.Exec(`RELEASE SAVEPOINT command`); err != nil {
		return errors.Join(err, failure)
	}
	return failure
}

// Lock locks the rows that a query names, for the rest of the transaction, before
// the next statement looks at them: what is read behind it is what stands when
// the transaction is the only one that can change it. Where nobody else can
// write anyway, it does nothing. A statement with the same argument locks once.
func (t *Tx) Lock(query string, arg any) error {
	if t.locks == nil {
		return nil
	}
	key := fmt.Sprint(query, arg)
	if t.locks.had[key] {
		return nil
	}
	if until, stuck := t.locks.stuck[key]; stuck && time.Now().Before(until) {
		return errStuck
	}
	t.locks.had[key] = true
	st := &statement{query: query + ` FOR NO KEY UPDATE`, args: []any{arg}, key: key}
	if t.yield != nil {
		t.yield(st)
	} else {
		t.ahead = append(t.ahead, st)
	}
	return nil
}

// locks are what a transaction has locked, and what others keep locked for too
// long, and until when nobody waits for that.
type locks struct {
	had   map[string]bool
	stuck map[string]time.Time
}

func (l *locks) copy() map[string]bool {
	if l == nil {
		return nil
	}
	return maps.Clone(l.had)
}

// took takes note of what could not be locked.
func (l *locks) took(list []*statement) {
	for _, st := range list {
		switch {
		case st.key == "" || l == nil:
		case lockTimeout(st.err):
			l.stuck[st.key] = time.Now().Add(stuckTime)
			delete(l.had, st.key)
		default:
			delete(l.stuck, st.key)
		}
	}
}

// stuckTime is how long nobody waits for what another program keeps locked.
const stuckTime = time.Second

// errStuck is for what another program keeps locked.
var errStuck = chat.Refuse(chat.Busy, "database_busy").Later(stuckTime)
