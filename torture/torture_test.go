package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"maru/torture/postgres"
	"maru/torture/rig"
)

// TestShortForm is the whole rig at once. MARU_SEED replays the chance of an
// earlier run; what the machine does meanwhile can't be replayed.
func TestShortForm(t *testing.T) { playForm(t, rig.Short) }

// TestNodes is the same for several nodes on one PostgreSQL.
func TestNodes(t *testing.T) {
	if _, err := postgres.Programs(); err != nil && os.Getenv("MARU_TESTS") != "all" {
		t.Skip(err)
	}
	playForm(t, rig.NodesShort)
}

func playForm(t *testing.T, form rig.Form) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes most of a minute")
	}
	seed := uint64(20)
	if text := os.Getenv("MARU_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("MARU_SEED is %q: %v", text, err)
		}
	}
	var out strings.Builder
	err := play(context.Background(), form, seed, "", "", &out)
	t.Log(out.String())
	if err != nil {
		t.Fatalf("%v; again with MARU_SEED=%d", err, seed)
	}
}
