package rig

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"time"

	"maru/torture/client"
	"maru/torture/history"
)

// Run plays one run against a program and returns the path of its history. The
// server's log and tables stand beside it in dir, which must be empty. An error
// is one of the rig; what the program did wrong is for the checker to say.
func Run(ctx context.Context, program string, form Form, seed uint64, dir string) (path string, err error) {
	ctx, cancel := context.WithTimeout(ctx, form.Bound)
	defer cancel()
	log, err := history.Create(filepath.Join(dir, "history.jsonl"))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	w := &world{
		form: form, log: log, rng: rand.New(rand.NewPCG(seed, 0)),
		scene: &client.Scene{Log: log, Canaries: client.Canaries{}},
	}
	defer func() { err = errors.Join(err, w.close()) }()
	log.Add(history.Record{Kind: history.Run, Name: form.Name, ID: fmt.Sprint(seed)})
	if err := w.found(ctx, program, dir); err != nil {
		return log.Path(), err
	}
	if err := w.build(ctx); err != nil {
		return log.Path(), err
	}
	return log.Path(), w.play(ctx)
}

// play lets all parts of a run act, phase by phase.
func (w *world) play(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var readers sync.WaitGroup
	defer readers.Wait()
	defer stop()
	for _, r := range w.readers {
		readers.Go(func() { r.Run(ctx) })
	}
	w.connected(ctx)
	w.usage()
	posts, endPosts := context.WithCancel(ctx)
	defer endPosts()
	var writers sync.WaitGroup
	pace := w.form.Chaos * 3 / 5 * time.Duration(len(w.publishers)) / time.Duration(w.form.Acked)
	for _, p := range w.publishers {
		writers.Go(func() { p.Run(posts, pace) })
	}
	if err := w.chaos(ctx); err != nil {
		return err
	}
	w.phase(history.Calm)
	pause(ctx, w.form.Calm)
	if len(w.nodes) > 1 {
		if err := w.roll(ctx); err != nil {
			return err
		}
	}
	endPosts()
	writers.Wait()
	w.phase(history.Quiet)
	quiet, endQuiet := context.WithTimeout(ctx, w.form.Quiet)
	defer endQuiet()
	(&foreign{w: w, rng: w.dice(), count: 1_000_000}).run(quiet, 150*time.Millisecond)
	w.phase(history.Rest)
	if err := w.settle(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("the run does not end within %s: %w", w.form.Bound, err)
	}
	w.usage()
	stop()
	readers.Wait()
	return w.final(context.Background())
}

// connected waits until every reader is let in and has what there is.
func (w *world) connected(ctx context.Context) {
	for _, r := range w.readers {
		for r.Seq() == 0 && pause(ctx, 5*time.Millisecond) {
		}
	}
}

// chaos lets everything go wrong at once, until enough was posted and cut.
func (w *world) chaos(ctx context.Context) error {
	w.phase(history.Chaos)
	ctx, end := context.WithCancel(ctx)
	defer end()
	var others sync.WaitGroup
	harassed := w.harassAll(ctx)
	cuts := w.dice()
	others.Go(func() { w.cutter(ctx, cuts) })
	audits := w.dice()
	others.Go(func() { w.audit(ctx, audits) })
	stranger := &foreign{w: w, rng: w.dice()}
	others.Go(func() { stranger.run(ctx, 500*time.Millisecond) })
	for _, r := range w.rooms {
		if rng := w.dice(); len(r.wanderers) > 0 {
			others.Go(func() { w.wander(ctx, r, rng) })
		}
	}
	failed := harassed()
	for late := time.Now().Add(2 * w.form.Chaos); failed == nil && time.Now().Before(late); {
		if w.acked.Load() >= int64(w.form.Acked) && w.cuts.Load() >= int64(w.form.Cuts) || !pause(ctx, 10*time.Millisecond) {
			break
		}
	}
	end()
	others.Wait()
	return failed
}
