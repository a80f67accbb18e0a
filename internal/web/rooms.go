package web

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/gate"
)

func (v *Server) getRooms(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	rooms, err := v.store.Rooms(r.Context(), actor)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("rooms", rooms))
}

func (v *Server) postRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
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
		if err := chat.CheckSlug(*in.Slug); err != nil {
			return err
		}
	}
	switch {
	case in.Kind == chat.Direct && in.Name != nil:
		return chat.Refuse(chat.Invalid, "direct_name")
	case in.Kind == chat.Direct:
		return v.openDirect(w, r, actor, given(in.Slug), in.Members)
	case in.Name == nil:
		return chat.Refuse(chat.Invalid, "missing_member", "name")
	}
	room, err := v.store.OpenRoom(r.Context(), actor,
		chat.NewRoom{Slug: given(in.Slug), Name: *in.Name, Kind: in.Kind, Members: in.Members})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, under("room", room))
}

func (v *Server) openDirect(w http.ResponseWriter, r *http.Request, actor chat.Actor, slug string, others []int64) error {
	room, fresh, err := v.store.OpenDirect(r.Context(), actor, slug, others)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return answer(w, status, under("room", room))
}

func (v *Server) getRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	room, err := v.store.Room(r.Context(), actor, r.PathValue("room"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("room", room))
}

func (v *Server) patchRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
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
		changes.Retention = &chat.Retention{Messages: given(keep.Messages), Days: given(keep.Days)}
		if keep.Messages != nil && *keep.Messages == 0 {
			changes.Retention.Messages = -1 // a limit that is given has to be one
		}
		if keep.Days != nil && *keep.Days == 0 {
			changes.Retention.Days = -1
		}
	}
	room, err := v.store.ChangeRoom(r.Context(), actor, r.PathValue("room"), changes)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("room", room))
}

func (v *Server) deleteRoom(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := v.store.DeleteRoom(r.Context(), actor, r.PathValue("room")); err != nil {
		return err
	}
	return done(w)
}

// maxMembers is how many members one answer holds at most.
const maxMembers = 200

func (v *Server) getMembers(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	after, err := queryNumber(r, "after", 0, chat.MaxID)
	if err != nil {
		return err
	}
	limit, err := queryNumber(r, "limit", 1, maxMembers)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = maxMembers
	}
	members, err := v.store.Members(r.Context(), actor, r.PathValue("room"), after, int(limit))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("members", members))
}

// pathUser reads a user from the path: an id, or `me` for the actor.
func pathUser(r *http.Request, actor chat.Actor) (int64, error) {
	if r.PathValue("user") == "me" {
		return actor.ID, nil
	}
	return pathID(r, "user")
}

func (v *Server) putMember(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
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
	member, err := v.store.SetMember(r.Context(), actor, r.PathValue("room"), user, given(in.Role))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("member", member))
}

func (v *Server) deleteMember(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	user, err := pathUser(r, actor)
	if err != nil {
		return err
	}
	if err := v.store.RemoveMember(r.Context(), actor, r.PathValue("room"), user); err != nil {
		return err
	}
	return done(w)
}
