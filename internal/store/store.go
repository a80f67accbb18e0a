package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"maru/internal/chat"
)

// Options say where the tables are and what the store may lean on.
type Options struct {
	Dir string           // the data folder; it is made where it is missing
	Log *slog.Logger     // for what no caller can be told
	Now func() time.Time // the clock of sessions and links; nil is time.Now
}

// Store is the tables of one Maru. Its methods may be called from many
// goroutines.
type Store struct {
	pools   []*sql.DB
	readers chan *conn // those that nobody is reading with
	writer  *writer
	log     *slog.Logger
	now     func() time.Time
	hint    atomic.Pointer[func()]
}

// Open opens the tables in the data folder and brings them up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{log: o.Log, now: o.Now}
	if err := s.openSQLite(ctx, o.Dir); err != nil {
		s.closePools()
		return nil, err
	}
	return s, nil
}

// Close finishes what is being written and closes the tables.
func (s *Store) Close() error {
	s.writer.close()
	for range cap(s.readers) {
		c := <-s.readers
		c.close()
	}
	return s.closePools()
}

func (s *Store) closePools() error {
	var first error
	for _, db := range s.pools {
		if err := db.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Ping reports whether the tables can be read.
func (s *Store) Ping(ctx context.Context) error {
	return s.look(ctx, func(t *tx) error {
		_, err := t.exists(`SELECT 1 FROM rooms`)
		return err
	})
}

// read runs fn on one snapshot of the tables.
func (s *Store) read(ctx context.Context, fn func(*tx) error) error {
	return s.look(ctx, func(t *tx) error {
		if _, err := t.exec(`BEGIN`); err != nil {
			return fmt.Errorf("beginning to read: %w", err)
		}
		defer t.exec(`ROLLBACK`) // there is nothing to commit
		return fn(t)
	})
}

// look is read for an fn of one statement, which is a snapshot by itself.
func (s *Store) look(ctx context.Context, fn func(*tx) error) error {
	var c *conn
	select {
	case c = <-s.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.readers <- c }()
	return explain(fn(&tx{conn: c, now: s.clock()}))
}

// write runs fn in a transaction and returns when it is on the disk, or when
// nothing of it is.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	return s.writer.do(&job{ctx: ctx, fn: fn})
}

// committed tells whoever watches that something may have changed.
func (s *Store) committed() {
	if hint := s.hint.Load(); hint != nil {
		(*hint)()
	}
}

func (s *Store) clock() chat.Time { return chat.At(s.now()) }
