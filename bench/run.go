package main

import (
	"fmt"
	"os"
	"time"
)

// demand is what is asked for a while.
type demand struct {
	rate  float64 // requests a second; 0: each caller asks as soon as it was answered
	lasts time.Duration
}

// outcome is what became of a demand.
type outcome struct {
	took    time.Duration // while there was demand
	answers int           // in that time
	seen    int           // deliveries in that time
	all     int           // deliveries until nothing came any more
	cpu     time.Duration // of the servers, until then
	tables  time.Duration // of their PostgreSQL
	each    hist          // from when a post was due until a reader had it
	room    hist          // … until all readers had it
	commit  hist          // from the answer to a post until all readers had it
	faults
}

// perSecond is how many of n there were in a second of the demand.
func (o *outcome) perSecond(n int) float64 { return float64(n) / o.took.Seconds() }

// apart is a time in microseconds for one of n; in seconds it is for a million.
func apart(t time.Duration, n int) float64 { return t.Seconds() * 1e6 / float64(max(1, n)) }

// patience is how long nothing may come until what is missing counts as lost.
const patience = 2 * time.Second

// run makes a demand and waits for all that comes of it. A request has the time
// at which it was due, so a server that is late can't hide it.
func (l *load) run(d demand) (outcome, error) {
	l.first += len(l.messages)
	l.messages, l.sent, l.answers, l.seen, l.faults, l.each = l.messages[:0], 0, 0, 0, 0, hist{}
	var o outcome
	cpu, tables, own, began := busy(l.pids...), l.tables(), busy(os.Getpid()), now()
	end := began + d.lasts
	act := func(t time.Duration) time.Duration { return l.demand(d, t, began, end) }
	if err := l.drive(end, act, func() bool { return false }); err != nil {
		return o, err
	}
	o.took, o.answers, o.seen = now()-began, l.answers, l.seen
	o.Full = (busy(os.Getpid()) - own).Seconds() > .95*o.took.Seconds()
	var err error
	if o.Late, err = l.settle(); err != nil {
		return o, err
	}
	o.all, o.each = l.seen, l.each
	o.cpu, o.tables = busy(l.pids...)-cpu, l.tables()-tables
	for _, m := range l.messages {
		if m.seen < m.of {
			o.Lost += m.of - m.seen
		} else if m.of > 0 {
			o.room.add(m.last - m.due)
			o.commit.add(m.last - m.answered)
		}
	}
	o.Lost = max(o.Lost, l.faults) // what was dropped is both: missing, and a hole
	return o, nil
}

// tables is how long their PostgreSQL has used the CPU.
func (l *load) tables() time.Duration {
	if l.database == 0 {
		return 0
	}
	return busy(children(l.database)...)
}

// demand gives callers what is due, and returns when there will be more.
func (l *load) demand(d demand, t, began, end time.Duration) time.Duration {
	if d.rate == 0 {
		for range l.idle {
			l.messages = append(l.messages, message{due: t})
		}
		l.give()
		return end
	}
	for {
		next := began + time.Duration(float64(len(l.messages))*float64(time.Second)/d.rate)
		if next > t || next >= end {
			l.give()
			return next
		}
		l.messages = append(l.messages, message{due: next})
	}
}

// give lets callers who have nothing to do ask for what is due.
func (l *load) give() {
	for len(l.idle) > 0 && l.failed == nil && l.sent < len(l.messages) {
		c := l.idle[0]
		l.idle = l.idle[1:]
		c.n = l.sent
		n := l.first + c.n
		l.messages[c.n].of = l.readers[n%l.rooms]
		l.sent++
		l.failed = c.wire.send(c.ask(n))
	}
}

// settle waits until all that was asked for has come, or nothing comes any more.
// It returns how many requests could not be sent even a while after they were
// due.
func (l *load) settle() (late int, err error) {
	began := now()
	got, since := -1, began
	act := func(t time.Duration) time.Duration {
		if all := l.answers + l.seen; all != got {
			got, since = all, t
		}
		if t-began < patience {
			l.give()
		} else if l.sent < len(l.messages) {
			late = len(l.messages) - l.sent
			l.messages = l.messages[:l.sent]
		}
		return t + time.Millisecond
	}
	err = l.drive(began+time.Minute, act, func() bool {
		return l.sent == len(l.messages) && l.answers == l.sent && l.seen >= l.wanted() || now()-since > patience
	})
	if err == nil && l.answers < l.sent {
		err = fmt.Errorf("%d of %d requests were never answered", l.sent-l.answers, l.sent)
	}
	return late, err
}

// wanted is how many deliveries have to come of what was asked for.
func (l *load) wanted() (n int) {
	for _, m := range l.messages[:l.sent] {
		n += m.of
	}
	return n
}
