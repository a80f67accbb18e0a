package chat

// Change says what a number of a log stands for. The values are those of the
// column `kind` in the table of changes; a post has no row there, for the
// message itself is its entry.
type Change string

// The changes.
const (
	Posted   Change = "post"
	Edited   Change = "edit"
	Deleted  Change = "delete"
	Reacted  Change = "react" // a reaction came or went
	Joined   Change = "joined"
	Left     Change = "left"
	Removed  Change = "removed"
	Regraded Change = "role"    // a member has another role
	Profiled Change = "profile" // a user who is known here has another name or picture
	Reshaped Change = "room"    // the room has another name, topic or kind
	Closure  Change = "deleted" // the room is deleted: the last event
)

// Event is one committed change of a room, ready to be shown. Which of
// Message, Member and Room is set follows from Change; all nil is a number
// with nothing to show.
type Event struct {
	Cursor
	Change  Change
	Ref     int64 // the number of the message that this event shows, or 0
	User    int64 // the user whom a change of membership or profile is about, or 0
	Message *Message
	Member  *MemberChange
	Room    *Room
	// RoomKind is what the room was after this event, for the events that can
	// end somebody's right to read.
	RoomKind RoomKind
}

// MemberChange is the data of a `member` event.
type MemberChange struct {
	Room   string   `json:"room"`
	User   User     `json:"user"`
	Role   RoomRole `json:"role,omitempty"`
	Change Change   `json:"change"`
}

// Name returns the name of the event on the wire.
func (e Event) Name() string {
	switch {
	case e.Message != nil:
		return "message"
	case e.Member != nil:
		return "member"
	case e.Room != nil:
		return "room"
	}
	return "void"
}

// Data returns what stands behind `data:`.
func (e Event) Data(room string) any {
	switch {
	case e.Message != nil:
		return e.Message
	case e.Member != nil:
		return e.Member
	case e.Room != nil:
		return e.Room
	}
	return struct {
		Room string `json:"room"`
	}{room}
}

// Redraws reports whether the event changes how earlier events of the room look
// beyond the one message that it shows: they name users and the room as they
// stand when they are sent.
func (e Event) Redraws() bool {
	return e.Change == Profiled || e.Change == Reshaped || e.Change == Closure
}

// Extract asks for the events of a room's log behind a number, at most Limit.
type Extract struct {
	Room  Room
	After int64
	Limit int
}

// Extracted is what stands there, and where the log stands.
type Extracted struct {
	Events []Event
	RoomState
}

// Whole returns the events found after a number with a stand-in for each
// number up to head, or up to limit events, that is missing among them.
func Whole(found []Event, after, head int64, limit int) []Event {
	last := max(after, min(head, after+int64(limit))) // a head that went back has nothing behind it
	if int64(len(found)) == last-after {
		return found
	}
	events := make([]Event, 0, last-after)
	for seq := after + 1; seq <= last; seq++ {
		if len(found) > 0 && found[0].Seq == seq {
			events, found = append(events, found[0]), found[1:]
		} else {
			events = append(events, Event{Cursor: Cursor{Seq: seq}})
		}
	}
	return events
}
