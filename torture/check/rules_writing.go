package check

import (
	"maru/torture/history"
)

// sightings calls see for every message that anybody was shown, in events and
// in pages.
func (f *facts) sightings(see func(c *conn, e history.Record)) {
	for _, c := range f.conns {
		for _, e := range c.events {
			if e.Kind == history.Row || e.Name == "message" {
				see(c, e)
			}
		}
	}
}

// place is the number of the message that a record shows.
func place(e history.Record) int64 {
	if e.Kind == history.Row {
		return e.Seq
	}
	return e.Ref
}

// unknownOnce: a message has one number, the one that was acknowledged, and the
// same for everybody; what nobody knows the outcome of is there for all or for
// none. A retry under the same nonce is never refused.
func unknownOnce(f *facts, r *Rule) {
	for _, p := range f.order {
		if p.unknown > 0 {
			r.Checked++
		}
		for _, odd := range p.odd {
			r.broken(odd, "%s of %s was answered with %d", odd.Name, odd.Msg, odd.Status)
		}
	}
	numbers := map[string]int64{}
	for slug, room := range f.rooms {
		for seq, e := range room.log {
			if e.Name != "message" || e.Ref != seq || e.Msg == "" {
				continue
			}
			if other, ok := numbers[e.Msg]; ok && other != seq {
				r.broken(e, "%s is in the log of %s twice, as %d and %d", e.Msg, slug, other, seq)
			}
			numbers[e.Msg] = seq
		}
	}
	f.sightings(func(_ *conn, e history.Record) {
		p := f.posts[e.Msg]
		if p == nil || p.invoke.Forged {
			return
		}
		r.Checked++
		removed := place(e) <= f.room(e.Room).floor
		if in, ok := numbers[e.Msg]; (!ok || in != place(e)) && !removed {
			r.broken(e, "%s was seen as number %d, and in the log it is %d", e.Msg, place(e), in)
		}
		if p.acked && p.seq != place(e) {
			r.broken(e, "%s was acknowledged as number %d and seen as %d", e.Msg, p.seq, place(e))
		}
	})
}

// refusedNowhere: what was refused, or had to be, is seen by nobody.
func refusedNowhere(f *facts, r *Rule) {
	for _, p := range f.order {
		if p.refused > 0 || p.invoke.Forged {
			r.Checked++
		}
		if p.invoke.Forged && p.acked {
			r.broken(p.invoke, "%s had to be refused, and was not", p.invoke.Msg)
		}
	}
	f.sightings(func(_ *conn, e history.Record) {
		p := f.posts[e.Msg]
		if p == nil {
			return
		}
		v := p.versions[e.Ver]
		switch {
		case p.invoke.Forged, p.refused > 0 && !p.acked && p.unknown == 0:
			r.broken(e, "%s was refused, and is number %d", e.Msg, place(e))
		case v != nil && v.refused && !v.unknown && v.ackedAt == forever && e.Ver > 1:
			r.broken(e, "version %d of %s was refused, and is seen", e.Ver, e.Msg)
		}
	})
}

// agreement: for each number all clients, the log, the history and the tables
// say the same, in the same bytes, and what they say is what was written.
func agreement(f *facts, r *Rule) {
	for _, a := range f.audits {
		r.broken(a, "%s", a.Name)
	}
	for slug, room := range f.rooms {
		for seq := room.floor + 1; seq <= room.head; seq++ {
			r.Checked++
			if _, ok := room.log[seq]; !ok {
				r.broken(history.Record{Room: slug}, "the log has no number %d", seq)
			}
		}
		for node, n := range room.logs {
			if n != len(room.log) {
				r.broken(history.Record{Room: slug}, "the log has %d numbers at %s, and %d at all", n, node, len(room.log))
			}
		}
		f.sameTables(r, slug, room)
	}
	for _, c := range f.conns {
		for _, e := range c.events {
			if e.Name == "malformed" {
				r.broken(e, "data that is no JSON")
			}
			if ofLog(e) {
				r.Checked++
				f.sameEvent(r, e)
			}
		}
	}
	f.sightings(func(_ *conn, e history.Record) {
		if e.Ver <= 0 {
			return
		}
		p := f.posts[e.Msg]
		if p == nil || p.versions[e.Ver] == nil {
			r.broken(e, "nobody wrote version %d of %q, number %d", e.Ver, e.Msg, place(e))
		} else if v := p.versions[e.Ver]; v.hash != e.Hash {
			r.broken(e, "version %d of %s has another text", e.Ver, e.Msg)
		}
	})
	f.sameBytes(r)
	for _, name := range f.names {
		f.samePicture(r, name)
	}
}

// sameEvent compares an event with the one that the log has at its number.
func (f *facts) sameEvent(r *Rule, e history.Record) {
	room := f.room(e.Room)
	in, ok := room.log[e.Seq]
	switch {
	case e.Seq <= room.floor:
	case ok && in.Name == "void" && in.ID == e.ID && e.Ref <= room.floor:
		// What it showed was removed since.
	case !ok:
		r.broken(e, "number %d is not in the log", e.Seq)
	case in.ID != e.ID || in.Name != e.Name || in.Ref != e.Ref || in.User != e.User:
		r.broken(e, "number %d is %s %s of %d, and in the log %s %s of %d", e.Seq, e.Name, e.ID, e.Ref+e.User, in.Name, in.ID, in.Ref+in.User)
	case e.Msg != "" && in.Msg != "" && in.Msg != e.Msg:
		r.broken(e, "number %d is %s, and in the log %s", e.Seq, e.Msg, in.Msg)
	}
}

// sameTables compares the history that the server shows with the tables.
func (f *facts) sameTables(r *Rule, slug string, room *room) {
	for node, final := range room.finals {
		if len(final) != len(room.tables) {
			r.broken(history.Record{Room: slug, Client: node}, "the history has %d messages, the tables have %d", len(final), len(room.tables))
		}
		for seq, row := range room.tables {
			r.Checked++
			if shown := final[seq]; shown.Hash != row.Hash || shown.Ver != row.Ver {
				r.broken(shown, "number %d is version %d in the tables, and %d in the history", seq, row.Ver, shown.Ver)
			} else if shown.Cells != row.Cells {
				r.broken(shown, "number %d has other times or names in the tables than in the history", seq)
			}
		}
	}
}

// samePicture compares what a client has made of the events with a fresh read.
func (f *facts) samePicture(r *Rule, name string) {
	c := f.clients[name]
	room := f.room(c.room)
	w := f.walk(c)
	for _, rec := range c.records {
		w.step(rec)
	}
	if w.at != room.head {
		return // it was out, or lost something: that is told elsewhere
	}
	newest := map[int64]history.Record{}
	for seq := w.from + 1; seq <= w.at; seq++ {
		if e := w.got[seq]; e.Name == "message" {
			newest[e.Ref] = e
		}
	}
	for seq, e := range newest {
		if seq <= room.floor {
			continue
		}
		r.Checked++
		if now := room.final[seq]; now.Ver != e.Ver || now.Hash != e.Hash {
			r.broken(e, "at the end number %d is version %d, and the client shows %d", seq, now.Ver, e.Ver)
		}
	}
}
