package front

import (
	"net/http"
	"strconv"
	"strings"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
)

func (f Front) newRoomPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return f.Render(w, r, http.StatusOK, &page.NewRoom{Base: f.Frame(r, &actor), Kind: chat.Open})
}

func (f Front) newRoomForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	n := chat.NewRoom{Name: values.Get("name"), Slug: values.Get("slug"), Kind: chat.RoomKind(values.Get("kind"))}
	var room chat.RoomView
	if n.Kind == chat.Direct {
		room, err = f.writeTo(r, actor, values.Get("to"))
	} else {
		room, err = f.OpenRoom(r, actor, n)
	}
	if err == nil {
		return door.See(w, r, "/rooms/"+room.Slug)
	}
	view := &page.NewRoom{Base: f.Frame(r, &actor), Name: n.Name, Slug: n.Slug, Kind: n.Kind, To: values.Get("to")}
	return f.again(w, r, err, view)
}

// writeTo returns the direct room with a user who is named.
func (f Front) writeTo(r *http.Request, actor chat.Actor, name string) (chat.RoomView, error) {
	user, err := f.Store.UserNamed(r.Context(), name)
	if err != nil {
		return chat.RoomView{}, err
	}
	room, _, err := f.OpenDirect(r, actor, "", []int64{user.ID})
	return room, err
}

func (f Front) aboutPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	view, err := f.aboutView(r, actor)
	if err != nil {
		return err
	}
	return f.Render(w, r, http.StatusOK, view)
}

// aboutMembers is how many members the page shows at once.
const aboutMembers = 50

func (f Front) aboutView(r *http.Request, actor chat.Actor) (*page.About, error) {
	slug := r.PathValue("room")
	room, err := f.Store.Room(r.Context(), actor, slug)
	if err != nil {
		return nil, err
	}
	after, err := door.QueryNumber(r, "after", 0, chat.MaxID)
	if err != nil {
		return nil, err
	}
	members, err := f.Store.Members(r.Context(), actor, slug, after, aboutMembers)
	if err != nil {
		return nil, err
	}
	_, _, here, err := f.Store.Known(r.Context(), room.ID, f.Present(room.ID, actor))
	if err != nil {
		return nil, err
	}
	standing := chat.Standing{Server: actor.Role, Room: room.Kind, Member: room.Member, Role: room.Role}
	view := &page.About{
		Base: f.Frame(r, &actor), Room: room, Members: members, Here: here,
		Configure: standing.May(chat.Configure) == nil, Admit: standing.May(chat.Admit) == nil,
		Writes: len(room.With) != 1, // the direct room of two is where they write already
	}
	if len(members) == aboutMembers {
		view.More = members[len(members)-1].User.ID
	}
	return view, nil
}

// aboutAgain shows the page about a room with what was wrong with a form.
func (f Front) aboutAgain(w http.ResponseWriter, r *http.Request, actor chat.Actor, add string, wrong error) error {
	view, err := f.aboutView(r, actor)
	if err != nil {
		return err
	}
	view.Add = add
	return f.again(w, r, wrong, view)
}

func (f Front) aboutForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	slug := r.PathValue("room")
	name, topic, kind := values.Get("name"), values.Get("topic"), chat.RoomKind(values.Get("kind"))
	changes := chat.RoomChanges{Topic: &topic}
	if values.Has("name") || values.Has("kind") { // a direct room has neither to change
		changes.Name, changes.Kind = &name, &kind
	}
	if values.Has("keep_messages") && values.Has("keep_days") {
		changes.Retention = &chat.Retention{Messages: limit(values.Get("keep_messages")), Days: limit(values.Get("keep_days"))}
	}
	// The form shows the lobby's name in the reader's language: sent back as it
	// was shown, it is no new name.
	if slug == chat.Lobby && name == f.Pages.Text(f.Language(r), "room.lobby") {
		changes.Name = nil
	}
	if _, err := f.ChangeRoom(r, actor, changes); err != nil {
		return f.aboutAgain(w, r, actor, "", err)
	}
	if _, err := f.Store.Room(r.Context(), actor, slug); err != nil {
		return door.See(w, r, "/") // whoever closed a room without being in it
	}
	return door.See(w, r, "/rooms/"+slug)
}

// limit reads a limit that may be left empty, which is none; what is no limit
// becomes one that is refused.
func limit(text string) int64 {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n == 0 {
		return -1
	}
	return n
}

func (f Front) membersForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	slug := r.PathValue("room")
	user, _ := chat.ParseSeq(values.Get("user"))
	next := "/rooms/" + slug + "/about"
	switch values.Get("act") {
	case "join":
		next = "/rooms/" + slug
		_, err = f.SetMember(r, actor, actor.ID, "")
	case "leave":
		next = "/"
		err = f.RemoveMember(r, actor, actor.ID)
	case "add":
		var found chat.User
		if found, err = f.Store.UserNamed(r.Context(), values.Get("name")); err == nil {
			_, err = f.SetMember(r, actor, found.ID, "")
		}
	case "role":
		_, err = f.SetMember(r, actor, user, chat.RoomRole(values.Get("role")))
	case "remove":
		err = f.RemoveMember(r, actor, user)
	default:
		err = chat.Refuse(chat.Invalid, "form")
	}
	if err != nil {
		return f.aboutAgain(w, r, actor, values.Get("name"), err)
	}
	return door.See(w, r, next)
}

func (f Front) deleteRoomForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := f.Store.DeleteRoom(r.Context(), actor, r.PathValue("room")); err != nil {
		return err
	}
	return door.See(w, r, "/")
}
