package inbox

import (
	"slices"

	"maru/internal/chat"
)

// book is which rooms are whose, as far as their users read here.
type book struct {
	users map[int64]*box
	rooms map[int64]*room // of all users together
	count int64           // of the looks; what has moved is told by their numbers
	moved bool            // a room that stands here has moved, and nobody was woken
	stale bool            // it is not known who has come and gone: all have to be filled anew
}

// box is one user's inbox, for all who read it.
type box struct {
	user    int64
	readers []*Reader
	filled  bool
	rooms   []*room // that the user is a member of
}

// room is a room that is in somebody's inbox.
type room struct {
	chat.InboxRoom
	moved   int64 // the number of the look that has seen it move last
	members int   // how many inboxes it is in
	deleted bool
}

func newBook() book {
	return book{users: map[int64]*box{}, rooms: map[int64]*room{}}
}

// at returns a room as it was seen to stand.
func (k *book) at(seen chat.InboxRoom) *room {
	r := k.rooms[seen.ID]
	if r == nil {
		r = &room{InboxRoom: seen, moved: k.count}
		k.rooms[seen.ID] = r
	}
	if r.Head != seen.Head {
		r.Head, r.moved = seen.Head, k.count
		k.moved = true
	}
	return r
}

// move takes note of what has become of a room in this look.
func (k *book) move(m chat.Move) {
	k.stale = k.stale || m.Parted
	if r := k.rooms[m.Room.ID]; m.Deleted && r != nil {
		r.deleted = true
		delete(k.rooms, m.Room.ID)
	}
	if m.Deleted {
		return
	}
	if k.rooms[m.Room.ID] != nil {
		k.at(m.Room)
	}
	for _, one := range m.Members {
		b := k.users[one.User]
		if b == nil || !b.filled {
			continue
		}
		i := slices.IndexFunc(b.rooms, func(r *room) bool { return r.ID == m.Room.ID && !r.deleted })
		switch {
		case one.Member && i < 0:
			k.add(b, k.at(m.Room))
		case !one.Member && i >= 0:
			k.release(b.rooms[i])
			b.rooms = slices.Delete(b.rooms, i, i+1)
		}
	}
}

func (k *book) add(b *box, r *room) {
	r.members++
	r.moved, k.moved = k.count, true
	b.rooms = append(b.rooms, r)
}

func (k *book) release(r *room) {
	if r.members--; r.members == 0 && !r.deleted {
		delete(k.rooms, r.ID)
	}
}

// tell wakes those who read of a room that this look has seen move.
func (k *book) tell() {
	if !k.moved {
		return
	}
	k.moved = false
	for _, b := range k.users {
		if slices.ContainsFunc(b.rooms, func(r *room) bool { return r.moved == k.count }) {
			b.rouse()
		}
	}
}

func (b *box) rouse() {
	for _, r := range b.readers {
		r.moved.Store(true)
		r.wake()
	}
}

// unfilled returns those whose rooms have to be read.
func (k *book) unfilled() []int64 {
	var users []int64
	for user, b := range k.users {
		if k.stale || !b.filled {
			users = append(users, user)
		}
	}
	return users
}

// fill gives users their rooms, as they are now.
func (k *book) fill(users []int64, list []chat.Membership) {
	k.count++
	rooms := map[int64][]*room{}
	for _, m := range list {
		if b := k.users[m.User]; b != nil {
			r := k.at(m.Room)
			if b.filled { // anew, so that nobody knows what was told of it
				r.moved, k.moved = k.count, true
			}
			r.members++
			rooms[m.User] = append(rooms[m.User], r)
		}
	}
	for _, user := range users {
		if b := k.users[user]; b != nil {
			for _, r := range b.rooms {
				k.release(r)
			}
			b.rooms, b.filled = rooms[user], true
			b.rouse()
		}
	}
	k.stale = false
	k.tell()
}

// drop forgets an inbox that nobody reads any more.
func (k *book) drop(b *box) {
	for _, r := range b.rooms {
		k.release(r)
	}
	delete(k.users, b.user)
}
