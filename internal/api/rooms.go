package api

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/gate"
)

func (a API) getRooms(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	rooms, err := a.Store.Rooms(r.Context(), actor)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("rooms", rooms))
}

func (a API) postRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Slug    *string       `json:"slug"`
		Name    *string       `json:"name"`
		Kind    chat.RoomKind `json:"kind"`
		Members []int64       `json:"members"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	if in.Slug != nil {
		if err := chat.CheckNewSlug(*in.Slug); err != nil {
			return err
		}
	}
	switch {
	case in.Kind == chat.Direct && in.Name != nil:
		return chat.Refuse(chat.Invalid, "direct_name")
	case in.Kind == chat.Direct:
		return a.openDirect(w, r, actor, door.Given(in.Slug), in.Members)
	case in.Name == nil:
		return chat.Refuse(chat.Invalid, "missing_member", "name")
	}
	room, err := a.OpenRoom(r, actor,
		chat.NewRoom{Slug: door.Given(in.Slug), Name: *in.Name, Kind: in.Kind, Members: in.Members})
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusCreated, door.Under("room", room))
}

func (a API) openDirect(w http.ResponseWriter, r *http.Request, actor chat.Actor, slug string, others []int64) error {
	room, fresh, err := a.OpenDirect(r, actor, slug, others)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return door.Answer(w, status, door.Under("room", room))
}

func (a API) getRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	room, err := a.Store.Room(r.Context(), actor, r.PathValue("room"))
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("room", room))
}

func (a API) patchRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Name      *string        `json:"name"`
		Topic     *string        `json:"topic"`
		Kind      *chat.RoomKind `json:"kind"`
		Retention *struct {
			Messages *int64 `json:"keep_messages"`
			Days     *int64 `json:"keep_days"`
		} `json:"retention"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	changes := chat.RoomChanges{Name: in.Name, Topic: in.Topic, Kind: in.Kind}
	if keep := in.Retention; keep != nil {
		changes.Retention = &chat.Retention{Messages: door.Given(keep.Messages), Days: door.Given(keep.Days)}
		if keep.Messages != nil && *keep.Messages == 0 {
			changes.Retention.Messages = -1 // a limit that is given has to be one
		}
		if keep.Days != nil && *keep.Days == 0 {
			changes.Retention.Days = -1
		}
	}
	room, err := a.ChangeRoom(r, actor, changes)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("room", room))
}

func (a API) deleteRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := a.Store.DeleteRoom(r.Context(), actor, r.PathValue("room")); err != nil {
		return err
	}
	return door.Done(w)
}

// maxMembers is how many members one answer holds at most.
const maxMembers = 200

func (a API) getMembers(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	after, err := door.QueryNumber(r, "after", 0, chat.MaxID)
	if err != nil {
		return err
	}
	limit, err := door.QueryNumber(r, "limit", 1, maxMembers)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = maxMembers
	}
	members, err := a.Store.Members(r.Context(), actor, r.PathValue("room"), after, int(limit))
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("members", members))
}

// pathUser reads a user from the path: an id, or `me` for the actor.
func pathUser(r *http.Request, actor chat.Actor) (int64, error) {
	if r.PathValue("user") == "me" {
		return actor.ID, nil
	}
	return door.PathID(r, "user")
}

func (a API) putMember(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	user, err := pathUser(r, actor)
	if err != nil {
		return err
	}
	var in struct {
		Role *chat.RoomRole `json:"role"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	member, err := a.SetMember(r, actor, user, door.Given(in.Role))
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("member", member))
}

func (a API) deleteMember(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	user, err := pathUser(r, actor)
	if err != nil {
		return err
	}
	if err := a.RemoveMember(r, actor, user); err != nil {
		return err
	}
	return door.Done(w)
}
