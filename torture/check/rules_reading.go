package check

import (
	"maru/torture/history"
)

// walk is what a reader's application has been handed since it last began anew.
type walk struct {
	at    int64 // the last number; -1 before any
	from  int64 // the number before the first
	got   map[int64]history.Record
	begun map[int]string // what each connection has asked for
	keeps bool           // the room keeps but a few messages
}

// walk starts the walk of a client.
func (f *facts) walk(c *client) *walk {
	return &walk{at: -1, from: -1, got: map[int64]history.Record{}, begun: map[int]string{}, keeps: f.room(c.room).keeps}
}

// step follows one record of a reader. It returns the number that a taken event
// should have had, or -1 where any would do.
func (w *walk) step(r history.Record) (expected int64) {
	expected = -1
	switch {
	case r.Kind == history.Open:
		w.begun[r.Conn] = r.ID
	case r.Kind == history.Forget:
		w.forget(history.SeqOf(r.ID), r.ID != "")
	case isNotice(r) && r.Name == "gap" && w.at >= r.Seq:
		// Another line has brought what follows.
	case isNotice(r) && r.Name == "gap":
		w.forget(0, false) // what was removed is not missed
		w.at, w.from = r.Seq, r.Seq
	case isNotice(r):
		w.forget(r.Seq, r.Name != "reset")
	case r.Kind == history.Answer && w.at < 0, r.Kind == history.Event && r.Name == "caught-up" && w.at < 0:
		w.at = history.SeqOf(r.ID)
		w.from = w.at
	case r.Kind == history.Event && r.Taken:
		switch {
		case w.at >= 0:
			expected = w.at + 1
		case w.begun[r.Conn] == "0" && !w.keeps:
			expected = 1
		}
		if w.at < 0 {
			w.from = r.Seq - 1
		}
		w.at = r.Seq
		w.got[r.Seq] = r
	}
	return expected
}

// forget goes back to a number, or to nothing.
func (w *walk) forget(to int64, known bool) {
	if !known {
		w.at, w.from = -1, -1
		w.got = map[int64]history.Record{} // who holds the old one still needs it
		return
	}
	for seq := range w.got {
		if seq > to {
			delete(w.got, seq)
		}
	}
	w.at = to
	if w.from < 0 || w.from > to {
		w.from = to
	}
}

// noLoss: what was acknowledged is in the log, and comes to every reader that
// may have it; on no connection is there a hole.
func noLoss(f *facts, r *Rule) {
	for _, p := range f.order {
		if !p.acked || p.invoke.Forged {
			continue
		}
		room := f.room(p.invoke.Room)
		if room.keeps && p.seq <= room.floor {
			continue
		}
		r.Checked++
		if e, ok := room.log[p.seq]; !ok || e.Name != "message" || e.Ref != p.seq {
			r.broken(p.invoke, "%s was acknowledged as number %d and is not in the log", p.invoke.Msg, p.seq)
		}
	}
	for _, name := range f.names {
		c := f.clients[name]
		w := f.walk(c)
		for _, rec := range c.records {
			before := *w
			expected := w.step(rec)
			if expected >= 0 && rec.Seq > expected {
				r.broken(rec, "after %d came %d", expected-1, rec.Seq)
			}
			if before.at >= 0 && (w.at < 0 || w.from > before.at) {
				r.Checked += f.complete(r, c, &before, rec)
			}
		}
		end := history.Record{Client: name, Room: c.room, At: f.phases[history.Rest]}
		r.Checked += f.complete(r, c, w, end)
		if head := f.room(c.room).head; !c.away() && w.at != head {
			r.broken(end, "the log ended at %d, and the reader at %d", head, w.at)
		}
	}
	f.wireHoles(r)
	f.lockedOut(r)
}

