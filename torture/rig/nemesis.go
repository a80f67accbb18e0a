package rig

import (
	"context"
	"time"

	"maru/torture/history"
	"maru/torture/proxy"
)

// pause waits, and reports whether the run goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// overlap is the fault that is not the network's: a client that opens a new
// connection beside the old one.
const overlap = "overlap"

// cutter cuts connections, so many a second, until ctx ends.
func (w *world) cutter(ctx context.Context, rng *dice) {
	// Some wait for a place that does not come before the connection ends by
	// itself; so it does a few more than are asked for.
	gap := w.form.Chaos * 4 / 5 / time.Duration(w.form.Cuts)
	kinds := append([]proxy.Cut{overlap}, proxy.Cuts...)
	for pause(ctx, rng.upTo(2*gap)) {
		i := rng.IntN(len(w.readers))
		c := kinds[rng.IntN(len(kinds))]
		if rng.IntN(6) == 0 {
			i = len(w.readers) + rng.IntN(len(w.publishers))
			if c == overlap {
				c = proxy.LoseReply
			}
		}
		if c != overlap {
			w.proxies[i].Cut(c)
			continue
		}
		w.cuts.Add(1)
		w.log.Add(history.Record{Kind: history.Fault, Client: w.readers[i].Name, Name: overlap})
		w.readers[i].Nudge()
	}
}

// harass kills, stops and pauses the server, in an order by chance, spread over
// the time that there is. It always leaves the server running.
func (w *world) harass(ctx context.Context, rng *dice) error {
	var plan []func(context.Context, *dice) error
	for range w.form.Kills {
		plan = append(plan, w.kill)
	}
	for range w.form.Stops {
		plan = append(plan, w.stop)
	}
	for range w.form.Pauses {
		plan = append(plan, w.pause)
	}
	rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	slot := w.form.Chaos / time.Duration(len(plan)+1)
	began := time.Now()
	for i, act := range plan {
		at := slot*time.Duration(i) + rng.upTo(slot)
		if !pause(ctx, time.Until(began.Add(at))) {
			return nil
		}
		if err := act(ctx, rng); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) done(to string) {
	w.log.Add(history.Record{Kind: history.Server, Name: to})
}

func (w *world) kill(_ context.Context, rng *dice) error {
	w.done("kill")
	if err := w.server.Kill(); err != nil {
		return err
	}
	return w.up(rng)
}

func (w *world) stop(_ context.Context, rng *dice) error {
	w.done("stop")
	if err := w.server.Stop(); err != nil {
		return err
	}
	return w.up(rng)
}

// up starts the server again, also where the run is about to end.
func (w *world) up(rng *dice) error {
	time.Sleep(rng.upTo(300 * time.Millisecond))
	if err := w.server.Start(context.Background()); err != nil {
		return err
	}
	w.done("up")
	return nil
}

func (w *world) pause(_ context.Context, rng *dice) error {
	w.done("pause")
	if err := w.server.Pause(); err != nil {
		return err
	}
	time.Sleep(time.Second + rng.upTo(2*time.Second))
	w.done("continue")
	return w.server.Continue()
}
