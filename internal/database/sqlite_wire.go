package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"
)

// sqliteWire runs statements one after the other: there is no way to go. It keeps
// those that it has prepared.
type sqliteWire struct {
	conn     *sqlite.Conn
	prepared map[string]*prepared
}

// prepared is a statement that can be run. SQLite counts parameters in the order
// in which they first stand in the text; order says which argument each of them is.
type prepared struct {
	*sqlite.Stmt
	order []int
}

// openWire opens the database at a path, to write or to read alone.
func openWire(path string, write bool, pragmas ...string) (*conn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	c.SetBusyTimeout(busyTimeout)
	w := &sqliteWire{conn: c, prepared: map[string]*prepared{}}
	for _, pragma := range pragmas {
		if err := w.one(&statement{query: `PRAGMA ` + pragma}); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	if write {
		if err := w.checkWritable(); err != nil {
			return nil, errors.Join(fmt.Errorf("the file %s can't be written: %w", path, err), c.Close())
		}
	}
	return &conn{w}, nil
}

// checkWritable finds out now whether the file can be written: SQLite opens what
// it can only read, and refuses each write. Where another program writes it can.
func (w *sqliteWire) checkWritable() error {
	w.conn.SetBusyTimeout(0)
	defer w.conn.SetBusyTimeout(busyTimeout)
	err := w.one(&statement{query: `DELETE FROM schema_version WHERE 0`})
	if codeOf(err) == sqlite.ResultReadOnly {
		return err
	}
	return nil
}

func (w *sqliteWire) lost() bool                  { return false }
func (w *sqliteWire) renew(context.Context) error { return nil }
func (w *sqliteWire) close()                      { w.conn.Close() }

func (w *sqliteWire) run(_ context.Context, list []*statement) error {
	for _, st := range list {
		if st.err = w.one(st); st.err != nil {
			return st.err
		}
	}
	return nil
}

func (w *sqliteWire) one(st *statement) error {
	p, err := w.prepare(st.query)
	if err != nil {
		return fmt.Errorf("preparing %q: %w", short(st.query), sqliteError{err})
	}
	if err := p.bind(st.args); err != nil {
		return fmt.Errorf("running %q: %w", short(st.query), err)
	}
	defer p.Reset() // its error is the one of the last step
	for {
		found, err := p.Step()
		switch {
		case err != nil:
			return fmt.Errorf("running %q: %w", short(st.query), sqliteError{err})
		case !found:
			st.changed = int64(w.conn.Changes())
			return nil
		case st.scan == nil:
			continue
		}
		if err := st.scan(sqliteRow{p.Stmt}); err != nil || st.first {
			return err
		}
	}
}

// sqliteError marks an error of SQLite.
type sqliteError struct{ error }

func (e sqliteError) Unwrap() error { return e.error }

// codeOf returns the result code of SQLite, without what extends it, or ResultOK
// where an error is not SQLite's.
func codeOf(err error) sqlite.ResultCode {
	e, ok := errors.AsType[sqliteError](err)
	if !ok {
		return sqlite.ResultOK
	}
	return sqlite.ErrCode(e.error).ToPrimary()
}

func (w *sqliteWire) prepare(query string) (*prepared, error) {
	if p, ok := w.prepared[query]; ok {
		return p, nil
	}
	stmt, err := w.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	p := &prepared{Stmt: stmt}
	for i := range stmt.BindParamCount() {
		n, err := strconv.Atoi(strings.TrimPrefix(stmt.BindParamName(i+1), "$"))
		if err != nil {
			return nil, err
		}
		p.order = append(p.order, n-1)
	}
	w.prepared[query] = p
	return p, nil
}

func (p *prepared) bind(args []any) error {
	for i, n := range p.order {
		if n >= len(args) {
			return fmt.Errorf("there is no argument $%d", n+1)
		}
		if err := p.bindOne(i+1, args[n]); err != nil {
			return fmt.Errorf("argument $%d: %w", n+1, err)
		}
	}
	return nil
}

func (p *prepared) bindOne(place int, arg any) error {
	switch v := arg.(type) {
	case nil:
		p.BindNull(place)
	case int64:
		p.BindInt64(place, v)
	case string:
		p.BindText(place, v)
	case bool:
		p.BindBool(place, v)
	case []byte:
		p.BindBytes(place, v)
	case float64:
		p.BindFloat(place, v)
	default: // a type of ours, or one that knows its own value
		plain, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return err
		}
		if reflect.TypeOf(plain) == reflect.TypeOf(arg) {
			return fmt.Errorf("%T can't be stored", arg)
		}
		return p.bindOne(place, plain)
	}
	return nil
}

// sqliteRow is the row that a statement stands at.
type sqliteRow struct{ stmt *sqlite.Stmt }

func (r sqliteRow) Scan(dest ...any) error {
	if n := r.stmt.ColumnCount(); n != len(dest) {
		return fmt.Errorf("%d columns for %d places", n, len(dest))
	}
	for i, to := range dest {
		if err := r.column(i, to); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

// column stores a column where to points. As in database/sql, NULL goes only
// where it has a place.
func (r sqliteRow) column(i int, to any) error {
	kind := r.stmt.ColumnType(i)
	switch to := to.(type) {
	case *int64:
		if kind == sqlite.TypeInteger {
			*to = r.stmt.ColumnInt64(i)
			return nil
		}
	case *string:
		if kind == sqlite.TypeText {
			*to = r.stmt.ColumnText(i)
			return nil
		}
	case sql.Scanner:
		return to.Scan(r.value(i, kind))
	}
	return assign(reflect.ValueOf(to).Elem(), r.value(i, kind))
}

// value is a column as a Go value.
func (r sqliteRow) value(i int, kind sqlite.ColumnType) any {
	switch kind {
	case sqlite.TypeInteger:
		return r.stmt.ColumnInt64(i)
	case sqlite.TypeFloat:
		return r.stmt.ColumnFloat(i)
	case sqlite.TypeText:
		return r.stmt.ColumnText(i)
	case sqlite.TypeBlob:
		b := make([]byte, r.stmt.ColumnLen(i))
		r.stmt.ColumnBytes(i, b)
		return b
	}
	return nil
}

// assign stores a value in a place of a kind that can hold it.
func assign(to reflect.Value, value any) error {
	switch to.Kind() {
	case reflect.Interface:
		to.Set(reflect.ValueOf(&value).Elem())
		return nil
	case reflect.Pointer: // it has a place for NULL
		to.SetZero()
		if value == nil {
			return nil
		}
		to.Set(reflect.New(to.Type().Elem()))
		return assign(to.Elem(), value)
	}
	fits := false
	switch v := value.(type) {
	case nil:
		if fits = to.Kind() == reflect.Slice; fits {
			to.SetZero()
		}
	case int64:
		switch {
		case to.CanInt() && !to.OverflowInt(v):
			fits = true
			to.SetInt(v)
		case to.CanUint() && v >= 0 && !to.OverflowUint(uint64(v)):
			fits = true
			to.SetUint(uint64(v))
		case to.Kind() == reflect.Bool && v&^1 == 0:
			fits = true
			to.SetBool(v == 1)
		}
	case string:
		if fits = to.Kind() == reflect.String; fits {
			to.SetString(v)
		}
	case []byte:
		if fits = to.Type() == reflect.TypeFor[[]byte](); fits {
			to.SetBytes(v)
		}
	case float64:
		if fits = to.CanFloat(); fits {
			to.SetFloat(v)
		}
	}
	if !fits {
		return fmt.Errorf("%T does not fit into %s", value, to.Type())
	}
	return nil
}
