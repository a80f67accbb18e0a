package check

import (
	"maru/torture/history"
)

// noLeak: nothing of a closed room comes to who may not read it: no event, no
// answer, and no byte of what was said there.
func noLeak(f *facts, r *Rule) {
	for _, name := range f.names {
		c := f.clients[name]
		if c.ends > len(c.outs) {
			r.broken(history.Record{Client: name, Room: c.room}, "%d memberships ended, and %d were to", c.ends, len(c.outs))
		}
		for _, o := range c.outs {
			if o.seq == forever && o.from != forever {
				r.broken(history.Record{Client: name, Room: c.room, At: o.from}, "a removal was acknowledged and is not in the log")
			}
		}
	}
	for _, e := range f.lost {
		f.canary(r, nil, e)
	}
	for _, c := range f.conns {
		who := f.clients[c.open.Client]
		if who == nil || who.room != c.open.Room && c.open.Room != "" {
			continue
		}
		gone := false
		for _, e := range c.events {
			r.Checked++
			if gone {
				r.broken(e, "%s %d came after gone", e.Name, e.Seq)
			}
			gone = e.Name == "gone"
			for _, o := range who.outs {
				if ofLog(e) && e.Seq > o.seq && e.At < o.to {
					r.broken(e, "number %d came to somebody who was out since %d", e.Seq, o.seq)
				}
			}
		}
		f.fromOutside(r, who, c)
		for _, e := range c.canaries {
			f.canary(r, c, e)
		}
	}
}

// fromOutside checks what is answered to who was out when he asked.
func (f *facts) fromOutside(r *Rule, who *client, c *conn) {
	if c.open.Room == "" || f.room(c.open.Room).open {
		return
	}
	for _, o := range who.outs {
		if c.open.At < o.from || c.status.Status == 0 || c.status.At >= o.to {
			continue
		}
		r.Checked++
		f.report.Denied++
		if c.status.Status != 404 && c.status.Status != 503 {
			r.broken(c.status, "who was out was answered with %d", c.status.Status)
		}
	}
}

// canary checks a mark that raw bytes have held.
func (f *facts) canary(r *Rule, c *conn, e history.Record) {
	who := f.clients[e.Client]
	if who == nil || f.room(e.Room).open {
		return
	}
	r.Checked++
	if e.Room != who.room {
		r.broken(e, "bytes of %s, where he never was", e.Room)
		return
	}
	for _, o := range who.outs {
		if c != nil && c.open.At > o.from && e.At < o.to {
			r.broken(e, "bytes of %s, while he was out", e.Room)
		}
	}
}

// signalledLoss: a connection goes on right behind the position it was asked
// for, or says that it does not. It never says so for a position that is good.
func signalledLoss(f *facts, r *Rule) {
	for _, c := range f.conns {
		if unexplained(c.status.Status) {
			r.broken(c.status, "answered with %d", c.status.Status)
		}
		if !c.reads() || c.status.Status != 200 {
			continue
		}
		if c.open.Forged {
			f.report.Forged++
		}
		f.continued(r, c)
		f.told(r, c)
	}
	for _, rec := range f.clientRecords() {
		switch {
		case !isNotice(rec):
		case rec.Name == "reset":
			f.report.Resets++
		case rec.Name == "gap":
			f.report.Gaps++
		default:
			f.report.Rewinds++
		}
		if rec.Kind == history.Forget {
			f.report.Forgotten++
		}
	}
}

func (f *facts) clientRecords() []history.Record {
	var all []history.Record
	for _, name := range f.names {
		all = append(all, f.clients[name].records...)
	}
	return all
}

// continued checks the first thing that a connection says of the log.
func (f *facts) continued(r *Rule, c *conn) {
	expected := int64(-1)
	switch {
	case c.open.ID == "0" && !f.room(c.open.Room).keeps:
		expected = 1
	case verified(c.open.ID) && !c.open.Forged:
		expected = history.SeqOf(c.open.ID) + 1
	}
	for _, e := range c.events {
		switch {
		case isNotice(e):
			if expected > 0 && e.Name != "gap" {
				r.broken(e, "%s for the good cursor %s", e.Name, c.open.ID)
			} else if e.Name == "gap" && e.Seq > f.room(c.open.Room).floor {
				r.broken(e, "a gap up to %d, where nothing was removed", e.Seq)
			}
			r.Checked++
			return
		case ofLog(e), e.Name == "caught-up":
			r.Checked++
			if c.open.Forged {
				r.broken(e, "the cursor %s is of no history, and nothing was said", c.open.ID)
			} else if ofLog(e) && expected > 0 && e.Seq > expected {
				r.broken(e, "%s was asked for, and %d came without a word", c.open.ID, e.Seq)
			}
			return
		}
	}
	if c.answer.Kind == history.Answer && c.open.Forged {
		r.broken(c.answer, "the cursor %s is of no history, and nothing was said", c.open.ID)
	}
}

// told checks what a connection says about how far it is.
func (f *facts) told(r *Rule, c *conn) {
	at := int64(-1)
	if c.open.ID == "0" && !f.room(c.open.Room).keeps || verified(c.open.ID) && !c.open.Forged {
		at = history.SeqOf(c.open.ID)
	}
	for _, e := range c.events {
		switch {
		case e.Name == "gap", e.Name == "rewind":
			at = e.Seq
		case e.Name == "reset":
			at = -1
		case ofLog(e):
			at = e.Seq
		case e.Name == "caught-up":
			r.Checked++
			if at >= 0 && (e.Seq != at || history.SeqOf(e.ID) != at) {
				r.broken(e, "caught-up says %d and %s, and the last event was %d", e.Seq, e.ID, at)
			}
		}
	}
	if c.answer.Kind == history.Answer {
		r.Checked++
		if at >= 0 && history.SeqOf(c.answer.ID) != at {
			r.broken(c.answer, "the answer's cursor is %s, and the last event was %d", c.answer.ID, at)
		}
	}
}