// complete checks that a stretch of a walk has all that was acknowledged in it.
func (f *facts) complete(r *Rule, c *client, w *walk, at history.Record) int {
	n := 0
	for _, p := range f.order {
		if !p.acked || p.invoke.Forged || p.invoke.Room != c.room || p.seq <= w.from || p.seq > w.at {
			continue
		}
		n++
		if e, ok := w.got[p.seq]; !ok || e.Name != "message" {
			r.broken(at, "%s, number %d, did not come", p.invoke.Msg, p.seq)
		}
	}
	return n
}

// away reports whether the client may not read its room at the end.
func (c *client) away() bool { return len(c.outs) > 0 && c.outs[len(c.outs)-1].back == forever }

// wireHoles looks for numbers that were left out within one connection.
func (f *facts) wireHoles(r *Rule) {
	for _, c := range f.conns {
		last := int64(-1)
		for _, e := range c.events {
			switch {
			case e.Name == "gap":
				last = e.Seq
			case isNotice(e):
				last = -1
			case ofLog(e):
				r.Checked++
				if last >= 0 && e.Seq > last+1 {
					r.broken(e, "on one connection %d came after %d", e.Seq, last)
				}
				last = e.Seq
			}
		}
	}
}

// lockedOut looks for members who were told that there is no such room.
func (f *facts) lockedOut(r *Rule) {
	for _, c := range f.conns {
		who := f.clients[c.open.Client]
		if who == nil || !c.reads() || c.status.Status != 404 {
			continue
		}
		in := true
		for _, o := range who.outs {
			in = in && (c.status.At < o.begun || c.open.At > o.back)
		}
		if in {
			r.broken(c.status, "a member was told that there is no such room")
		}
	}
}

// noDuplicate: an application gets each number once, and a connection brings
// none that it has brought, or that was asked to be left behind.
func noDuplicate(f *facts, r *Rule) {
	for _, c := range f.conns {
		last := int64(-1)
		if verified(c.open.ID) && !c.open.Forged {
			last = history.SeqOf(c.open.ID)
		}
		for _, e := range c.events {
			switch {
			case e.Name == "gap":
				last = e.Seq
			case isNotice(e):
				last = -1
			case ofLog(e):
				r.Checked++
				if e.Seq <= last {
					r.broken(e, "%d came after %d on one connection", e.Seq, last)
				} else if !e.Taken {
					f.report.DupWire++
				}
				last = e.Seq
			}
		}
	}
	for _, name := range f.names {
		w := f.walk(f.clients[name])
		for _, rec := range f.clients[name].records {
			at := w.at
			w.step(rec)
			if rec.Kind == history.Event && rec.Taken && rec.Seq <= at {
				r.broken(rec, "%d was handed over after %d", rec.Seq, at)
			}
			if rec.Taken {
				f.report.Deliveries++
			}
		}
	}
}

// sameOrder: messages come to all in the order of the log, and those of one
// sender stand there in the order in which he sent them.
func sameOrder(f *facts, r *Rule) {
	type sender struct{ name, room string }
	last := map[sender]*post{}
	for _, p := range f.order {
		if !p.acked || p.invoke.Forged || p.seq == 0 {
			continue // rule 1 asks where it is
		}
		key := sender{p.invoke.Client, p.invoke.Room}
		if before := last[key]; before != nil && before.ackedAt < p.invoke.At {
			r.Checked++
			if before.seq >= p.seq {
				r.broken(p.invoke, "%s became number %d, but %s before it %d", p.invoke.Msg, p.seq, before.invoke.Msg, before.seq)
			}
		}
		last[key] = p
	}
	for _, name := range f.names {
		w, newest := f.walk(f.clients[name]), int64(-1)
		for _, rec := range f.clients[name].records {
			at := w.at
			w.step(rec)
			if w.at < at {
				newest = -1 // it begins again
			}
			p := f.posts[rec.Msg]
			if !rec.Taken || rec.Name != "message" || rec.Ref != rec.Seq || p == nil || p.seq == 0 {
				continue
			}
			r.Checked++
			if p.seq <= newest {
				r.broken(rec, "%s came after number %d, but is %d in the log", rec.Msg, newest, p.seq)
			}
			newest = max(newest, p.seq)
		}
	}
}
