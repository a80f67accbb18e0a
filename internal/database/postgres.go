package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"maru/internal/chat"
)

const (
	// lockWait is how long a statement waits for what another program has locked.
	lockWait = 200 * time.Millisecond
	// answerWait is how long a transaction may take, so that a database that
	// can't be reached is noticed.
	answerWait = 5 * time.Second
	// connectWait is how long connecting may take, where the URL does not say.
	connectWait = 3 * time.Second
	// oldest is the first version of PostgreSQL that is supported.
	oldest = 150000
)

// postgresEngine is a PostgreSQL, which other nodes and other programs write to
// at the same time.
type postgresEngine struct {
	config *pgx.ConnConfig
	pool   *sql.DB
	log    *slog.Logger
	notes  notifier
	hear   atomic.Pointer[func(text string)] // what to call with a signal
}

func openPostgres(ctx context.Context, o Options) (engine, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the URL of the database: %w", err)
	}
	config.RuntimeParams["application_name"] = "maru"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWait
	}
	// Of several addresses the one that can be written to.
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	files, err := fs.Sub(o.Migrations, "postgres")
	if err != nil {
		return nil, err
	}
	if err := migratePostgres(ctx, config, files, o.Log); err != nil {
		return nil, err
	}
	e := &postgresEngine{config: config, log: o.Log}
	e.pool = stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		// Maru announces its commits itself, behind them and together.
		_, err := c.Exec(ctx, fmt.Sprintf("SET maru.quiet = 'on'; SET lock_timeout = %d; SET idle_in_transaction_session_timeout = %d",
			lockWait.Milliseconds(), answerWait.Milliseconds()))
		return err
	}))
	e.pool.SetMaxOpenConns(e.traits().readers + 1)
	e.pool.SetMaxIdleConns(e.traits().readers + 1)
	e.notes.start(config, o.Log)
	return e, nil
}

