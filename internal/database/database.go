package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"maru/internal/chat"
)

// Options say where the tables are.
type Options struct {
	Dir        string // the data folder, where URL is empty; it is made where it is missing
	URL        string // of a PostgreSQL
	Migrations fs.FS  // a folder of them for each engine: sqlite, postgres
	Log        *slog.Logger
}

// Database is an open database. Its methods may be called from many goroutines.
type Database struct {
	engine
	log     *slog.Logger
	readers chan *conn // those that nobody is reading with
	writer  *writer
	hint    atomic.Pointer[func(chat.Hint)]
	commits atomic.Int64 // that were seen, of this program and of others
	moves   atomic.Int64 // those among them that changed more than logs
	// recalled is set where something was remembered that hangs on logs.
	recalled atomic.Bool
	stats    struct{ commits, commands, waits, waited atomic.Int64 }
}

// Stats are counts since the start.
type Stats struct {
	Commits  int64         // transactions that were committed
	Commands int64         // what they held
	Waits    int64         // readings that had to wait for a connection
	Waited   time.Duration // how long, together
}

// Stats returns the counts.
func (d *Database) Stats() Stats {
	return Stats{d.stats.commits.Load(), d.stats.commands.Load(), d.stats.waits.Load(), time.Duration(d.stats.waited.Load())}
}

// engine is one kind of database.
type engine interface {
	// connect opens a connection, to write or only to read.
	connect(ctx context.Context, write bool) (*conn, error)
	// begin is the statement that begins a transaction.
	begin(write bool) string
	// fix reports what can be done about an error of a statement.
	fix(err error) fix
	// explain gives an error the kind that a caller can act on.
	explain(err error) error
	// strangers reports, at the beginning of a transaction that writes, whether
	// others have committed, unannounced, since the last that did.
	strangers(t *Tx) (bool, error)
	// announce tells other nodes, if there can be any, of a commit.
	announce(hint chat.Hint)
	// signal tells other nodes, if there can be any, what stands in no table.
	signal(ctx context.Context, texts []string)
	// onSignal has hear called with what a node tells.
	onSignal(hear func(text string))
	// watch calls hint after the commits of others.
	watch(ctx context.Context, awake func() bool, hint func(chat.Hint)) error
	// alone runs fn while no other node runs one under this name.
	alone(ctx context.Context, name string, fn func(context.Context)) error
	// faults lets the database check itself.
	faults(t *Tx) ([]string, error)
	// unguarded runs fn while the triggers of tables sleep.
	unguarded(t *Tx, tables []string, fn func() error) error
	// traits are what the writer has to know.
	traits() traits
	close() error
}

// fix is what can be done about an error of a statement.
type fix int

const (
	goOn  fix = iota // the transaction goes on; the statement changed nothing
	back             // to the last savepoint, then the transaction goes on
	again            // the whole transaction may be tried again
	end              // the transaction is lost
)

// traits are in what engines differ for a writer.
type traits struct {
	alone    bool          // nobody else writes while a transaction that writes is open
	together bool          // statements sent together cost one round trip, and one that fails spoils its transaction
	limit    time.Duration // how long a transaction may take; 0: as long as it does
	ids      string        // what lets an INSERT give ids that the database would give
	readers  int           // how many connections read
}

// Open opens a database and brings its tables up to date.
func Open(ctx context.Context, o Options) (*Database, error) {
	d := &Database{log: o.Log}
	var err error
	if o.URL == "" {
		d.engine, err = openSQLite(ctx, o)
	} else {
		d.engine, err = openPostgres(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.engine.close())
	}
	return d, nil
}

func (d *Database) start(ctx context.Context) (err error) {
	d.readers = make(chan *conn, d.traits().readers)
	defer func() {
		for err != nil && len(d.readers) > 0 {
			c := <-d.readers
			c.close()
		}
	}()
	for range cap(d.readers) {
		c, err := d.connect(ctx, false)
		if err != nil {
			return fmt.Errorf("opening a connection that reads: %w", err)
		}
		d.readers <- c
	}
	c, err := d.connect(ctx, true)
	if err != nil {
		return fmt.Errorf("opening the connection that writes: %w", err)
	}
	d.writer = newWriter(c, d)
	return nil
}

// Close finishes what is being written and closes the database.
func (d *Database) Close() error {
	d.writer.close()
	for range cap(d.readers) {
		c := <-d.readers
		c.close()
	}
	return d.engine.close()
}

// Read runs fn on one snapshot of the tables.
func (d *Database) Read(ctx context.Context, fn func(*Tx) error) error {
	return d.Look(ctx, func(t *Tx) error {
		t.ahead = []*statement{{query: d.begin(false)}}
		defer func() {
			if t.ahead == nil {
				t.Exec(`ROLLBACK`) // there is nothing to commit
			}
		}()
		return fn(t)
	})
}

// ReadLong is Read without a limit of time.
func (d *Database) ReadLong(ctx context.Context, fn func(*Tx) error) error {
	return d.Read(context.WithValue(ctx, long{}, true), fn)
}

// long marks the context of a transaction that may take long.
type long struct{}

