package chat

// Action is something an actor may want to do in a room.
type Action int

// The actions. Each is one row of the table of rights.
const (
	ReadRoom      Action = iota // see the room, its history, its members and its events
	Post                        // post a message; in an open room it joins
	React                       // react to a message, which joins as a post does, or take that back
	Join                        // become a member oneself
	Leave                       // end one's own membership
	Mark                        // move one's read mark, say that one is typing
	EditMessage                 // change a message's text
	DeleteMessage               // take a message's text away
	Configure                   // change name, topic, kind and retention; delete the room
	Admit                       // add and remove others, give roles
)

// Standing is what decides: who the actor is on the server, what the room is,
// what the actor is in it, and whether the thing at hand is the actor's own.
type Standing struct {
	Server ServerRole
	Room   RoomKind
	Member bool
	Role   RoomRole
	Own    bool
}

// May returns nil where an actor of this standing may do a. What the actor
// cannot see is NotFound; what can be seen and not be done is Forbidden.
func (s Standing) May(a Action) error {
	if s.Room == Ended || s.Room != Open && s.Room != Unmade && !s.Member {
		return NoSuchThing()
	}
	switch {
	case s.Server == ServerReader && a != ReadRoom:
		return Refuse(Unauthenticated, "sign_in_first")
	case s.Room == Unmade && a != ReadRoom && a != Post:
		return NoSuchThing()
	case s.allows(a):
		return nil
	case s.Room == Direct && a == Admit:
		return Refuse(Forbidden, "direct_members")
	}
	return Refuse(Forbidden, "forbidden")
}

// May returns nil where the actor, who stands in a room as at says, may do a
// there. What lies beyond the actor's reach is not there.
func (a Actor) May(do Action, room Room, at Standing) error {
	if !a.Reach.Holds(room) {
		return NoSuchThing()
	}
	return at.May(do)
}

// allows is the table of rights for a room that the actor can see.
func (s Standing) allows(a Action) bool {
	switch a {
	case ReadRoom, Post, React, Join, Leave:
		return true
	case Mark:
		return s.Member
	case EditMessage:
		return s.Own
	case DeleteMessage:
		return s.Own || s.Server.Governs() || s.Role == RoomOwner || s.Role == RoomModerator
	case Configure:
		return s.Server.Governs() || s.Role == RoomOwner
	case Admit: // a direct room stays between those whom it was opened for
		return s.Room != Direct && (s.Server.Governs() || s.Role == RoomOwner)
	}
	return false
}

// MayGovern returns nil where an actor may change the role of another user on
// the server, or disable the account.
func MayGovern(actor, other User) error {
	switch {
	case !actor.Role.Governs(), other.Role == ServerOwner:
		return Refuse(Forbidden, "forbidden")
	case actor.ID == other.ID:
		return Refuse(Forbidden, "not_yourself")
	}
	return nil
}

// Right is one reader's right to read a room's log as it stands after the last
// event that the reader has walked past. It starts from what the tables said
// when the reader was let in, and then only the log itself changes it. So it
// ends at exactly one event, whichever way the log is read.
type Right struct {
	User   int64
	Member bool
}

// After returns the right as it stands after e, and whether e ends it. Only
// events later than the moment the right was checked may be given.
func (r Right) After(e Event) (next Right, ended bool) {
	switch e.Change {
	case Joined, Left, Removed:
		if e.User != r.User {
			return r, false
		}
		r.Member = e.Change == Joined
	case Reshaped, Closure:
	default:
		return r, false
	}
	return r, e.RoomKind == Ended || e.RoomKind != Open && !r.Member
}

// Reading is what a reader is let in with: the room, where its log stood at
// that moment, and the right as of that moment; and to what the reader has come.
type Reading struct {
	Room
	RoomState
	Right
	Role RoomRole // "" where the reader is no member, and no moderator
	Read int64
}
