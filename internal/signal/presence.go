package signal

import (
	"maps"
	"slices"
	"time"
)

const (
	// maxPresent is how many users the list of those who are in a room holds.
	// While it is full nobody is told who comes and goes: among so many it would
	// cost much and say little.
	maxPresent = 200
	// presenceGrace is how long a user who has left is taken to be there: who
	// reloads a page comes back.
	presenceGrace = 5 * time.Second
)

// list is who is in a room that somebody reads here.
type list struct {
	users []present
	met   bool // those of other nodes are among them
}

// present is one user in a list.
type present struct {
	user    int64
	streams int       // of the user on this node
	told    bool      // that the user has come
	left    time.Time // since when the user has no stream on any node; zero while there is one
}

// find is the place of a user in the list, or of the next to come.
func (l *list) find(user int64) int {
	i := slices.IndexFunc(l.users, func(p present) bool { return p.user == user })
	if i < 0 {
		return len(l.users)
	}
	return i
}

// add adds a user, where there is room.
func (l *list) add(p present) (*present, bool) {
	i := l.find(p.user)
	if i == len(l.users) {
		if i >= maxPresent {
			return nil, false
		}
		l.users = append(l.users, p)
	}
	return &l.users[i], true
}

// here returns those who are there by the streams of this node.
func (l *list) here() []int64 {
	users := []int64{}
	for _, p := range l.users {
		if p.streams > 0 {
			users = append(users, p.user)
		}
	}
	return users
}

// settle brings the list up to date with who is there by other nodes. It returns
// who has come, and who has gone, where there is somebody to tell; and whether
// somebody may be about to go.
func (l *list) settle(now time.Time, elsewhere []int64) (changed map[int64]bool, again bool) {
	full := len(l.users) >= maxPresent
	changed = map[int64]bool{}
	l.users = slices.DeleteFunc(l.users, func(p present) bool {
		gone := p.streams == 0 && !p.left.IsZero() && now.Sub(p.left) >= presenceGrace && !slices.Contains(elsewhere, p.user)
		if gone {
			changed[p.user] = false
		}
		return gone
	})
	for _, user := range elsewhere {
		l.add(present{user: user, told: !l.met}) // who begins to read asks who is there already
	}
	l.met = true
	full = full || len(l.users) >= maxPresent
	for i := range l.users {
		p := &l.users[i]
		switch {
		case p.streams > 0 || slices.Contains(elsewhere, p.user):
			p.left = time.Time{}
		case p.left.IsZero():
			p.left = now
		}
		again = again || !p.left.IsZero()
		if !p.told {
			changed[p.user], p.told = true, true
		}
	}
	listens := func(p present) bool { // to what is said of others
		_, own := changed[p.user]
		return p.streams > 0 && (len(changed) > 1 || !own)
	}
	if full || !slices.ContainsFunc(l.users, listens) {
		return nil, again
	}
	return changed, again
}

// rolls are the lists of those who are in rooms by the streams of other nodes, by
// room and node.
type rolls map[int64]map[string]roll

// roll is one node's list of a room.
type roll struct {
	users []int64
	heard time.Time
}

// put takes the list that a node has told.
func (r rolls) put(room int64, node string, users []int64) {
	switch {
	case len(users) == 0:
		delete(r[room], node)
	case r[room] == nil:
		r[room] = map[string]roll{node: {users, time.Now()}}
	default:
		r[room][node] = roll{users, time.Now()}
	}
}

// elsewhere returns who is in a room on other nodes.
func (r rolls) elsewhere(room int64) (users []int64) {
	for _, one := range r[room] {
		users = append(users, one.users...)
	}
	return users
}

// forget lets the lists go that were not told again, and returns of which rooms.
func (r rolls) forget(now time.Time) (rooms []int64) {
	for room, by := range r {
		before := len(by)
		maps.DeleteFunc(by, func(_ string, one roll) bool { return now.Sub(one.heard) >= listKept })
		if len(by) < before {
			rooms = append(rooms, room)
		}
		if len(by) == 0 {
			delete(r, room)
		}
	}
	return rooms
}