// Look is Read for an fn of one statement, which is a snapshot by itself. Where
// a connection turns out to be lost, fn is run again on another.
func (d *Database) Look(ctx context.Context, fn func(*Tx) error) error {
	// One limit for the wait for a connection, for a new one and for the answer.
	ctx, cancel := d.limited(ctx)
	defer cancel()
	c, err := d.reader(ctx)
	if err != nil {
		return d.explain(err)
	}
	defer func() { d.readers <- c }()
	err = d.run(ctx, c, fn)
	if err != nil && c.lost() && ctx.Err() == nil {
		err = d.run(ctx, c, fn)
	}
	return d.explain(err)
}

// reader takes a connection that nobody is reading with.
func (d *Database) reader(ctx context.Context) (*conn, error) {
	select {
	case c := <-d.readers:
		return c, nil
	default:
	}
	began := time.Now()
	defer func() {
		d.stats.waits.Add(1)
		d.stats.waited.Add(int64(time.Since(began)))
	}()
	select {
	case c := <-d.readers:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// limited limits how long a transaction may take, unless it may take long.
func (d *Database) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := d.traits().limit
	if limit == 0 || ctx.Value(long{}) != nil {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// run runs fn on a connection, which is made anew where it was lost.
func (d *Database) run(ctx context.Context, c *conn, fn func(*Tx) error) error {
	if err := c.renew(ctx); err != nil {
		return err
	}
	t := &Tx{conn: c, ctx: context.WithoutCancel(ctx), traits: d.traits()}
	if until, limited := ctx.Deadline(); limited && d.traits().limit > 0 {
		var cancel context.CancelFunc
		t.ctx, cancel = context.WithDeadline(t.ctx, until)
		defer cancel()
	}
	return fn(t)
}

// Write runs fn in a transaction and returns when it is on the disk, or when
// nothing of it is. Where the transaction has to be tried again, fn is run again.
// Commands that share a transaction run in the order of what they lock, which is
// the same on every node: so none waits for another that waits for it.
func (d *Database) Write(ctx context.Context, locks string, fn func(*Tx) error) error {
	return d.writer.do(&job{ctx: ctx, fn: fn, locks: locks})
}

// WriteOne is Write for an fn that writes in its last statement alone: where it
// fails, there is nothing to take back.
func (d *Database) WriteOne(ctx context.Context, locks string, fn func(*Tx) error) error {
	return d.writer.do(&job{ctx: ctx, fn: fn, locks: locks, one: true})
}

// WriteLong is Write without a limit of time. Nothing else is written meanwhile.
func (d *Database) WriteLong(ctx context.Context, fn func(*Tx) error) error {
	return d.writer.do(&job{ctx: context.WithValue(ctx, long{}, true), fn: fn})
}

// Unguarded runs fn while the triggers of tables sleep, in a transaction that
// writes: what is inserted keeps its numbers.
func (d *Database) Unguarded(t *Tx, tables []string, fn func() error) error {
	return d.unguarded(t, tables, fn)
}

// Watch calls hint after every commit, by this program or by any other, until
// ctx ends. It looks more often while awake answers true. A hint may come for
// nothing, late, or, rarely, not at all.
func (d *Database) Watch(ctx context.Context, awake func() bool, hint func(chat.Hint)) error {
	d.hint.Store(&hint)
	var until time.Time
	wanted := func() bool {
		if d.recalled.Swap(false) {
			until = time.Now().Add(recallTime)
		}
		return awake() || time.Now().Before(until)
	}
	return d.watch(ctx, wanted, func(h chat.Hint) {
		d.moved(h)
		hint(h)
	})
}

// recallTime is how long the commits of others are looked for often after
// something was remembered that one of them may have changed: who asks from time to
// time is told as soon as who reads along.
const recallTime = time.Second

// moved counts commits; among them those that may have changed something beside
// the logs that they name.
func (d *Database) moved(h chat.Hint) {
	d.commits.Add(1)
	if h.All {
		d.moves.Add(1)
	}
}

// committed tells whoever watches, here and on other nodes, what may have changed.
func (d *Database) committed(h chat.Hint) {
	if !h.All && len(h.Touches) == 0 {
		return
	}
	if hint := d.hint.Load(); hint != nil {
		(*hint)(h)
	}
	d.announce(h)
}

// Shared reports whether other nodes can be at work on the same database.
func (d *Database) Shared() bool { return !d.traits().alone }

// Faults lets the database check itself and returns what it finds, in words.
func (d *Database) Faults(t *Tx) ([]string, error) { return d.faults(t) }

// migrate brings the tables to the version that this program knows.
func migrate(ctx context.Context, name string, dialect goose.Dialect, db *sql.DB, files fs.FS, more ...goose.ProviderOption) error {
	provider, err := goose.NewProvider(dialect, db, files, append(more, goose.WithTableName("schema_version"))...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	known := provider.ListSources()
	newest := known[len(known)-1].Version
	if at, err := provider.GetDBVersion(ctx); err != nil {
		return fmt.Errorf("reading the version of %s: %w", name, err)
	} else if at > newest {
		return fmt.Errorf("%s is from a newer Maru: its version is %d, this program knows up to %d", name, at, newest)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing %s up to date: %w", name, err)
	}
	return nil
}
