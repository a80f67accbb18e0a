package door

import (
	"net/http"

	"maru/internal/chat"
)

// pace lets an actor pass within his rate of changes: of all that makes rows or
// events, which others have to read or to keep, and is neither a message nor a
// reaction.
func (d *Door) pace(actor chat.Actor) error { return d.gates.changes.Take(actor.ID, "post_rate") }

// paced runs a command within the actor's rate of changes.
func paced[T any](d *Door, actor chat.Actor, command func() (T, error)) (T, error) {
	if err := d.pace(actor); err != nil {
		var none T
		return none, err
	}
	return command()
}

// Edit gives a message of the actor's in the room of the path another text.
func (d *Door) Edit(r *http.Request, actor chat.Actor, seq int64, body string) (*chat.Message, error) {
	return paced(d, actor, func() (*chat.Message, error) {
		return d.Store.EditMessage(r.Context(), actor, r.PathValue("room"), seq, body)
	})
}

// OpenRoom makes a room.
func (d *Door) OpenRoom(r *http.Request, actor chat.Actor, n chat.NewRoom) (chat.RoomView, error) {
	return paced(d, actor, func() (chat.RoomView, error) { return d.Store.OpenRoom(r.Context(), actor, n) })
}

// OpenDirect returns the direct room with others, and whether it was made for that.
func (d *Door) OpenDirect(r *http.Request, actor chat.Actor, slug string, others []int64) (view chat.RoomView, fresh bool, err error) {
	if err := d.pace(actor); err != nil {
		return view, false, err
	}
	return d.Store.OpenDirect(r.Context(), actor, slug, others)
}

// ChangeRoom changes the room of the path.
func (d *Door) ChangeRoom(r *http.Request, actor chat.Actor, c chat.RoomChanges) (chat.RoomView, error) {
	return paced(d, actor, func() (chat.RoomView, error) {
		return d.Store.ChangeRoom(r.Context(), actor, r.PathValue("room"), c)
	})
}

// SetMember makes a user a member of the room of the path, or gives one a role.
func (d *Door) SetMember(r *http.Request, actor chat.Actor, user int64, role chat.RoomRole) (chat.Member, error) {
	return paced(d, actor, func() (chat.Member, error) {
		return d.Store.SetMember(r.Context(), actor, r.PathValue("room"), user, role)
	})
}

// RemoveMember ends a user's membership of the room of the path.
func (d *Door) RemoveMember(r *http.Request, actor chat.Actor, user int64) error {
	if err := d.pace(actor); err != nil {
		return err
	}
	return d.Store.RemoveMember(r.Context(), actor, r.PathValue("room"), user)
}
