// Package testdb gives tests real databases: an empty one of each kind that the
// store runs on, opened by the store and by a stranger's own program.
package testdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
)

// DB is a database that a test may also reach past the store.
type DB struct {
	t    testing.TB
	Kind string // sqlite or postgres
	Dir  string // where its files are, of SQLite
	Path string // of the file itself
	URL  string // of PostgreSQL

	cluster *cluster
	name    string
}

// Each runs a test on an empty database of each kind.
func Each(t *testing.T, test func(t *testing.T, s *store.Store, db *DB)) {
	for kind, open := range map[string]func(testing.TB) (*store.Store, *DB){"sqlite": New, "postgres": NewPostgres} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, db := open(t)
			test(t, s, db)
		})
	}
}

// New opens an empty SQLite database that is closed when the test ends.
func New(t testing.TB) (*store.Store, *DB) {
	t.Helper()
	dir := t.TempDir()
	db := &DB{t: t, Kind: "sqlite", Dir: dir, Path: filepath.Join(dir, store.File)}
	return db.Open(), db
}

// NewPostgres opens an empty PostgreSQL database that is closed when the test
// ends. Where none is installed the test is skipped, unless MARU_TESTS=all.
func NewPostgres(t testing.TB) (*store.Store, *DB) {
	t.Helper()
	c, err := theCluster()
	if errors.Is(err, errNoPostgres) && os.Getenv("MARU_TESTS") != "all" {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	name := c.database(t)
	db := &DB{t: t, Kind: "postgres", URL: c.url(name), cluster: c, name: name}
	return db.Open(), db
}

// Open opens the database, as another node does where it is open already; it is
// closed when the test ends.
func (db *DB) Open() *store.Store {
	db.t.Helper()
	s, err := store.Open(context.Background(), store.Options{Dir: db.Dir, URL: db.URL, Log: Logger(db.t)})
	if err != nil {
		db.t.Fatal(err)
	}
	db.t.Cleanup(func() { s.Close() })
	return s
}

// Shell runs statements as a stranger does, with the database's own shell, and
// returns what it prints and whether it failed.
func (db *DB) Shell(statements string) (string, error) {
	cmd := db.Command()
	cmd.Stdin = strings.NewReader(statements)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Command is the database's own shell, not started yet. It reads statements from
// its input and stops at the first that fails.
func (db *DB) Command() *exec.Cmd {
	if db.cluster != nil {
		return db.cluster.command(db.name)
	}
	return exec.Command("sqlite3", "-batch", "-bail", "-cmd", ".timeout 20000", db.Path)
}

// Away takes a PostgreSQL database away from those who use it, and returns what
// gives it back.
func (db *DB) Away() (back func()) {
	db.t.Helper()
	as := func(statement string) {
		db.t.Helper()
		if out, err := db.cluster.psql("postgres", statement); err != nil {
			db.t.Fatal(out)
		}
	}
	as("ALTER DATABASE " + db.name + " ALLOW_CONNECTIONS false")
	as("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" + db.name + "'")
	return func() { as("ALTER DATABASE " + db.name + " ALLOW_CONNECTIONS true") }
}

// Must is Shell for statements that have to work.
func (db *DB) Must(statements string) string {
	db.t.Helper()
	out, err := db.Shell(statements)
	if err != nil {
		db.t.Fatalf("%s\n%s", statements, out)
	}
	return out
}

// Audit fails the test where a log is not whole: each number above the floor
// stands in exactly one of messages and changes.
func (db *DB) Audit() {
	db.t.Helper()
	if bad := db.Must(`
		SELECT id FROM rooms r WHERE head - floor <>
		  (SELECT count(*) FROM messages WHERE room_id = r.id AND seq > r.floor) +
		  (SELECT count(*) FROM changes WHERE room_id = r.id AND seq > r.floor)
		UNION ALL SELECT id FROM rooms r WHERE head > floor AND head_tag <> coalesce(
		  (SELECT tag FROM messages WHERE room_id = r.id AND seq = r.head),
		  (SELECT tag FROM changes WHERE room_id = r.id AND seq = r.head))
		UNION ALL SELECT id FROM messages WHERE seq IS NULL OR tag IS NULL OR (body IS NULL) <> (deleted_at IS NOT NULL);`); bad != "" {
		db.t.Fatalf("the log is not whole: %s", bad)
	}
	if db.Kind != "sqlite" {
		return
	}
	if says := db.Must(`PRAGMA integrity_check`); says != "ok" {
		db.t.Fatal(says)
	}
}

// User makes an account; the first one owns the server.
func User(t testing.TB, s *store.Store, name string) chat.Actor {
	t.Helper()
	u, err := s.CreateAccount(context.Background(), store.SignUp{Name: name, DisplayName: name, Open: true, AtHome: true})
	if err != nil {
		t.Fatal(err)
	}
	return chat.Actor{User: u}
}

// Logger writes to the test's log.
func Logger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(writer{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type writer struct{ t testing.TB }

func (w writer) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// Disarm takes the triggers from the tables, and returns what gives them back.
func (db *DB) Disarm() (rearm func()) {
	db.t.Helper()
	if db.Kind == "postgres" {
		set := func(to string) {
			for _, table := range []string{"rooms", "messages", "reactions", "changes", "members", "users"} {
				db.Must(`ALTER TABLE ` + table + ` ` + to + ` TRIGGER USER`)
			}
		}
		set("DISABLE")
		return func() { set("ENABLE") }
	}
	triggers := db.Must(`SELECT sql || ';' FROM sqlite_master WHERE type = 'trigger'`)
	for name := range strings.Lines(db.Must(`SELECT name FROM sqlite_master WHERE type = 'trigger'`)) {
		db.Must("DROP TRIGGER " + name)
	}
	return func() { db.Must(triggers) }
}

// LoseTail makes a room's log what it would be if the newest events had never
// been, as after a failover to a replica that did not have them. They have to be
// posts.
func (db *DB) LoseTail(room, after int64) {
	db.t.Helper()
	rearm := db.Disarm()
	db.Must(fmt.Sprintf(`BEGIN; DELETE FROM messages WHERE room_id = %[1]d AND seq > %[2]d;
		UPDATE rooms SET head = %[2]d, head_tag = coalesce((SELECT tag FROM messages WHERE room_id = %[1]d AND seq = %[2]d),
			(SELECT tag FROM changes WHERE room_id = %[1]d AND seq = %[2]d), 0) WHERE id = %[1]d; COMMIT`, room, after))
	rearm()
}
