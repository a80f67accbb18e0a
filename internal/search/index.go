package search

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
	"maru/internal/store"
)

// Index is what is searched in. Its methods may be called from many goroutines.
type Index struct {
	tables *store.Store
	db     *database.Database
	log    *slog.Logger
	hinted chan struct{}

	// What follows is Run's alone.
	events   int64 // how many a batch is of at present
	commands int64 // how many were committed, its own included, when it was last asked who writes
}

// New makes the index of the messages of a store.
func New(tables *store.Store, log *slog.Logger) *Index {
	return &Index{
		tables: tables, db: tables.Database(), log: log, hinted: make(chan struct{}, 1),
		events: maxEvents, commands: tables.Database().Stats().Commands,
	}
}

// Hint tells the index that something may have been committed. It never waits.
func (x *Index) Hint(chat.Hint) {
	select {
	case x.hinted <- struct{}{}:
	default:
	}
}

const (
	// sweepEvery is how often the index looks at the logs without any hint.
	sweepEvery = time.Second
	// lookPause is the shortest time between two looks: what is posted in it shares
	// a batch.
	lookPause = 100 * time.Millisecond
)

// Run keeps the index where the logs are until ctx ends, while no other node does.
func (x *Index) Run(ctx context.Context) { x.db.Alone(ctx, "search", x.follow) }

// follow brings into the index what the logs have and it has not.
func (x *Index) follow(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	failing := false
	for ctx.Err() == nil {
		began := time.Now()
		err := x.CatchUp(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && failing:
			x.log.Info("following the logs for the search again")
		case err != nil && !failing:
			// The next look tries again; meanwhile the newest messages aren't found.
			x.log.Error("following the logs for the search", "error", err)
		}
		failing = err != nil
		rest(ctx, lookPause-time.Since(began))
		select {
		case <-ctx.Done():
		case <-x.hinted:
		case <-tick.C:
		}
	}
}

const (
	// A writing keeps posts waiting for longWrite at most, and while there are posts
	// for shortWrite: the next batch is made so large that it takes no longer.
	longWrite  = 200 * time.Millisecond
	shortWrite = 4 * time.Millisecond
	// While others write, the index takes a tenth of the time at most: it rests so
	// many times as long as it worked, behind the reading and behind the writing, so
	// that who waited for the one does not wait for the other. Behind the writing it
	// rests at least so long that the next batch is worth it.
	restTimes = 9
	restLeast = 100 * time.Millisecond
)

// CatchUp brings into the index, a batch at a time, what was committed before it
// was called. Who posts comes first.
func (x *Index) CatchUp(ctx context.Context) error {
	for ctx.Err() == nil {
		began, others := time.Now(), x.others()
		b, err := x.prepare(ctx)
		if err != nil || len(b.stretches) == 0 {
			return err
		}
		if others {
			rest(ctx, restTimes*time.Since(began))
		}
		wrote, err := x.write(ctx, b)
		limit := longWrite
		if others {
			limit = shortWrite
		}
		switch {
		case err != nil, wrote > limit:
			x.events = max(1, x.events/2)
		case wrote < limit/4:
			x.events = min(maxEvents, x.events*2)
		}
		if err != nil && !errors.Is(err, errOvertaken) {
			return err
		}
		if others {
			rest(ctx, max(restLeast, restTimes*wrote))
		}
	}
	return ctx.Err()
}

// others reports whether anybody but the index has written since it was last
// asked. While a batch is prepared is too short a time to tell: on one CPU nobody
// gets to write in it.
func (x *Index) others() bool {
	commands := x.db.Stats().Commands
	others := commands > x.commands
	x.commands = commands
	return others
}

// rest waits for a while, or until ctx ends.
func rest(ctx context.Context, while time.Duration) {
	if while <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(while):
	}
}

// prepare reads the next batch, in which there is nothing where the index is where
// the logs are.
func (x *Index) prepare(ctx context.Context) (b *batch, err error) {
	err = x.db.Read(ctx, func(t *database.Tx) (err error) {
		if b, err = readBatch(ctx, t, x.events); err != nil {
			return err
		}
		for len(b.changes) > maxChanges && x.events > 1 {
			x.events /= 2
			if b, err = readBatch(ctx, t, x.events); err != nil {
				return err
			}
		}
		return b.readBlocks(t)
	})
	return b, err
}

// write brings a batch into the index, and returns how long it kept others waiting.
func (x *Index) write(ctx context.Context, b *batch) (time.Duration, error) {
	var wrote time.Duration
	err := x.db.Write(ctx, "", func(t *database.Tx) error {
		began := time.Now() // before, the batch waited for others
		err := b.write(t)
		wrote = time.Since(began)
		return err
	})
	if err != nil {
		return 0, err // where ctx has ended, it may still be being written
	}
	x.commands++
	return wrote, nil
}
