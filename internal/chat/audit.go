package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Audit is what a look at the whole log of every room found.
type Audit struct {
	Rooms    int64
	Messages int64    // above the floors
	Changes  int64    // above the floors
	Removed  int64    // numbers up to the floors, which retention has removed
	Faults   []string // what is not whole, in words; none where all is
}

// AuditWalk goes over the rows of one room's log in their order.
type AuditWalk struct {
	audit *Audit
	room  string
	floor int64
	head  Cursor
	at    Cursor // the last row
}

// Room begins with the log of a room.
func (a *Audit) Room(slug string, floor int64, head Cursor) *AuditWalk {
	a.Rooms++
	a.Removed += floor
	return &AuditWalk{audit: a, room: slug, floor: floor, head: head, at: Cursor{Seq: floor}}
}

func (w *AuditWalk) fault(says string, args ...any) {
	w.audit.Faults = append(w.audit.Faults, fmt.Sprintf("room %s: %s", w.room, fmt.Sprintf(says, args...)))
}

// Step takes the next row.
func (w *AuditWalk) Step(at Cursor, message bool) {
	if message {
		w.audit.Messages++
	} else {
		w.audit.Changes++
	}
	if at.Seq == w.at.Seq {
		w.fault("number %d stands twice", at.Seq)
	}
	w.missing(at.Seq)
	w.at = at
}

// missing notes the numbers between the last row and the next.
func (w *AuditWalk) missing(next int64) {
	switch next - w.at.Seq {
	case 0, 1:
	case 2:
		w.fault("number %d is missing", next-1)
	default:
		w.fault("numbers %d to %d are missing", w.at.Seq+1, next-1)
	}
}

// End holds the last row against the head.
func (w *AuditWalk) End() {
	switch {
	case w.at.Seq > w.head.Seq:
		w.fault("there are numbers up to %d, and its head is %d", w.at.Seq, w.head.Seq)
	case w.at.Seq < w.head.Seq:
		w.missing(w.head.Seq + 1)
	case w.at.Seq > w.floor && w.at.Tag != w.head.Tag:
		w.fault("the tag of number %d is not that of its head", w.head.Seq)
	}
}

// Disagree notes where rows and log disagree, if anywhere.
func (w *AuditWalk) Disagree(says string, about []int64) {
	if len(about) > 0 {
		w.fault(says, some(about))
	}
}

// Disagree notes where rows of no room disagree, if anywhere.
func (a *Audit) Disagree(says string, about []int64) {
	if len(about) > 0 {
		a.Faults = append(a.Faults, fmt.Sprintf(says, some(about)))
	}
}

// some names the first few numbers and counts the others.
func some(about []int64) string {
	const named = 5
	slices.Sort(about)
	var text []string
	for _, n := range about[:min(named, len(about))] {
		text = append(text, strconv.FormatInt(n, 10))
	}
	if more := len(about) - named; more > 0 {
		text = append(text, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(text, ", ")
}
