package chat

import "testing"

// The table of rights: each line is a standing, each column an action. A dot is
// "may", F is Forbidden, U is Unauthenticated, - is NotFound.
func TestMay(t *testing.T) {
	actions := []Action{ReadRoom, Post, React, Join, Leave, Mark, EditMessage, DeleteMessage, Configure, Admit}
	tests := []struct {
		name string
		Standing
		want string
	}{
		{"open room, anybody", Standing{ServerMember, Open, false, "", false}, ".....FFFFF"},
		{"open room, own message, has left", Standing{ServerMember, Open, false, "", true}, ".....F..FF"},
		{"open room, member", Standing{ServerMember, Open, true, RoomMember, false}, "......FFFF"},
		{"open room, member, own message", Standing{ServerMember, Open, true, RoomMember, true}, "........FF"},
		{"open room, moderator", Standing{ServerMember, Open, true, RoomModerator, false}, "......F.FF"},
		{"open room, owner", Standing{ServerMember, Open, true, RoomOwner, false}, "......F..."},
		{"open room, admin who is not in it", Standing{ServerAdmin, Open, false, "", false}, ".....FF..."},
		{"open room, the server's owner, not in it", Standing{ServerOwner, Open, false, "", false}, ".....FF..."},
		{"closed room, anybody", Standing{ServerMember, Closed, false, "", false}, "----------"},
		{"closed room, own message, has left", Standing{ServerMember, Closed, false, "", true}, "----------"},
		{"closed room, admin who is not in it", Standing{ServerAdmin, Closed, false, "", false}, "----------"},
		{"closed room, the server's owner, not in it", Standing{ServerOwner, Closed, false, "", false}, "----------"},
		{"closed room, member", Standing{ServerMember, Closed, true, RoomMember, false}, "......FFFF"},
		{"closed room, moderator", Standing{ServerMember, Closed, true, RoomModerator, false}, "......F.FF"},
		{"closed room, owner", Standing{ServerMember, Closed, true, RoomOwner, false}, "......F..."},
		{"closed room, admin in it", Standing{ServerAdmin, Closed, true, RoomMember, false}, "......F..."},
		{"direct room, not in it", Standing{ServerOwner, Direct, false, "", false}, "----------"},
		{"direct room, member", Standing{ServerMember, Direct, true, RoomMember, false}, "......FFFF"},
		{"direct room, whoever opened it", Standing{ServerMember, Direct, true, RoomOwner, false}, "......F..F"},
		{"direct room, the server's owner in it", Standing{ServerOwner, Direct, true, RoomMember, true}, ".........F"},
		{"open room, reader", Standing{ServerReader, Open, false, "", false}, ".UUUUUUUUU"},
		{"closed room, reader", Standing{ServerReader, Closed, false, "", false}, "----------"},
		{"room of a page that is not made, reader", Standing{ServerReader, Unmade, false, "", false}, ".UUUUUUUUU"},
		{"room of a page that is not made, visitor", Standing{ServerMember, Unmade, false, "", false}, "..--------"},
		{"room of a page that is not made, the server's owner", Standing{ServerOwner, Unmade, false, "", false}, "..--------"},
		{"deleted room, reader", Standing{ServerReader, Ended, false, "", false}, "----------"},
		{"deleted room, owner", Standing{ServerOwner, Ended, true, RoomOwner, true}, "----------"},
	}
	for _, test := range tests {
		got := ""
		for _, a := range actions {
			switch err := test.May(a); {
			case err == nil:
				got += "."
			case KindOf(err) == Forbidden:
				got += "F"
			case KindOf(err) == Unauthenticated:
				got += "U"
			case KindOf(err) == NotFound:
				got += "-"
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestMayGovern(t *testing.T) {
	owner, admin := User{ID: 1, Role: ServerOwner}, User{ID: 2, Role: ServerAdmin}
	other, member := User{ID: 3, Role: ServerAdmin}, User{ID: 4, Role: ServerMember}
	for _, test := range []struct {
		actor, target User
		may           bool
	}{
		{owner, admin, true}, {owner, member, true}, {owner, owner, false},
		{admin, member, true}, {admin, other, true}, {admin, owner, false}, {admin, admin, false},
		{member, member, false}, {member, admin, false}, {member, owner, false},
	} {
		if got := MayGovern(test.actor, test.target) == nil; got != test.may {
			t.Errorf("user %d over user %d: %v, want %v", test.actor.ID, test.target.ID, got, test.may)
		}
	}
}

// A right ends at exactly the event that says so, whatever stands around it.
func TestRightAfter(t *testing.T) {
	const me, other = 7, 8
	joined := func(u int64) Event { return Event{Change: Joined, User: u, RoomKind: Closed} }
	left := func(u int64, k RoomKind) Event { return Event{Change: Left, User: u, RoomKind: k} }
	removed := func(u int64, k RoomKind) Event { return Event{Change: Removed, User: u, RoomKind: k} }
	shaped := func(k RoomKind) Event { return Event{Change: Reshaped, RoomKind: k} }
	post := Event{Change: Posted, Message: &Message{}}
	tests := []struct {
		name   string
		member bool
		events []Event
		ends   int // after which of the events, counted from 1; 0: never
	}{
		{"posts end nothing", false, []Event{post, post}, 0},
		{"removal from a closed room", true, []Event{post, removed(me, Closed), post}, 2},
		{"leaving a closed room", true, []Event{left(me, Closed)}, 1},
		{"leaving a direct room", true, []Event{left(me, Direct)}, 1},
		{"another's removal", true, []Event{removed(other, Closed), left(other, Closed)}, 0},
		{"leaving an open room", true, []Event{left(me, Open), post}, 0},
		{"leaving an open room that is closed then", true, []Event{left(me, Open), post, shaped(Closed)}, 3},
		{"an open room closes, member", true, []Event{shaped(Closed), post}, 0},
		{"an open room closes, not a member", false, []Event{post, shaped(Closed)}, 2},
		{"joined before it closes", false, []Event{joined(me), shaped(Closed), post}, 0},
		{"joined, removed while open, then closed", false, []Event{joined(me), removed(me, Open), shaped(Closed)}, 3},
		{"another joins before it closes", false, []Event{joined(other), shaped(Closed)}, 2},
		{"renamed while open", false, []Event{shaped(Open), post}, 0},
		{"deleted, member", true, []Event{post, {Change: Closure, RoomKind: Ended}}, 2},
		{"deleted, not a member", false, []Event{{Change: Closure, RoomKind: Ended}}, 1},
		{"another role", true, []Event{{Change: Regraded, User: me, RoomKind: Closed}}, 0},
		{"another name", true, []Event{{Change: Profiled, User: me, RoomKind: Closed}}, 0},
	}
	for _, test := range tests {
		right := Right{User: me, Member: test.member}
		ends := 0
		for i, e := range test.events {
			var ended bool
			if right, ended = right.After(e); ended {
				ends = i + 1
				break
			}
		}
		if ends != test.ends {
			t.Errorf("%s: ended after event %d, want %d", test.name, ends, test.ends)
		}
	}
}
