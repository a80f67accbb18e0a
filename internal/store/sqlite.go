package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"maru/internal/chat"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// File is the name of the database in the data folder.
const File = "maru.db"

// busyTimeout is how long a statement waits for another program's transaction.
const busyTimeout = 5 * time.Second

// openSQLite opens the database in dir: one connection that writes, and a pool
// of connections that can only read.
func (s *Store) openSQLite(ctx context.Context, dir string) error {
	if err := prepareDir(dir); err != nil {
		return err
	}
	path, err := filepath.Abs(filepath.Join(dir, File))
	if err != nil {
		return err
	}
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}
	writes, err := s.openPool(path, 1, pragmas...)
	if err != nil {
		return err
	}
	if err := migrate(ctx, writes); err != nil {
		return err
	}
	size := max(4, 2*runtime.NumCPU())
	reads, err := s.openPool(path, size+1, append(pragmas, "query_only(1)")...) // one more, to watch with
	if err != nil {
		return err
	}
	s.readers = make(chan *conn, size)
	for range size {
		c, err := newConn(ctx, reads)
		if err != nil {
			return fmt.Errorf("opening a connection that reads: %w", err)
		}
		s.readers <- c
	}
	c, err := newConn(ctx, writes)
	if err != nil {
		return fmt.Errorf("opening the connection that writes: %w", err)
	}
	s.writer = newWriter(c, s)
	return nil
}

// prepareDir makes the data folder, for its owner alone, and finds out now
// whether it can be written.
func prepareDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder %s can't be made: %w", dir, errors.Unwrap(err))
	}
	probe, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("the data folder %s can't be written: %w", dir, errors.Unwrap(err))
	}
	probe.Close()
	return os.Remove(probe.Name())
}

func (s *Store) openPool(path string, size int, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"_pragma": pragmas}
	// The driver cuts the name at the first question mark, so it is escaped.
	name := (&url.URL{Path: path}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+name+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	s.pools = append(s.pools, db)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// migrate brings the tables to the version that this program knows.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithTableName("schema_version"))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	known := provider.ListSources()
	newest := known[len(known)-1].Version
	if at, err := provider.GetDBVersion(ctx); err != nil {
		return fmt.Errorf("reading the version of %s: %w", File, err)
	} else if at > newest {
		return fmt.Errorf("%s is from a newer Maru: its version is %d, this program knows up to %d", File, at, newest)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing %s up to date: %w", File, err)
	}
	return nil
}

// Watch calls hint after every commit, by this program or by any other, until
// ctx ends. It looks for the others' commits every 10 ms while awake answers
// true, and four times a second otherwise. A hint may come for nothing.
func (s *Store) Watch(ctx context.Context, awake func() bool, hint func()) error {
	s.hint.Store(&hint)
	reads := s.pools[len(s.pools)-1]
	c, err := newConn(ctx, reads)
	if err != nil {
		return fmt.Errorf("opening the connection that watches: %w", err)
	}
	defer c.close()
	look := &tx{conn: c}
	const quick, slow = 10 * time.Millisecond, 250 * time.Millisecond
	tick := time.NewTicker(quick)
	defer tick.Stop()
	var seen int64 = -1
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if !awake() && now.Sub(last) < slow {
				continue
			}
			last = now
		}
		var version int64
		if err := look.row(`PRAGMA data_version`).Scan(&version); err != nil {
			s.log.Error("watching the database", "error", err)
			version = -1 // then look at everything
		}
		if version != seen || version == -1 {
			seen = version
			hint()
		}
	}
}

// code returns the extended result code of SQLite, or 0.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// breaksTransaction reports whether SQLite may have rolled back the whole
// transaction, or can't be trusted to go on with it.
func breaksTransaction(err error) bool {
	switch code(err) & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE:
		return false
	case 0:
		return false // an error of ours
	}
	return true
}

// explain gives an error of the database the kind that a caller can act on. An
// error that already has one stays as it is.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*chat.Error](err); ok {
		return err
	}
	switch full := code(err); full & 0xff {
	case sqlite3.SQLITE_FULL:
		return errors.Join(chat.Refuse(chat.Full, "disk_full"), err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return errors.Join(chat.Refuse(chat.Busy, "database_busy").Later(time.Second), err)
	case sqlite3.SQLITE_IOERR:
		if strings.Contains(err.Error(), "no space left") {
			return errors.Join(chat.Refuse(chat.Full, "disk_full"), err)
		}
	}
	return err
}

// fileFaults lets SQLite check its own file.
func (t *tx) fileFaults() (faults []string, err error) {
	err = t.each(func(row scanner) error {
		var says string
		if err := row.Scan(&says); err != nil {
			return err
		}
		if says != "ok" {
			faults = append(faults, "the file: "+says)
		}
		return nil
	}, `PRAGMA integrity_check(20)`)
	return faults, err
}
