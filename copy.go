package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"maru/internal/store"
	"maru/internal/upkeep"
)

// copyAll copies a database to another of either kind. The server that uses the
// first must be stopped: what it wrote meanwhile would stay behind.
func copyAll(ctx context.Context, c config, out, logs io.Writer) error {
	if c.from == "" || c.to == "" {
		return errors.New("copy needs --from and --to: data folders, or URLs such as postgres://maru@db.example.com/maru")
	}
	if c.from == c.to {
		return errors.New("--from and --to are the same")
	}
	if err := there(c.from); err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	from, err := c.openPlace(ctx, c.from, logs)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer from.Close()
	to, err := c.openPlace(ctx, c.to, logs)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer to.Close()
	began, last := time.Now(), time.Now()
	err = upkeep.Copy(ctx, from.Database(), to.Database(), func(table string, rows int64, done bool) {
		if now := time.Now(); done || now.Sub(last) > time.Second {
			last = now
			fmt.Fprintf(out, "%-10s %d\n", table, rows)
		}
	})
	if err != nil {
		return err
	}
	a, err := upkeep.Verify(ctx, to.Database())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "copied in %v\n", time.Since(began).Round(time.Millisecond))
	return verdict(out, a.Faults, "The copy is whole.")
}

func (c *config) openPlace(ctx context.Context, place string, logs io.Writer) (*store.Store, error) {
	o := store.Options{Dir: place, Log: c.logger(logs)}
	if isURL(place) {
		o.Dir, o.URL = "", place
	}
	return store.Open(ctx, o)
}
