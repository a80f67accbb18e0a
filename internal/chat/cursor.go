package chat

import (
	"strconv"
	"strings"
)

// Tag is the random mark, 31 bits, that an event carries so that a cursor from
// another history is noticed.
type Tag uint32

// String is the tag in eight digits.
func (t Tag) String() string { return strconv.FormatUint(1<<32|uint64(t), 16)[1:] }

// Cursor is the last event that a reader has: `seq.tag` on the wire, `0` where
// the log is empty.
type Cursor struct {
	Seq int64
	Tag Tag
}

func (c Cursor) String() string {
	if c.Seq == 0 {
		return "0"
	}
	return strconv.FormatInt(c.Seq, 10) + "." + c.Tag.String()
}

// Position is where a reader asks to go on reading. The zero Position stands
// for a new reader, which gets the newest events.
type Position struct {
	From   From
	Cursor Cursor // for FromSeq the seq alone, for FromCursor both
}

// From is the kind of a Position.
type From int

// The kinds of positions: none given; `head`; `0`; a bare seq, which can't be
// verified; a whole cursor.
const (
	FromNewest From = iota
	FromHead
	FromFloor
	FromSeq
	FromCursor
)

// Position is where a reader goes on who has the event; where its tag is not known,
// that is its number alone.
func (c Cursor) Position() Position {
	switch {
	case c.Seq == 0:
		return Position{From: FromFloor}
	case c.Tag == 0:
		return Position{From: FromSeq, Cursor: c}
	}
	return Position{From: FromCursor, Cursor: c}
}

// String is the position as ParsePosition reads it.
func (p Position) String() string {
	switch p.From {
	case FromHead:
		return "head"
	case FromFloor:
		return "0"
	case FromSeq:
		return strconv.FormatInt(p.Cursor.Seq, 10)
	case FromCursor:
		return p.Cursor.String()
	}
	return ""
}

// ParsePosition reads a position as a request gives it.
func ParsePosition(s string) (Position, error) {
	switch s {
	case "":
		return Position{}, nil
	case "head":
		return Position{From: FromHead}, nil
	case "0":
		return Position{From: FromFloor}, nil
	}
	bad := Refuse(Invalid, "bad_cursor")
	number, mark, whole := strings.Cut(s, ".")
	seq, ok := ParseSeq(number)
	if !ok {
		return Position{}, bad
	}
	if !whole {
		return Position{From: FromSeq, Cursor: Cursor{Seq: seq}}, nil
	}
	tag, err := strconv.ParseUint(mark, 16, 31)
	if err != nil || len(mark) > 8 || strings.ToLower(mark) != mark {
		return Position{}, bad
	}
	return Position{From: FromCursor, Cursor: Cursor{Seq: seq, Tag: Tag(tag)}}, nil
}

// ParseSeq reads an id or a number of a log: 1 or more, no sign, no leading
// zero, so that one number has one text.
func ParseSeq(s string) (int64, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= MaxID
}

// NoticeKind is what a reader has to be told before the events.
type NoticeKind string

// The notices of protocol and log: retention has passed the cursor; the
// history ends earlier than the cursor; there is no common history.
const (
	Gap    NoticeKind = "gap"
	Rewind NoticeKind = "rewind"
	Reset  NoticeKind = "reset"
)

// Notice tells a reader that its cursor could not simply be continued.
type Notice struct {
	Kind  NoticeKind
	Room  string
	From  int64 // Gap: the seq that the reader had
	Floor int64 // Gap: the seq up to which retention has removed
	To    int64 // Rewind: the seq at which the common history ends
}

// Data returns what stands behind `data:`.
func (n Notice) Data() any {
	switch n.Kind {
	case Gap:
		return struct {
			Room  string `json:"room"`
			From  int64  `json:"from"`
			Floor int64  `json:"floor"`
		}{n.Room, n.From, n.Floor}
	case Rewind:
		return struct {
			Room string `json:"room"`
			To   int64  `json:"to"`
		}{n.Room, n.To}
	default:
		return struct {
			Room string `json:"room"`
		}{n.Room}
	}
}

// Start is where a reader begins: behind which event, and what it has to be
// told first.
type Start struct {
	After  Cursor
	Notice *Notice
}
