package check

import (
	"slices"
	"time"

	"maru/torture/history"
)

// pollMost is how many events a poll brings at most.
const pollMost = 500

// realTime: what was acknowledged before a read began is in it.
func realTime(f *facts, r *Rule) {
	for _, c := range f.conns {
		switch {
		case c.open.Via == history.History && c.answer.Kind == history.Answer:
			f.freshPage(r, c)
		case c.reads():
			f.freshEvents(r, c)
		}
	}
	f.sightings(func(c *conn, e history.Record) {
		if p := f.posts[e.Msg]; p != nil {
			r.Checked++
			f.freshVersion(r, p, c, e)
		}
	})
}

// freshPage checks the newest page of a history.
func (f *facts) freshPage(r *Rule, c *conn) {
	shown := map[int64]bool{}
	for _, row := range c.events {
		shown[row.Seq] = true
	}
	first := int64(0)
	if len(c.events) > 0 {
		first = c.events[0].Seq
	}
	for _, p := range f.order {
		if !p.acked || p.invoke.Forged || p.invoke.Room != c.open.Room || p.ackedAt > c.open.At || p.seq < first {
			continue
		}
		r.Checked++
		if !shown[p.seq] || c.answer.Seq < p.seq {
			r.broken(c.open, "%s, number %d, was acknowledged before, and the history does not have it", p.invoke.Msg, p.seq)
		}
	}
}

// freshEvents checks how far a connection says that it has come.
func (f *facts) freshEvents(r *Rule, c *conn) {
	known := f.room(c.open.Room).knownAt(c.open.At)
	told := int64(-1)
	switch {
	case c.status.Status == 304:
		told = history.SeqOf(c.open.ID)
	case c.answer.Kind == history.Answer && len(c.events) < pollMost:
		told = history.SeqOf(c.answer.ID)
	}
	for _, e := range c.events {
		switch e.Name {
		case "caught-up":
			told = e.Seq
		case "gone":
			return // the right ended before what is known
		}
	}
	if told < 0 {
		return
	}
	r.Checked++
	if told < known {
		r.broken(c.open, "%d was acknowledged before, and the reader was told that %d is all", known, told)
	}
}

// freshVersion checks that a message is not shown as it was before a change
// that was acknowledged before the read began.
func (f *facts) freshVersion(r *Rule, p *post, c *conn, e history.Record) {
	if e.Ver == history.Deleted {
		return
	}
	for number, v := range p.versions {
		if v.ackedAt < c.open.At && (number > e.Ver || number == history.Deleted) {
			r.broken(e, "%s is shown as version %d, after %d was acknowledged", e.Msg, e.Ver, number)
		}
	}
}

const (
	// settleTime is how long the clients may take to come back when the faults
	// end, or most of the calm where that is shorter.
	settleTime = 10 * time.Second
	// liveTime is how late a delivery may be with faults off, of a hundred the
	// latest; foreignTime is what rows of other programs are promised.
	liveTime    = time.Second
	foreignTime = 250 * time.Millisecond
	// sweepTime is how much later all may be where nothing of what is announced is
	// heard: then it is found when a node looks, each second.
	sweepTime = time.Second
	// recoveryTime is how long a client may take from a fault to the next event:
	// five seconds, and those that it takes to notice. The latest of a hundred
	// means something where there are as many.
	recoveryTime  = 7500 * time.Millisecond
	recoveryLeast = 100
	// echoTime is how long after a fault something may still come that was under
	// way: the latest that a proxy delays, and a bit.
	echoTime = time.Second
	// refusalTime is how long a node may take to refuse what it can't write: the
	// five seconds that it waits for the database, and a bit.
	refusalTime = 7 * time.Second
)

