package store

import (
	"context"
	"database/sql"
	"errors"

	"maru/internal/chat"
	"maru/internal/database"
)

// tx is one transaction and the one moment that it happens at.
type tx struct {
	*database.Tx
	now chat.Time
}

// scanner is a row, or one of several.
type scanner = database.Scanner

// read runs fn on one snapshot of the tables. Where the connection is lost, fn is
// run again: it has to begin with what it fills in.
func (s *Store) read(ctx context.Context, fn func(*tx) error) error {
	return s.db.Read(ctx, func(t *database.Tx) error { return fn(&tx{t, s.clock()}) })
}

// look is read for an fn of one statement, which is a snapshot by itself.
func (s *Store) look(ctx context.Context, fn func(*tx) error) error {
	return s.db.Look(ctx, func(t *database.Tx) error { return fn(&tx{t, s.clock()}) })
}

// write runs fn in a transaction and returns when it is on the disk, or when
// nothing of it is. It may be run more than once.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	return s.writeIn(ctx, "", fn)
}

// writeIn is write for what is done in the room named slug.
func (s *Store) writeIn(ctx context.Context, slug string, fn func(*tx) error) error {
	return s.db.Write(ctx, slug, func(t *database.Tx) error { return fn(&tx{t, s.clock()}) })
}

// writeOne is writeIn for an fn that writes in its last statement alone: where
// that fails, there is nothing to take back.
func (s *Store) writeOne(ctx context.Context, slug string, fn func(*tx) error) error {
	return s.db.WriteOne(ctx, slug, func(t *database.Tx) error { return fn(&tx{t, s.clock()}) })
}

// together runs each of fns, which only read.
func (t *tx) together(fns ...func(*tx) error) error {
	plain := make([]func(*database.Tx) error, len(fns))
	for i, fn := range fns {
		plain[i] = func(d *database.Tx) error { return fn(&tx{d, t.now}) }
	}
	return t.Together(plain)
}

// missing turns "no row" into the refusal that it means to the caller.
func missing(err error, refusal error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return refusal
	}
	return err
}
