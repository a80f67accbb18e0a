package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // for goose
	"zombiezen.com/go/sqlite"

	"maru/internal/chat"
)

// File is the name of the database in the data folder.
const File = "maru.db"

// busyTimeout is how long a statement waits for another program's transaction.
const busyTimeout = 5 * time.Second

// sqliteEngine is a database in the data folder.
type sqliteEngine struct {
	path  string
	log   *slog.Logger
	seen  int64        // the version that the connection that writes saw last
	looks atomic.Int64 // how often it looked
}

func openSQLite(ctx context.Context, o Options) (engine, error) {
	if err := prepareDir(o.Dir); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(filepath.Join(o.Dir, File))
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(o.Migrations, "sqlite")
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{path: path, log: o.Log}
	if err := e.migrate(ctx, files); err != nil {
		return nil, err
	}
	return e, nil
}

// migrate brings the tables up to date, with a connection of the kind that the
// tool for it knows.
func (e *sqliteEngine) migrate(ctx context.Context, files fs.FS) error {
	query := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}}
	// The driver cuts the name at the first question mark, so it is escaped.
	name := (&url.URL{Path: e.path}).EscapedPath()
	pool, err := sql.Open("sqlite", "file:"+name+"?"+query.Encode())
	if err != nil {
		return fmt.Errorf("opening %s: %w", e.path, err)
	}
	pool.SetMaxOpenConns(1)
	return errors.Join(migrate(ctx, File, goose.DialectSQLite3, pool, files), pool.Close())
}

func (e *sqliteEngine) connect(_ context.Context, write bool) (*conn, error) {
	pragmas := []string{"journal_mode = WAL", "synchronous = FULL", "foreign_keys = 1"}
	if write {
		pragmas = append(pragmas, "secure_delete = 1") // what is deleted does not stay in the file
	} else {
		pragmas = append(pragmas, "query_only = 1")
	}
	return openWire(e.path, write, pragmas...)
}

func (e *sqliteEngine) traits() traits {
	return traits{alone: true, readers: max(4, 2*runtime.NumCPU())}
}

// close has nothing left to close: each connection was closed by who had it.
func (e *sqliteEngine) close() error { return nil }

func (e *sqliteEngine) begin(write bool) string {
	if write {
		return `BEGIN IMMEDIATE`
	}
	return `BEGIN`
}

// announce has nothing to tell: there is one node.
func (e *sqliteEngine) announce(chat.Hint) {}

// dataVersion asks for a number that moves when another connection commits than
// the one that is asked.
func dataVersion(t *Tx) (version int64, err error) {
	err = t.Row(`PRAGMA data_version`).Scan(&version)
	return version, err
}

// strangers asks the connection that writes, for which all commits but its own
// are others'.
func (e *sqliteEngine) strangers(t *Tx) (bool, error) {
	version, err := dataVersion(t)
	others := version != e.seen
	e.seen = version
	e.looks.Add(1)
	return others, err
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

// watch looks for commits every 10 ms while awake answers true, and four times a
// second otherwise. A commit that it sees may be our own, of which the writer has
// told already. Whether another program's came with it the writer finds out with
// its next transaction; where none has begun by the next look, the hint is for
// everything.
func (e *sqliteEngine) watch(ctx context.Context, awake func() bool, hint func(chat.Hint)) error {
	c, err := e.connect(ctx, false)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("opening the connection that watches: %w", err)
	}
	defer c.close()
	look := &Tx{conn: c, ctx: context.WithoutCancel(ctx)}
	const quick, slow = 10 * time.Millisecond, 250 * time.Millisecond
	tick := time.NewTicker(quick)
	defer tick.Stop()
	var seen, looks, doubted int64 = -1, -1, -1
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
		version, err := dataVersion(look)
		if err != nil {
			e.log.Error("watching the database", "error", err)
			hint(chat.Everything)
			continue
		}
		before := looks
		looks = e.looks.Load()
		switch moved := version != seen; {
		case moved && looks != before:
			doubted = looks
		case moved, doubted == looks:
			doubted = -1
			hint(chat.Everything)
		}
		seen = version
	}
}

func (e *sqliteEngine) fix(err error) fix {
	switch codeOf(err) {
	case sqlite.ResultOK: // an error of ours
		return goOn
	case sqlite.ResultConstraint, sqlite.ResultMismatch, sqlite.ResultTooBig, sqlite.ResultRange:
		return goOn
	}
	return end // SQLite may have rolled back, or can't be trusted to go on
}

// explain leaves an error that already has a kind as it is.
func (e *sqliteEngine) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*chat.Error](err); ok {
		return err
	}
	switch codeOf(err) {
	case sqlite.ResultFull:
		return errors.Join(chat.Refuse(chat.Full, "disk_full"), err)
	case sqlite.ResultBusy, sqlite.ResultLocked:
		return errors.Join(chat.Refuse(chat.Busy, "database_busy").Later(time.Second), err)
	case sqlite.ResultIOErr:
		if strings.Contains(err.Error(), "no space left") {
			return errors.Join(chat.Refuse(chat.Full, "disk_full"), err)
		}
	}
	return err
}

// faults lets SQLite check its own file.
func (e *sqliteEngine) faults(t *Tx) (faults []string, err error) {
	err = t.Each(func(row Scanner) error {
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

// unguarded drops the triggers and makes them again as they were; nobody else
// sees it, since all of it is one transaction.
func (e *sqliteEngine) unguarded(t *Tx, tables []string, fn func() error) error {
	made := map[string]string{}
	err := t.Each(func(row Scanner) error {
		var name, statement string
		err := row.Scan(&name, &statement)
		made[name] = statement
		return err
	}, `SELECT name, sql FROM sqlite_master WHERE type = 'trigger'`)
	for name := range made {
		if err == nil {
			_, err = t.Exec(`DROP TRIGGER "` + name + `"`)
		}
	}
	if err == nil {
		err = fn()
	}
	for _, statement := range made {
		if err == nil {
			_, err = t.Exec(statement)
		}
	}
	return err
}