// migratePostgres brings the tables up to date. Where several nodes start at
// once, one does it and the others wait.
func migratePostgres(ctx context.Context, config *pgx.ConnConfig, files fs.FS, log *slog.Logger) error {
	pool := stdlib.OpenDB(*config)
	defer pool.Close()
	var version int
	var sync, durable string
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('synchronous_commit')`).
		Scan(&version, &sync, &durable)
	switch {
	case err != nil:
		return fmt.Errorf("the database can't be reached: %s", strings.Join(strings.Fields(err.Error()), " ")) // of one line
	case version < oldest:
		return fmt.Errorf("the database is PostgreSQL %d; Maru needs %d or newer", version/10000, oldest/10000)
	case sync == "off" || durable == "off":
		log.Warn("the database acknowledges what may be lost with its power", "fsync", sync, "synchronous_commit", durable)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	return migrate(ctx, "the database", goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
}

func (e *postgresEngine) traits() traits {
	return traits{together: true, limit: answerWait, ids: `OVERRIDING SYSTEM VALUE`, readers: max(4, 2*runtime.NumCPU())}
}

func (e *postgresEngine) connect(ctx context.Context, _ bool) (*conn, error) {
	w := &postgresWire{pool: e.pool}
	return &conn{w}, w.renew(ctx)
}

// postgresWire sends statements together, so that they cost one round trip. The
// driver keeps what it has prepared.
type postgresWire struct {
	pool *sql.DB
	conn *sql.Conn // nil where there was none to be had
}

func (w *postgresWire) lost() bool {
	return w.conn == nil || w.conn.Raw(func(driverConn any) error {
		if driverConn.(*stdlib.Conn).Conn().IsClosed() {
			return driver.ErrBadConn // so that the pool forgets it
		}
		return nil
	}) != nil
}

func (w *postgresWire) renew(ctx context.Context) error {
	if !w.lost() {
		return nil
	}
	w.close()
	var err error
	if w.conn, err = w.pool.Conn(ctx); err != nil {
		w.conn = nil
		return errors.Join(errConnect, err)
	}
	return nil
}

// close gives the connection back to its pool, which closes it in its turn.
func (w *postgresWire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}

func (w *postgresWire) run(ctx context.Context, list []*statement) error {
	var failed error
	err := w.conn.Raw(func(driverConn any) error {
		var batch pgx.Batch
		for _, st := range list {
			batch.Queue(st.query, st.args...)
		}
		results := driverConn.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
		for _, st := range list {
			if st.err = take(results, st); st.err != nil {
				failed = st.err
				break
			}
		}
		if err := results.Close(); failed == nil {
			failed = err
		}
		return nil // what is wrong with a statement is nothing of the pool's
	})
	return errors.Join(failed, err)
}

// take takes what came of the next statement.
func take(results pgx.BatchResults, st *statement) error {
	if st.scan == nil {
		tag, err := results.Exec()
		if err != nil {
			return fmt.Errorf("running %q: %w", short(st.query), err)
		}
		st.changed = tag.RowsAffected()
		return nil
	}
	rows, err := results.Query()
	if err != nil {
		return fmt.Errorf("running %q: %w", short(st.query), err)
	}
	defer rows.Close()
	for more := true; more && rows.Next(); more = !st.first {
		if err := st.scan(rows); err != nil {
			return err
		}
	}
	rows.Close()
	return rows.Err()
}

func (e *postgresEngine) close() error {
	e.notes.stop()
	return e.pool.Close()
}

func (e *postgresEngine) begin(write bool) string {
	if write {
		return `BEGIN`
	}
	return `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`
}

// strangers are announced by the triggers of the tables.
func (e *postgresEngine) strangers(*Tx) (bool, error) { return false, nil }

func (e *postgresEngine) announce(h chat.Hint) { e.notes.announce(h) }

// watch listens for what is announced. It listens first and looks then, so that
// nothing falls between; while it can't listen, it looks often.
func (e *postgresEngine) watch(ctx context.Context, awake func() bool, hint func(chat.Hint)) error {
	const often = 75 * time.Millisecond
	for down := false; ctx.Err() == nil; {
		err := e.listen(ctx, hint)
		if ctx.Err() != nil {
			return nil
		}
		if !down {
			e.log.Warn("listening to the database", "error", err)
		}
		down = errors.Is(err, errConnect)
		if awake() {
			hint(chat.Everything)
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
		}
	}
	return nil
}

// listen calls hint for each announcement of others until the connection is lost.
func (e *postgresEngine) listen(ctx context.Context, hint func(chat.Hint)) error {
	c, err := pgx.ConnectConfig(ctx, e.config)
	if err != nil {
		return errors.Join(errConnect, err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, `LISTEN maru`); err != nil {
		return err
	}
	signalled, err := e.hearSignals(ctx, c)
	if err != nil {
		return err
	}
	hint(chat.Everything)
	for {
		note, err := hear(ctx, c)
		if err != nil {
			return err
		}
		if !signalled(note.Channel, note.Payload) {
			if node, h := parseNote(note.Payload); node != e.notes.node {
				hint(h)
			}
		}
	}
}

// hear waits for what is announced on a connection, or for its end. One that was
// lost without a word is noticed by asking.
func hear(ctx context.Context, c *pgx.Conn) (*pgconn.Notification, error) {
	for {
		quiet, cancel := context.WithTimeout(ctx, 10*time.Second)
		note, err := c.WaitForNotification(quiet)
		cancel()
		switch {
		case err == nil:
			return note, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case quiet.Err() == nil || c.IsClosed():
			return nil, err
		}
		asking, cancel := context.WithTimeout(ctx, answerWait)
		err = c.Ping(asking)
		cancel()
		if err != nil {
			return nil, err
		}
	}
}

// sqlState is PostgreSQL's code of an error, or "".
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// lockTimeout reports whether a lock was not had in time.
func lockTimeout(err error) bool { return sqlState(err) == "55P03" }

func (e *postgresEngine) fix(err error) fix {
	switch state := sqlState(err); {
	case errors.Is(err, errConnect):
		return end
	case state == "40001", state == "40P01": // not serializable; deadlock
		return again
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "57P"), state == "25006": // lost, or no longer the one to write to
		return end
	case state != "":
		return back
	}
	if _, refused := errors.AsType[*chat.Error](err); refused || !brokenLine(err) {
		return goOn
	}
	return end
}

// brokenLine reports whether an error is of the connection to the database.
func brokenLine(err error) bool {
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.Is(err, errConnect) || errors.Is(err, errUnknown) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &connecting) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF")
}

// explain leaves an error that already has a kind as it is.
func (e *postgresEngine) explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*chat.Error](err); ok {
		return err
	}
	switch state := sqlState(err); {
	case errors.Is(err, errConnect):
		return errors.Join(chat.Refuse(chat.Busy, "database_busy").Later(time.Second), err)
	case state == "53100":
		return errors.Join(chat.Refuse(chat.Full, "disk_full"), err)
	case state == "40001", state == "40P01", state == "55P03", state == "25006",
		strings.HasPrefix(state, "08"), strings.HasPrefix(state, "53"), strings.HasPrefix(state, "57P"),
		state == "" && brokenLine(err):
		return errors.Join(chat.Refuse(chat.Busy, "database_busy").Later(time.Second), err)
	}
	return err
}

// faults leaves the checks of its files to PostgreSQL's own tools.
func (e *postgresEngine) faults(*Tx) ([]string, error) { return nil, nil }

// unguarded puts the triggers to sleep; nobody else writes meanwhile, since that
// locks the tables. The counters of ids go on behind the highest.
func (e *postgresEngine) unguarded(t *Tx, tables []string, fn func() error) error {
	alter := func(table, to string) error {
		_, err := t.Exec(`ALTER TABLE ` + table + ` ` + to + ` TRIGGER USER`)
		return err
	}
	for _, table := range tables {
		if err := alter(table, "DISABLE"); err != nil {
			return err
		}
	}
	if err := fn(); err != nil {
		return err
	}
	for _, table := range tables {
		if err := alter(table, "ENABLE"); err != nil {
			return err
		}
		identity, err := t.Exists(`SELECT 1 FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES'`, table)
		if err != nil {
			return err
		}
		if identity {
			_, err := t.Exec(`SELECT setval(pg_get_serial_sequence('` + table + `', 'id'), coalesce(max(id), 0) + 1, false) FROM ` + table)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