// liveness: with faults off, deliveries are quick, also of rows that another
// program has written; a node that can't write says so soon, and one that stops
// sends its readers elsewhere.
func liveness(f *facts, r *Rule) {
	calm, roll, quiet, rest := f.phases[history.Calm], f.phases[history.Roll], f.phases[history.Quiet], f.phases[history.Rest]
	if roll == 0 {
		roll = quiet
	}
	from := calm + min(int64(settleTime), (roll-calm)*2/3)
	var foreign, streamed []time.Duration
	for _, p := range f.order {
		if !p.acked || p.invoke.Forged || p.invoke.At < from || p.invoke.At > rest {
			continue
		}
		if roll < quiet && p.invoke.At > roll-int64(liveTime) && p.invoke.At < quiet {
			continue // who was told to come back later is late
		}
		for _, name := range f.names {
			c := f.clients[name]
			if c.room != p.invoke.Room || c.away() {
				continue
			}
			late := time.Duration(forever)
			if at, ok := c.firstAt(p.seq); ok {
				late = time.Duration(max(0, at-p.ackedAt))
			}
			f.report.Latency = append(f.report.Latency, late)
			if p.invoke.At > quiet {
				foreign = append(foreign, late)
				if c.via != history.Poll {
					streamed = append(streamed, late)
				}
			}
		}
	}
	live, foreigners := liveTime, foreignTime
	if f.report.Acts["mute"] > 0 {
		live, foreigners = live+sweepTime, foreigners+sweepTime
	}
	f.refusals(r)
	f.farewells(r)
	r.Checked += len(f.report.Latency)
	where := history.Record{At: from}
	if late := part(f.report.Latency, 99); late > live {
		r.broken(where, "p99 of deliveries with faults off is %s", late)
	}
	if late := part(foreign, 99); late > live {
		r.broken(where, "p99 of rows of another program is %s", late)
	}
	if late := part(streamed, 50); late > foreigners {
		r.broken(where, "half of the rows of another program take %s and more", late)
	}
	if late := part(f.report.Recovery, 99); late > recoveryTime && len(f.report.Recovery) >= recoveryLeast {
		r.broken(where, "p99 from a fault to the next event is %s", late)
	}
	if len(f.report.Latency) == 0 {
		r.broken(where, "nothing was delivered with faults off")
	}
}

// refusals checks that no node lets wait who writes while it can't reach the
// database.
func (f *facts) refusals(r *Rule) {
	for _, k := range f.knocks {
		r.Checked++
		took := time.Duration(k.Seq - within(f.pauses, k.Client, k.At-k.Seq, k.At))
		f.report.Knocks = append(f.report.Knocks, took)
		if took > refusalTime {
			r.broken(k, "a post was answered with %d after %s, while the database could not be reached", k.Status, took)
		}
		if k.Status == 503 && k.ID == "" {
			r.broken(k, "503 does not say when to try again")
		}
	}
}

// firstAt is when a client was handed a number for the first time.
func (c *client) firstAt(seq int64) (int64, bool) {
	if c.first == nil {
		c.first = map[int64]int64{}
		for _, rec := range c.records {
			if _, there := c.first[rec.Seq]; rec.Taken && !there {
				c.first[rec.Seq] = rec.At
			}
		}
	}
	at, ok := c.first[seq]
	return at, ok
}

// recovery measures the time from a client's last fault to the next delivery,
// on a connection that was opened after it. A client that was out meanwhile had
// other reasons to wait, and so had one while nothing could be written: a node
// that can't reach the database may have left a room locked there.
func recovery(f *facts) {
	for _, name := range f.names {
		c := f.clients[name]
		var faults []int64
		for _, fault := range f.faults {
			if fault.Client == name && fault.Name != "overlap" || fault.Client == "" {
				faults = append(faults, fault.At)
			}
		}
		opened := map[int]int64{}
		last := int64(0) // the fault that waits for a delivery
		for _, rec := range c.records {
			for len(faults) > 0 && faults[0] < rec.At {
				last, faults = faults[0], faults[1:]
			}
			if rec.Kind == history.Open {
				opened[rec.Conn] = rec.At
			}
			if !rec.Taken || last == 0 {
				continue
			}
			if opened[rec.Conn] < last {
				if rec.At > last+int64(echoTime) {
					last = 0 // the old connection was not hurt
				}
				continue
			}
			if !c.outBetween(last, rec.At) && within(f.cutOffs, "", last, rec.At) == 0 {
				f.report.Recovery = append(f.report.Recovery, time.Duration(rec.At-last))
			}
			last = 0
		}
	}
}

// outBetween reports whether the client was out at any moment between two.
func (c *client) outBetween(from, to int64) bool {
	return slices.ContainsFunc(c.outs, func(o out) bool { return o.begun < to && o.back > from })
}
