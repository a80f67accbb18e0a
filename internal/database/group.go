package database

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"maru/internal/chat"
)

// tries is how often a transaction is tried that others got in the way of.
const tries = 8

// try runs a group, again where the database asks for it, and returns what it
// has changed. It first hopes that no command fails in the database, and takes
// care of each where one does.
func (w *writer) try(group []*job) (hint chat.Hint, err error) {
	careful := false
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
		hint = chat.Hint{}
		err = w.db.run(ctx, w.conn, func(t *Tx) error {
			if !w.db.traits().alone {
				t.locks = &locks{had: map[string]bool{}, stuck: w.stuck}
			}
			return w.transact(t, group, careful, &hint)
		})
		switch {
		case errors.Is(err, errSpoilt):
			careful = true
		case err == nil, errors.Is(err, errUnknown), errors.Is(err, errConnect), ctx.Err() != nil:
			return hint, err
		case w.db.fix(err) != again && !w.conn.lost():
			return hint, err
		}
	}
	return hint, err
}

var (
	// errUnknown is for a commit that was sent and not answered: nobody knows
	// whether it is stored. Who posted with a nonce asks again.
	errUnknown = errors.New("the commit was not answered")
	// errSpoilt is of a transaction that one command's fault has spoilt: with care
	// the others can go on.
	errSpoilt = errors.New("a command spoilt the transaction")
	// errAlone is of a command that can't run side by side with others.
	errAlone = errors.New("the command has to run alone")
)

// transact runs a group in one transaction and adds to hint what it changes. It
// returns an error where the whole group failed. A command that fails by itself
// keeps its own error and leaves nothing behind.
func (w *writer) transact(t *Tx, group []*job, careful bool, hint *chat.Hint) error {
	t.ahead = []*statement{{query: w.db.begin(true)}}
	commit := &statement{query: `COMMIT`}
	others, err := w.db.strangers(t)
	w.others = w.others || others
	for len(group) > 0 && err == nil {
		n := w.together(group, careful)
		if n == len(group) && w.db.traits().together {
			t.ending = commit
		}
		if n > 1 {
			err = w.sideBySide(t, group[:n], hint)
		} else {
			err = w.alone(t, group[0], careful, hint)
		}
		group = group[n:]
	}
	if err == nil && !commit.sent {
		err = t.do(commit)
	}
	switch {
	case err == nil:
		hint.All = hint.All || w.others
		hint.Chain()
		w.others = false
		return nil
	case commit.sent && w.conn.lost():
		return errors.Join(errUnknown, err)
	}
	t.Exec(`ROLLBACK`) // the database may have done it itself already
	return err
}

// together returns how many of the first commands may run side by side: those
// that write in their last statement alone do not see what another has half done.
func (w *writer) together(group []*job, careful bool) int {
	n := 1
	for !careful && w.db.traits().together && n < len(group) && group[0].one && group[n].one {
		n++
	}
	return n
}

// alone runs one command. It returns an error where the transaction as a whole
// can't go on; that is errSpoilt where it could with care.
func (w *writer) alone(t *Tx, j *job, careful bool, hint *chat.Hint) error {
	if j.err = j.ctx.Err(); j.err != nil {
		return nil
	}
	t.hint = chat.Everything
	fn, protected := j.fn, !j.one || careful
	if protected {
		fn = func(t *Tx) error { return t.AllOrNothing(func() error { return j.fn(t) }) }
	}
	j.err = guarded(fn, t)
	return w.settle(j, t.hint, protected, hint)
}

// settle takes what came of a command: its hint, or its own error, or, where the
// transaction can't go on, an error of that.
func (w *writer) settle(j *job, changed chat.Hint, protected bool, hint *chat.Hint) error {
	if j.err == nil {
		hint.Add(changed)
		return nil
	}
	if _, refused := errors.AsType[*chat.Error](j.err); !refused {
		switch fix := w.db.fix(j.err); {
		case fix == again, fix == end:
			return j.err
		case fix == back && !protected:
			return errors.Join(errSpoilt, j.err)
		}
	}
	j.err = w.db.explain(j.err)
	return nil
}

// sideBySide runs commands that each write in their last statement alone, and
// then those that turn out to need more.
func (w *writer) sideBySide(t *Tx, group []*job, hint *chat.Hint) error {
	courses := make([]*course, 0, len(group))
	jobs := make([]*job, 0, len(group))
	var alone []*job
	for _, j := range group {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		jobs = append(jobs, j)
		courses = append(courses, t.course(func(t *Tx) {
			if j.err = guarded(j.fn, t); errors.Is(j.err, errAlone) {
				alone = append(alone, j)
			}
		}))
	}
	err := t.sideBySide(courses, func() bool { return len(alone) == 0 })
	if err != nil {
		if w.db.fix(err) == back {
			err = errors.Join(errSpoilt, err)
		}
		return err
	}
	for i, j := range jobs {
		if !errors.Is(j.err, errAlone) {
			if err := w.settle(j, courses[i].tx.hint, true, hint); err != nil {
				return err
			}
		}
	}
	t.ending = nil
	for _, j := range alone {
		if err := w.alone(t, j, false, hint); err != nil {
			return err
		}
	}
	return nil
}

// course is a part of a transaction that stops wherever it asks something, so
// that it can run side by side with others.
type course struct {
	tx   *Tx
	next func() (*statement, bool)
	stop func()
}

func (t *Tx) course(fn func(*Tx)) *course {
	c := &course{tx: &Tx{conn: t.conn, ctx: t.ctx, traits: t.traits, locks: t.locks, hint: chat.Everything}}
	c.next, c.stop = iter.Pull(func(yield func(*statement) bool) {
		c.tx.yield = yield
		fn(c.tx)
	})
	return c
}

// step lets a course run until it waits for an answer, and adds what it asks to
// a list. It is false where the course is through.
func (c *course) step(list []*statement) ([]*statement, bool) {
	for {
		st, ok := c.next()
		if !ok {
			return list, false
		}
		list = append(list, st)
		if st.key == "" { // nobody waits for a lock alone
			return list, true
		}
	}
}

// sideBySide runs courses to their ends. What they ask at one moment goes to the
// database together, in their order; and behind the last statements of all of them
// what ends the transaction, where that may be.
func (t *Tx) sideBySide(courses []*course, end func() bool) error {
	defer func() {
		for _, c := range courses {
			c.stop()
		}
	}()
	for waiting := slices.Clone(courses); ; {
		list := t.ahead
		t.ahead = nil
		last := true
		waiting = slices.DeleteFunc(waiting, func(c *course) bool {
			var waits bool
			if list, waits = c.step(list); waits {
				last = last && list[len(list)-1].last
			}
			return !waits
		})
		if len(waiting) == 0 {
			t.ahead = list
			return nil
		}
		if last && t.ending != nil && end() {
			list = append(list, t.ending)
		}
		err := t.conn.do(t.ctx, list...)
		t.locks.took(list)
		if err != nil {
			return err
		}
	}
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
