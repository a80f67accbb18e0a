package chat

import (
	"cmp"
	"slices"
)

// Hint says what a commit may have changed. It may be lost, doubled or late:
// whoever follows the logs looks at all of them from time to time anyway.
type Hint struct {
	All     bool    // it may be anything
	Touches []Touch // else these, in the order of the log of each room
}

// Everything is the hint of a commit that nothing is known of.
var Everything = Hint{All: true}

// Touch is a room whose log goes on. Where Event is nil, it has to be read; else
// Event is what stands behind the number Before.
type Touch struct {
	Room   int64
	Before Cursor
	Event  *Event
}

// maxTouches is how many touches a hint names before it says just "anything".
const maxTouches = 4096

// Add makes one hint of two.
func (h *Hint) Add(more Hint) {
	h.All = h.All || more.All
	h.Touches = append(h.Touches, more.Touches...)
	if len(h.Touches) > maxTouches {
		*h = Everything
	}
}

// Chain puts the touches of one transaction into the order of the logs. Nothing
// comes between the events that a transaction puts into one log: so where one
// number follows another, its event stands behind the other's.
func (h *Hint) Chain() {
	seq := func(t Touch) int64 {
		if t.Event == nil {
			return 0
		}
		return t.Event.Seq
	}
	slices.SortStableFunc(h.Touches, func(a, b Touch) int {
		return cmp.Or(cmp.Compare(a.Room, b.Room), cmp.Compare(seq(a), seq(b)))
	})
	for i := 1; i < len(h.Touches); i++ {
		before, t := h.Touches[i-1], &h.Touches[i]
		if t.Room == before.Room && seq(before) > 0 && seq(*t) == seq(before)+1 {
			t.Before = before.Event.Cursor
		}
	}
}
