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
	events int64 // how many a batch is of at present; Run's alone
}

// New makes the index of the messages of a store.
func New(tables *store.Store, log *slog.Logger) *Index {
	return &Index{tables: tables, db: tables.Database(), log: log, hinted: make(chan struct{}, 1), events: maxEvents}
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
	shortWrite = 10 * time.Millisecond
	// While others write, the index takes a tenth of the time: it rests so many times
	// as long as a batch took, and at least so long that the next one is worth it.
	restTimes = 9
	restLeast = 250 * time.Millisecond
)

// CatchUp brings into the index, a batch at a time, what was committed before it
// was called. Who posts comes first: while others write, it rests behind each batch.
func (x *Index) CatchUp(ctx context.Context) error {
	for ctx.Err() == nil {
		began, before := time.Now(), x.db.Stats().Commands
		wrote, done, err := x.step(ctx)
		if done {
			return nil
		}
		others, limit := x.db.Stats().Commands > before+1, longWrite
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
			rest(ctx, max(restLeast, restTimes*time.Since(began)))
		}
	}
	return ctx.Err()
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

// step brings one batch into the index, or finds that there is nothing to bring.
// It returns how long the writing took.
func (x *Index) step(ctx context.Context) (wrote time.Duration, done bool, err error) {
	var b *batch
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
	if err != nil || len(b.stretches) == 0 {
		return 0, err == nil, err
	}
	began := time.Now()
	err = x.db.Write(ctx, "", b.write)
	return time.Since(began), false, err
}
