package store

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
)

//go:embed migrations
var migrations embed.FS

// File is the name of the database in the data folder.
const File = database.File

// Options say where the tables are and what the store may lean on.
type Options struct {
	Dir string           // the data folder; it is made where it is missing
	URL string           // of a PostgreSQL; empty: SQLite in the data folder
	Log *slog.Logger     // for what no caller can be told
	Now func() time.Time // the clock of sessions and links; nil is time.Now
}

// Store is the tables of one Maru. Its methods may be called from many
// goroutines.
type Store struct {
	db  *database.Database
	log *slog.Logger
	now func() time.Time
	// Whom the credentials stand for that were asked for.
	sessions, tokens, visitors database.Memory[string, bearer] // by hash, or by user
	heads                      database.Memory[asking, chat.Cursor]
}

// Open opens the tables and brings them up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, database.Options{Dir: o.Dir, URL: o.URL, Migrations: files, Log: o.Log})
	if err != nil {
		return nil, err
	}
	return &Store{db: db, log: o.Log, now: o.Now, heads: database.Memory[asking, chat.Cursor]{Logs: true}}, nil
}

// Close finishes what is being written and closes the tables.
func (s *Store) Close() error { return s.db.Close() }

// Watch calls hint after every commit, by this program or by any other, until
// ctx ends. It looks more often while awake answers true. A hint may come for
// nothing.
func (s *Store) Watch(ctx context.Context, awake func() bool, hint func(chat.Hint)) error {
	return s.db.Watch(ctx, awake, hint)
}

// Database is where the tables are.
func (s *Store) Database() *database.Database { return s.db }

// Stats returns what the database has counted since the start.
func (s *Store) Stats() database.Stats { return s.db.Stats() }

// Ping reports whether the tables can be read.
func (s *Store) Ping(ctx context.Context) error {
	return s.look(ctx, func(t *tx) error {
		_, err := t.Exists(`SELECT 1 FROM rooms`)
		return err
	})
}

func (s *Store) clock() chat.Time { return chat.At(s.now()) }
