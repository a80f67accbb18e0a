package feed

import (
	"context"
	"math"

	"maru/internal/chat"
)

// Identity is the room as the tables know it: that of a page is in no table until
// its first message makes it.
func (r *Room) Identity() chat.Room {
	if made := r.made.Load(); made != nil {
		return *made
	}
	return r.Room
}

// await finds out which of the rooms that are not made yet have been made. They
// are looked for when they are new here, and when there are more rooms than there
// were.
func (f *Feed) await(ctx context.Context, held []*Room, rooms int) error {
	var waiting []*Room
	var slugs []string
	for _, r := range held {
		if !r.Identity().Made() && (!r.checked || rooms != f.known) {
			waiting, slugs = append(waiting, r), append(slugs, r.Slug)
		}
	}
	if len(slugs) > 0 {
		made, err := f.log.Made(ctx, slugs)
		if err != nil {
			return err
		}
		f.mu.Lock()
		for _, r := range waiting {
			r.checked = true
			if room, ok := made[r.Slug]; ok {
				f.bind(r, room)
			}
		}
		f.mu.Unlock()
	}
	f.known = rooms
	return nil
}

// meet binds a room that readers wait for to the one that it has become, which
// another reader comes to; f.mu is held.
func (f *Feed) meet(room chat.Room) {
	if !room.Made() || !chat.IsPage(room.Slug) || f.rooms[room.ID] != nil {
		return
	}
	if waiting, ok := f.rooms[chat.UnmadeRoom(room.Slug).ID]; ok {
		f.bind(waiting, room)
	}
}

// bind gives a room that was made its identity: from now on its log is followed
// as any other's; f.mu is held.
func (f *Feed) bind(r *Room, room chat.Room) {
	if r.Identity().Made() {
		return
	}
	delete(f.rooms, r.ID)
	r.made.Store(&room)
	key := room.ID
	if f.rooms[key] != nil { // who came in the same moment: no hint names this one, but each sweep finds it
		f.twins++
		key = math.MinInt64 + f.twins
	}
	f.rooms[key] = r
}

// tell tells those who are to hear of it that a credential ended.
func (f *Feed) tell(e chat.Ending) {
	f.mu.Lock()
	told := f.onEnding
	f.mu.Unlock()
	for _, ended := range told {
		ended(e)
	}
}
