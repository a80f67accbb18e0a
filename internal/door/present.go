package door

import (
	"net/http"
	"slices"

	"maru/internal/chat"
)

// Present is who is in a room now, by id, with the actor, who is about to be.
func (d *Door) Present(room int64, actor chat.Actor) []int64 {
	users := d.Streams.Signals.Present(room)
	if !slices.Contains(users, actor.ID) {
		users = append(users, actor.ID)
	}
	return users
}

// Here is Present of the room of the path, whether or not the actor may know
// that it is there: it decides which drawing of a page is the right one.
func (d *Door) Here(r *http.Request, actor chat.Actor) ([]int64, error) {
	slug := r.PathValue("room")
	room, err := d.rooms.Find(d.Store.Database(), slug, func() (int64, error) { return d.Store.RoomNumber(r.Context(), slug) })
	return d.Present(room, actor), err
}
