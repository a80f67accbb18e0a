package check

import (
	"slices"
	"time"

	"maru/torture/history"
)

const (
	// spreadTime is how far apart at least the first and the last are told to come
	// back, of spreadLeast streams and more: else they come back all at once.
	spreadTime  = 500 * time.Millisecond
	spreadLeast = 8
)

// farewells: when a node is stopped in order, each stream on it ends with a
// good-bye that says when to come back, not all at once; and all are back soon,
// most at another node. That they have missed nothing is for the other rules.
func (f *facts) farewells(r *Rule) {
	for _, roll := range f.rolls {
		for i, c := range f.conns {
			if c.open.Via == history.Stream && c.node == roll.ID && c.streams(roll.At) {
				r.Checked++
				f.farewell(r, c, roll, f.conns[i+1:])
			}
		}
	}
	// Where writers have a node to themselves, readers have but two.
	if back := len(f.report.Back); back > 0 && f.report.Elsewhere <= back/2 && f.report.Acts["mute"] == 0 {
		r.broken(f.rolls[0], "of %d streams %d came back at another node", back, f.report.Elsewhere)
	}
	told := f.report.Farewells
	if len(told) >= spreadLeast && slices.Max(told)-slices.Min(told) < spreadTime {
		r.broken(f.rolls[0], "%d streams are told to come back at the same time: after %s to %s", len(told), slices.Min(told), slices.Max(told))
	}
}

// farewell judges the end of one stream. The connections are those that were
// opened after it.
func (f *facts) farewell(r *Rule, c *conn, roll history.Record, later []*conn) {
	i := slices.IndexFunc(c.events, func(e history.Record) bool { return e.Name == "bye" })
	if i < 0 || c.events[i].Seq <= 0 {
		r.broken(roll, "the stream of %s, connection %d, ended without a good-bye that says when to come back: %s", c.open.Client, c.open.Conn, c.end.Name)
		return
	}
	bye := c.events[i]
	f.report.Farewells = append(f.report.Farewells, time.Duration(bye.Seq)*time.Millisecond)
	for _, next := range later {
		if next.open.Client != c.open.Client || next.open.At < bye.At || next.status.Status != 200 {
			continue
		}
		back := time.Duration(next.status.At - bye.At)
		f.report.Back = append(f.report.Back, back)
		if next.node != roll.ID {
			f.report.Elsewhere++
		}
		if back > recoveryTime {
			r.broken(next.open, "it took %s to come back after a good-bye", back)
		}
		return
	}
	r.broken(bye, "it did not come back after a good-bye")
}

// streams reports whether a stream was open at a time.
func (c *conn) streams(at int64) bool {
	return c.status.Status == 200 && c.status.At < at && (c.end.At == 0 || c.end.At > at)
}
