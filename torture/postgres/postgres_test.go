package postgres

import (
	"context"
	"errors"
	"os"
	"testing"

	"maru/torture/netns"
)

// What was committed survives each way to stop, and nothing stays when it is
// closed.
func TestCluster(t *testing.T) {
	ctx := context.Background()
	space, err := netns.Here()
	if err != nil {
		t.Fatal(err)
	}
	defer space.Close()
	c, err := New(ctx, t.TempDir(), Place{Space: space})
	if errors.Is(err, ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(ctx, "CREATE TABLE kept AS SELECT 1 AS n"); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{Fast, Immediate} {
		if err := c.Stop(ctx, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Ask(ctx, "SELECT 1"); !InDoubt(err) {
			t.Errorf("stopped, it answers with %v", err)
		}
		if err := c.Start(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Ask(ctx, "SELECT n FROM kept"); n != "1" {
			t.Errorf("after %s: %q, %v", mode, n, err)
		}
	}
	if _, err := c.Ask(ctx, "SELECT nonsense"); err == nil || InDoubt(err) {
		t.Error(err)
	}
	if fsync, err := c.Ask(ctx, "SHOW fsync"); fsync != "on" {
		t.Error(fsync, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
