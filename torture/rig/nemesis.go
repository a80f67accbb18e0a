package rig

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"maru/torture/history"
	"maru/torture/postgres"
	"maru/torture/proxy"
	"maru/torture/server"
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

// act is one thing that is done to the nodes or to their database.
type act func(context.Context, *dice) error

// plan is so many of each act, in an order by chance.
func plan(rng *dice, many map[string]int, acts map[string]act) []act {
	var all []act
	for _, name := range slices.Sorted(maps.Keys(many)) {
		for range many[name] {
			all = append(all, acts[name])
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// harassAll harasses the nodes, their database and what is between them, each
// without regard for the others. What it returns waits until all is done.
func (w *world) harassAll(ctx context.Context) func() error {
	f := w.form
	plans := []map[string]int{{"kill": f.Kills, "stop": f.Stops, "pause": f.Pauses}}
	if w.cluster != nil {
		plans = append(plans,
			map[string]int{"fast": f.Restarts - f.Restarts/2, "immediate": f.Restarts / 2, "deafen": f.Deafs, "end": f.Ends},
			map[string]int{"partition": f.Partitions})
	}
	acts := map[string]act{
		"kill": w.kill, "stop": w.stop, "pause": w.pause,
		"fast": w.restart(postgres.Fast), "immediate": w.restart(postgres.Immediate),
		"deafen": w.deafen, "end": w.end, "partition": w.partition,
	}
	var running sync.WaitGroup
	failed := make([]error, len(plans))
	for i, many := range plans {
		rng := w.dice()
		running.Go(func() { failed[i] = w.harass(ctx, rng, plan(rng, many, acts)) })
	}
	return func() error {
		running.Wait()
		return errors.Join(failed...)
	}
}

// harass does what is planned, spread over the time that there is. It leaves
// everything running.
func (w *world) harass(ctx context.Context, rng *dice, plan []act) error {
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

// done notes what was done to a node, or to the database of all.
func (w *world) done(to, node string) {
	w.log.Add(history.Record{Kind: history.Server, Name: to, ID: node})
}

// bereave notes for whom the end of a node is a fault.
func (w *world) bereave(node *server.Server) {
	for i, reader := range w.readers {
		if p := w.proxies[i]; p.LeadsTo(node.Addr()) || p.LeadsTo(node.Door()) {
			w.log.Add(history.Record{Kind: history.Server, Name: "lost", ID: node.Name, Client: reader.Name})
		}
	}
}

// node chooses one. It seldom chooses one that can't reach the database: that
// could not start again.
func (w *world) node(rng *dice) *server.Server {
	i := rng.IntN(len(w.nodes))
	if cut := int(w.cutOff.Load()) - 1; i == cut && rng.IntN(4) > 0 {
		i = (i + 1) % len(w.nodes)
	}
	return w.nodes[i]
}

func (w *world) kill(_ context.Context, rng *dice) error {
	node := w.node(rng)
	w.bereave(node)
	w.done("kill", node.Name)
	if err := node.Kill(); err != nil {
		return err
	}
	return w.up(rng, node)
}

func (w *world) stop(_ context.Context, rng *dice) error {
	node := w.node(rng)
	w.bereave(node)
	w.done("stop", node.Name)
	if err := node.Stop(); err != nil {
		return err
	}
	return w.up(rng, node)
}

// up starts a node again, also where the run is about to end.
func (w *world) up(rng *dice, node *server.Server) error {
	time.Sleep(rng.upTo(300 * time.Millisecond))
	if err := node.Start(context.Background()); err != nil {
		return err
	}
	w.done("up", node.Name)
	return nil
}

func (w *world) pause(_ context.Context, rng *dice) error {
	node := w.node(rng)
	w.done("pause", node.Name)
	if err := node.Pause(); err != nil {
		return err
	}
	time.Sleep(time.Second + rng.upTo(2*time.Second))
	w.done("continue", node.Name)
	return node.Continue()
}
