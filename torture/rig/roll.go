package rig

import (
	"context"
	"time"

	"maru/torture/history"
)

// roll restarts one node after the other, as for a new version: each is stopped
// in order and started again, and the next one's turn comes when it is ready.
// Then it waits until all streams are back.
func (w *world) roll(ctx context.Context) error {
	w.phase(history.Roll)
	for _, node := range w.nodes {
		w.done("roll", node.Name)
		if err := node.Stop(); err != nil {
			return err
		}
		if err := node.Start(ctx); err != nil {
			return err
		}
		if err := node.Ready(ctx); err != nil {
			return err
		}
		w.done("rolled", node.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, backTime)
	defer cancel()
	out := w.outsiders()
	for _, reader := range w.readers {
		for reader.Via == history.Stream && !out[reader.Name] && !reader.Streaming() {
			if !pause(ctx, 10*time.Millisecond) {
				return nil // who does not come back is found by the checker
			}
		}
	}
	return nil
}

// backTime is how long the rig waits at most for those who are to come back.
const backTime = 15 * time.Second

// outsiders are the readers that may not read their rooms any more.
func (w *world) outsiders() map[string]bool {
	out := map[string]bool{}
	for _, r := range w.rooms {
		if n := len(r.wanderers); n > 0 {
			out[r.wanderers[n-1].Name] = true
		}
	}
	return out
}
