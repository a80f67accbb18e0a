package database

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"maru/internal/chat"
)

// maxGroup is how many commands share one commit at most, so that the first of
// them does not wait long for the last.
const maxGroup = 256

// writer is the one of this node that writes. Commands that wait at the same
// moment share a transaction and so one sync of the disk: that is what makes
// durable posts cheap. None is answered before the commit that holds it.
type writer struct {
	jobs chan *job
	conn *conn
	db   *Database
	done chan struct{}

	// stuck is what another program kept locked for too long, and until when
	// nobody waits for it again, so that it holds up nothing else.
	stuck map[string]time.Time

	mu     sync.RWMutex // guards closed against the closing of jobs
	closed bool
}

type job struct {
	ctx   context.Context
	fn    func(*Tx) error
	locks string // what fn locks, as Lock's argument; "" where that is nothing, or rare
	one   bool   // fn writes in its last statement: where it fails, nothing is left
	err   error
	done  chan struct{}
}

func newWriter(c *conn, d *Database) *writer {
	w := &writer{jobs: make(chan *job, 4*maxGroup), conn: c, db: d, done: make(chan struct{}), stuck: map[string]time.Time{}}
	go w.run()
	return w
}

// do hands a job to the writer and waits. Where its ctx ends first, the outcome
// is unknown to the caller: it may still be committed.
func (w *writer) do(j *job) error {
	ctx, cancel := w.db.limited(j.ctx)
	defer cancel()
	j.ctx, j.done = ctx, make(chan struct{})
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
		return w.db.explain(ctx.Err())
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return w.db.explain(ctx.Err()) // it may still be committed
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
	if !w.db.traits().alone {
		slices.SortStableFunc(group, func(a, b *job) int { return strings.Compare(a.locks, b.locks) })
	}
	err := w.try(group)
	for _, j := range group {
		if err != nil {
			j.err = w.db.explain(err)
		}
		close(j.done)
	}
	if err == nil {
		w.db.stats.commits.Add(1)
		w.db.stats.commands.Add(int64(len(group)))
		w.db.committed()
	}
}

// tries is how often a transaction is tried that others got in the way of.
const tries = 8

// try runs a group, again where the database asks for it. It first hopes that
// no command fails in the database, and takes care of each where one does.
func (w *writer) try(group []*job) (err error) {
	careful := !w.db.traits().spoils
	ctx := context.Background()
	if group[0].ctx.Value(long{}) != nil {
		ctx = group[0].ctx
	}
	ctx, cancel := w.db.limited(ctx)
	defer cancel()
	for n := range tries {
		if n > 0 {
			time.Sleep(rand.N(time.Duration(n) * 5 * time.Millisecond))
		}
		spoilt := false
		err = w.db.run(ctx, w.conn, func(t *Tx) error {
			if !w.db.traits().alone {
				t.locks, t.stuck = map[string]bool{}, w.stuck
			}
			spoilt, err = w.transact(t, group, careful)
			return err
		})
		switch {
		case spoilt:
			careful = true
		case err == nil, errors.Is(err, errUnknown), errors.Is(err, errConnect), ctx.Err() != nil:
			return err
		case w.db.fix(err) != again && !w.conn.lost():
			return err
		}
	}
	return err
}

// errUnknown is for a commit that was sent and not answered: nobody knows
// whether it is stored. Who posted with a nonce asks again.
var errUnknown = errors.New("the commit was not answered")

// transact returns an error where the whole group failed, and whether that was
// one command's fault. A command that fails by itself keeps its own error and
// leaves nothing behind.
func (w *writer) transact(t *Tx, group []*job, careful bool) (spoilt bool, err error) {
	if _, err := t.Exec(w.db.begin(true)); err != nil {
		return false, fmt.Errorf("beginning to write: %w", err)
	}
	for _, j := range group {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		if spoilt, err := w.runOne(t, j, careful); err != nil {
			t.Exec(`ROLLBACK`) // the database may have done it itself already
			return spoilt, err
		}
	}
	if _, err := t.Exec(`COMMIT`); err != nil {
		if w.conn.lost() {
			return false, errors.Join(errUnknown, err)
		}
		t.Exec(`ROLLBACK`)
		return false, fmt.Errorf("committing: %w", err)
	}
	return false, nil
}

// runOne runs one command. It returns an error where the transaction as a
// whole can't go on, and whether it could where it is run with more care.
func (w *writer) runOne(t *Tx, j *job, careful bool) (spoilt bool, err error) {
	fn, spoils := j.fn, w.db.traits().spoils
	protected := !j.one || careful && spoils
	if protected {
		fn = func(t *Tx) error { return t.AllOrNothing(func() error { return j.fn(t) }) }
	}
	j.err = guarded(fn, t)
	if j.err == nil {
		return false, nil
	}
	if _, refused := errors.AsType[*chat.Error](j.err); !refused {
		switch fix := w.db.fix(j.err); {
		case fix == again, fix == end:
			return false, j.err
		case fix == back && !protected:
			return true, j.err
		}
	}
	j.err = w.db.explain(j.err)
	return false, nil
}

// AllOrNothing runs fn so that nothing of it is left where it fails, though the
// transaction goes on.
func (t *Tx) AllOrNothing(fn func() error) error {
	if _, err := t.Exec(`SAVEPOINT command`); err != nil {
		return err
	}
	failure := guarded(func(*Tx) error { return fn() }, t)
	if failure != nil {
		if _, err := t.Exec(`ROLLBACK TO SAVEPOINT command`); err != nil {
			return errors.Join(err, failure)
		}
	}
	if _, err := t.Exec(`RELEASE SAVEPOINT command`); err != nil {
		return errors.Join(err, failure)
	}
	return failure
}

// guarded keeps a fault in one command from taking the server with it.
func guarded(fn func(*Tx) error, t *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a command panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(t)
}
