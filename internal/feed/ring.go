package feed

import (
	"slices"

	"maru/internal/chat"
)

// ring is the newest frames of a room's log, each one number after the one
// before.
type ring struct {
	frames []*Frame
	size   int
}

// push appends the next frame and lets the oldest go where the ring is full.
func (r *ring) push(f *Frame) {
	r.frames = append(r.frames, f)
	if extra := len(r.frames) - r.size; extra > 0 {
		r.frames = slices.Delete(r.frames, 0, extra)
	}
}

// after returns at most most frames behind a number; false where the ring does
// not reach back that far. The slice is the caller's own.
func (r *ring) after(seq int64, most int) ([]*Frame, bool) {
	if len(r.frames) == 0 || seq < r.frames[0].Seq-1 {
		return nil, false
	}
	i := int(seq - (r.frames[0].Seq - 1))
	if i >= len(r.frames) {
		return nil, true
	}
	return slices.Clone(r.frames[i:min(len(r.frames), i+most)]), true
}

// has reports whether the ring holds the event at a cursor.
func (r *ring) has(at chat.Cursor) bool {
	if len(r.frames) == 0 || at.Seq < r.frames[0].Seq {
		return false
	}
	i := int(at.Seq - r.frames[0].Seq)
	return i < len(r.frames) && r.frames[i].Cursor == at
}

// redraw replaces the frames that show a message by frames that show it as it
// stands now, so that a text that was replaced or deleted is never sent again.
func (r *ring) redraw(m *chat.Message) {
	for i, f := range r.frames {
		if f.change.ref == m.Seq && f.name == "message" {
			fresh := frameOf(f.Cursor, f.name, m)
			fresh.change = f.change
			r.frames[i] = fresh
		}
	}
}

// raise forgets the frames up to a floor. A change behind it whose message lies
// below has nothing to show any more.
func (r *ring) raise(room string, floor int64) {
	for len(r.frames) > 0 && r.frames[0].Seq <= floor {
		r.frames = r.frames[1:]
	}
	for i, f := range r.frames {
		if f.change.ref != 0 && f.change.ref <= floor {
			r.frames[i] = Encode(room, chat.Event{Cursor: f.Cursor, Change: f.change.Change})
		}
	}
}

// drop forgets everything: it will be read from the tables again.
func (r *ring) drop() { r.frames = nil }
