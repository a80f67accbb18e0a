package database_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"maru/internal/testdb"
)

// Of several nodes one works; when its connection ends, another begins, or it does
// again.
func TestAlone(t *testing.T) {
	s, db := testdb.NewPostgres(t)
	nodes := []func(context.Context, string, func(context.Context)){s.Database().Alone, db.Open().Database().Alone, db.Open().Database().Alone}
	ctx, stop := context.WithCancel(t.Context())
	var working, begun, elsewhere atomic.Int64
	var running sync.WaitGroup
	for _, alone := range nodes {
		running.Go(func() {
			alone(ctx, "some work", func(ctx context.Context) {
				working.Add(1) // for a moment it can be two
				begun.Add(1)
				<-ctx.Done()
				working.Add(-1)
			})
		})
	}
	running.Go(func() {
		s.Database().Alone(ctx, "other work", func(ctx context.Context) { elsewhere.Add(1); <-ctx.Done() })
	})
	wait := func(what string, so func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("still not so: " + what)
			}
		}
	}
	wait("one works, and one at something else", func() bool { return working.Load() == 1 && elsewhere.Load() == 1 })
	for n := range int64(2) {
		db.Must(`SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		wait("it was begun again", func() bool { return begun.Load() >= n+2 && working.Load() == 1 })
	}
	stop()
	running.Wait()
	if working.Load() != 0 {
		t.Error("somebody still works")
	}
}
