package stream

import (
	"slices"
	"strings"
	"sync/atomic"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/signal"
)

// strand is one room of a stream: its log, and the signals of those who are there.
type strand struct {
	reader  *feed.Reader  // nil where the room can't be read
	slug    string        // as it was asked for
	here    string        // in a bundle: where a reader goes on who has what was sent
	wake    chan struct{} // where a goroutine writes the stream
	heard   uint32        // the number of the last signal of the room
	due     atomic.Bool   // there may be something to say
	told    bool          // that the stream has caught up
	counted int64         // the room among whose people the stream counts, or 0
	over    bool          // nothing follows
}

// open begins the walk through a room. One who is still to be told why a cursor
// was not continued asks with that again.
func (t *strand) open(s *Stream, o Opening) {
	t.slug, t.here, t.over = o.Slug, o.Place.String(), o.Refused
	if o.Refused {
		return
	}
	t.reader = s.streams.feed.Open(o.Reading, o.Start)
	if o.Start.Notice == nil && s.bundle {
		t.here = chat.Place{Slug: o.Slug, Position: o.Start.After.Position()}.String()
	}
	t.due.Store(true)
}

// follow has a goroutine woken when the room moves, and now.
func (t *strand) follow(wake chan struct{}) {
	if t.over {
		return
	}
	t.wake = wake
	t.reader.Room().Join(t)
	t.Nudge(0)
}

// Nudge wakes the goroutine that writes the stream, for a room that has moved.
func (t *strand) Nudge(feed.Cause) {
	t.due.Store(true)
	rouse(t.wake)
}

func rouse(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// caughtUp returns, once, what says that everything has been sent.
func (t *strand) caughtUp() []byte {
	r := t.reader
	if t.told || r.Ended() || !r.CaughtUp() {
		return nil
	}
	t.told, t.heard = true, r.Room().Newest()
	return caughtUp(r.Room().Slug, r.Cursor()).Wire()
}

// signals returns what is new beside the log, for who has all of that.
func (t *strand) signals() []byte {
	r := t.reader
	if r.Room().Newest() == t.heard {
		return nil
	}
	var wires [][]byte
	if wires, t.heard = r.Room().Told(r.User(), r.Cursor().Seq, t.heard); len(wires) == 1 {
		return wires[0]
	}
	return slices.Concat(wires...)
}

// arrive counts the stream among those of its user who make the user present. Who
// is nobody, or waits for a room to be made, is not present.
func (t *strand) arrive(in *signal.Signals) {
	room, user := t.reader.Room().Identity(), t.reader.User()
	if t.counted == 0 && room.Made() && user != 0 && in.Arrive(room.ID, user) {
		t.counted = room.ID
	}
}

// close ends the walk, once, and what arrive began.
func (t *strand) close(in *signal.Signals) {
	if t.over {
		return
	}
	t.over = true
	if t.counted != 0 {
		in.Depart(t.counted, t.reader.User())
	}
	t.reader.Room().Part(t) // where it has joined
	t.reader.Close()
}

// number puts before each event of a room an id that holds where the reader stands
// in all rooms. The bytes behind it are those of all who read the room.
func (s *Stream) number(t *strand, frames []*feed.Frame) []byte {
	n := 0
	for _, f := range frames {
		n += len(f.Wire()) + 24*len(s.strands)
	}
	b := make([]byte, 0, n)
	for _, f := range frames {
		if f.Seq > 0 {
			b = append(b, "id: "...)
			for i := range s.strands {
				if i > 0 {
					b = append(b, ',')
				}
				if other := &s.strands[i]; other != t {
					b = append(b, other.here...)
					continue
				}
				b = append(append(append(b, t.slug...), ':'), f.Cursor.Position().String()...)
			}
			b = append(b, '\n')
		}
		b = append(b, f.Body()...)
	}
	return b
}

// where is where the reader stands in all rooms.
func (s *Stream) where() string {
	var at []string
	for i := range s.strands {
		if t := &s.strands[i]; s.bundle {
			at = append(at, t.here)
		} else {
			at = append(at, chat.Place{Slug: t.reader.Room().Slug, Position: t.reader.Cursor().Position()}.String())
		}
	}
	return strings.Join(at, ",")
}
