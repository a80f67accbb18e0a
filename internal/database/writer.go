package database

import (
	"context"
	"runtime"
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
	// others is set while commits of others have been seen and not been told.
	others bool

	mu     sync.RWMutex // guards closed against the closing of jobs
	closed bool
}

type job struct {
	ctx   context.Context
	fn    func(*Tx) error
	locks string // what fn locks, as Lock's argument; "" where that is nothing, or more than one thing
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

// commit runs a group and answers all of it. The commands of a transaction lock in
// the order of what they name, and one that does not say what it locks has a
// transaction of its own: so nobody waits for one another in a circle, and what
// is no post neither holds up posts nor takes them with it when it fails.
func (w *writer) commit(group []*job) {
	slices.SortStableFunc(group, func(a, b *job) int { return strings.Compare(a.locks, b.locks) })
	apart := 0
	for apart < len(group) && group[apart].locks == "" {
		apart++
	}
	if apart < len(group) {
		w.transaction(group[apart:])
	}
	for i := range apart {
		w.transaction(group[i : i+1])
	}
}

// transaction runs a group in one transaction.
func (w *writer) transaction(group []*job) {
	hint, err := w.try(group)
	w.db.moved(hint) // before anybody is told
	if err == nil {
		w.db.stats.commits.Add(1)
		w.db.stats.commands.Add(int64(len(group)))
	}
	for _, j := range group {
		if err != nil {
			j.err = w.db.explain(err)
		}
		close(j.done)
	}
	if err == nil {
		w.db.committed(hint)
	}
}
