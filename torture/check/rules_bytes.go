package check

import (
	"maru/torture/history"
)

// thing is what has the same bytes whenever it is shown: a message in one of its
// versions, or what another event tells.
type thing struct {
	room, name string
	number     int64 // of the message, or of the event
	version    int
}

func thingOf(e history.Record) thing {
	if e.Kind == history.Row || e.Name == "message" {
		return thing{e.Room, "message", place(e), e.Ver}
	}
	return thing{e.Room, e.Name, e.Seq, 0}
}

// sameBytes compares the bytes of whatever is shown: live, later and at the end,
// by stream, long poll and poll, on each kind of connection, out of the memory of
// a node and out of the tables, in events and in a history.
func (f *facts) sameBytes(r *Rule) {
	first := map[thing]history.Record{}
	for _, c := range f.conns {
		for _, e := range c.events {
			if e.Data == "" || e.Kind != history.Row && !ofLog(e) {
				continue
			}
			key := thingOf(e)
			before, ok := first[key]
			if !ok {
				first[key] = e
				continue
			}
			r.Checked++
			if e.Data != before.Data {
				r.broken(e, "%s %d, version %d, came in other bytes than to %s, connection %d",
					key.name, key.number, key.version, before.Client, before.Conn)
			}
		}
	}
}
