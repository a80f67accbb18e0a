package database

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// aloneEvery is how often a node tries to be the one that does some work.
const aloneEvery = time.Second

// Alone runs fn while no other node runs one under this name, until ctx ends. The
// context of fn ends where the database may think that this node is gone; a moment
// may pass until fn has noticed, in which another node can have begun.
func (d *Database) Alone(ctx context.Context, name string, fn func(context.Context)) {
	for failing := false; ctx.Err() == nil; {
		err := d.alone(ctx, name, fn)
		if err != nil && ctx.Err() == nil && !failing {
			d.log.Warn("keeping the lock of work that one node does", "work", name, "error", err)
		}
		failing = err != nil
		wait(ctx, aloneEvery)
	}
}

// wait waits for a while, or until ctx ends.
func wait(ctx context.Context, while time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(while):
	}
}

// alone has nobody to wait for: there is one node.
func (e *sqliteEngine) alone(ctx context.Context, _ string, fn func(context.Context)) error {
	fn(ctx)
	return nil
}

// alone holds a lock of a connection of its own, for as long as that stands.
func (e *postgresEngine) alone(ctx context.Context, name string, fn func(context.Context)) error {
	c, err := pgx.ConnectConfig(ctx, e.config)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for mine := false; !mine; {
		// A schema may hold the tables of another Maru.
		err := c.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtextextended(current_schema() || '/' || $1, 0))`, name).Scan(&mine)
		if err != nil {
			return err
		}
		if !mine {
			wait(ctx, aloneEvery)
		}
	}
	held, release := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer release()
		fn(held)
	}()
	_, err = hear(held, c)
	if held.Err() != nil {
		err = nil
	}
	release()
	<-done
	return err
}
