package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"maru/internal/chat"
)

// maxGroup is how many commands share one commit at most, so that the first of
// them does not wait long for the last.
const maxGroup = 256

// writer is the one that writes. Commands that wait at the same moment share a
// transaction and so one sync of the disk: that is what makes durable posts
// cheap. None is answered before the commit that holds it.
type writer struct {
	jobs  chan *job
	conn  *conn
	store *Store
	done  chan struct{}

	mu     sync.RWMutex // guards closed against the closing of jobs
	closed bool
}

type job struct {
	ctx   context.Context
	fn    func(*tx) error
	alone bool // fn writes in one statement: where it fails, nothing is left
	err   error
	done  chan struct{}
}

func newWriter(c *conn, s *Store) *writer {
	w := &writer{jobs: make(chan *job, 4*maxGroup), conn: c, store: s, done: make(chan struct{})}
	go w.run()
	return w
}

// do hands a job to the writer and waits. Where its ctx ends first, the outcome
// is unknown to the caller: it may still be committed.
func (w *writer) do(j *job) error {
	ctx := j.ctx
	j.done = make(chan struct{})
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return chat.Refuse(chat.Busy, "stopping")
	}
	select {
	case w.jobs <- j:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close finishes the commands that wait and ends the writer.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	defer w.conn.close()
	for first := range w.jobs {
		w.commit(w.gather([]*job{first}))
	}
}

// gather takes the commands that wait. Those who were answered a moment ago are
// about to send the next: it lets them run before it looks, as long as that
// brings more, because what comes later waits for a sync of the disk.
func (w *writer) gather(group []*job) []*job {
	for before := 0; before < len(group); {
		before = len(group)
		runtime.Gosched()
		for len(group) < maxGroup && len(w.jobs) > 0 {
			if j, ok := <-w.jobs; ok {
				group = append(group, j)
			}
		}
	}
	return group
}

// commit runs a group in one transaction and answers all of it.
func (w *writer) commit(group []*job) {
	err := w.transact(group)
	for _, j := range group {
		if err != nil {
			j.err = explain(err)
		}
		close(j.done)
	}
	if err == nil {
		w.store.committed()
	}
}

// transact returns an error only where the whole group failed. A command that
// fails by itself keeps its own error and leaves nothing behind.
func (w *writer) transact(group []*job) error {
	t := &tx{conn: w.conn, now: w.store.clock()}
	if _, err := t.exec(`BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	for _, j := range group {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if err := w.runOne(t, j); err != nil {
			t.exec(`ROLLBACK`) // the database may have done it itself already
			return err
		}
	}
	if _, err := t.exec(`COMMIT`); err != nil {
		t.exec(`ROLLBACK`)
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// runOne runs one command. It returns an error where the transaction as a
// whole can't go on.
func (w *writer) runOne(t *tx, j *job) error {
	fn := j.fn
	if !j.alone {
		fn = func(t *tx) error { return t.allOrNothing(j.fn) }
	}
	j.err = guarded(fn, t)
	if _, refused := errors.AsType[*chat.Error](j.err); j.err != nil && !refused && breaksTransaction(j.err) {
		return j.err
	}
	j.err = explain(j.err)
	return nil
}

// allOrNothing runs fn so that nothing of it is left where it fails, though the
// transaction goes on.
func (t *tx) allOrNothing(fn func(*tx) error) error {
	if _, err := t.exec(`SAVEPOINT command`); err != nil {
		return err
	}
	failure := guarded(fn, t)
	if failure != nil {
		if _, err := t.exec(`ROLLBACK TO command`); err != nil {
			return errors.Join(err, failure)
		}
	}
	if _, err := t.exec(`RELEASE command`); err != nil {
		return errors.Join(err, failure)
	}
	return failure
}

// guarded keeps a fault in one command from taking the server with it.
func guarded(fn func(*tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a command panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(t)
}
