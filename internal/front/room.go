package front

import (
	"fmt"
	"net/http"
	"strconv"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
)

func (f Front) roomsPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return f.Remembered(w, r, actor, "", func(string) (page.View, error) {
		rooms, err := f.Store.Rooms(r.Context(), actor)
		return &page.Rooms{Base: f.Frame(r, &actor), Contents: rooms}, err
	})
}

// roomPage shows a room: its newest messages, those before a number (for
// readers without a script), or those around the one that the address names.
func (f Front) roomPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	ask := chat.PageRequest{Limit: chat.NewestPage}
	if r.PathValue("seq") != "" {
		seq, err := door.PathID(r, "seq")
		if err != nil {
			return err
		}
		ask.Around = seq
	} else {
		before, err := door.QueryNumber(r, "before", 1, chat.MaxID)
		if err != nil {
			return err
		}
		ask.Before = before
	}
	here, err := f.Here(r, actor)
	if err != nil {
		return err
	}
	return f.Remembered(w, r, actor, fmt.Sprint(here), func(nonce string) (page.View, error) {
		view, err := f.roomView(r, actor, ask)
		switch {
		case err != nil:
			return nil, err
		case ask.Around > 0 && view.Target == nil:
			return nil, chat.NoSuchThing()
		}
		view.Composer.Nonce, view.Here = nonce, here
		return view, f.fillComposer(r, actor, view)
	})
}

func (f Front) roomView(r *http.Request, actor chat.Actor, ask chat.PageRequest) (*page.Room, error) {
	c, err := f.Store.Conversation(r.Context(), actor, r.PathValue("room"), ask)
	if err != nil {
		return nil, err
	}
	room := c.Room
	view := &page.Room{
		Base: f.Frame(r, &actor), Contents: c.Rooms, Room: room, Cursor: c.HeadCursor().String(), Here: f.Present(room.ID, actor),
		Composer: page.Composer{Nonce: chat.NewSecret()},
	}
	read := int64(-1)
	if room.Member && room.Unread > 0 {
		read = room.Read
	}
	view.Rows = page.Rows(c.Messages, c.Quoted, actor.ID, read, view.Clock)
	if n := len(view.Rows); n > 0 {
		f.placePage(view, room, actor, ask)
	}
	return view, nil
}

// placePage says how a page of messages lies in its room.
func (f Front) placePage(view *page.Room, room chat.RoomView, actor chat.Actor, ask chat.PageRequest) {
	first, last := view.Rows[0].Seq, view.Rows[len(view.Rows)-1].Seq
	if len(view.Rows) == ask.Limit && first > room.Floor+1 {
		view.Older = first
	}
	if (ask.Before > 0 || ask.Around > 0) && room.Last != nil {
		view.Newer = last < room.Last.Seq
	}
	standing := chat.Standing{Server: actor.Role, Room: room.Kind, Member: room.Member, Role: room.Role}
	for i := range view.Rows {
		row := &view.Rows[i]
		if row.Seq != ask.Around {
			continue
		}
		standing.Own = row.Mine
		row.Permitted = page.Permitted{
			Edit: standing.May(chat.EditMessage) == nil, Delete: standing.May(chat.DeleteMessage) == nil,
		}
		view.Target = row
	}
}

// fillComposer prepares the form for a reply or an edit that a link asks for.
func (f Front) fillComposer(r *http.Request, actor chat.Actor, view *page.Room) error {
	slug := view.Room.Slug
	if seq, ok := chat.ParseSeq(r.URL.Query().Get("reply")); ok {
		m, err := f.Store.Message(r.Context(), actor, slug, seq)
		if err != nil {
			return err
		}
		view.Composer.ReplyTo = m
	}
	if seq, ok := chat.ParseSeq(r.URL.Query().Get("edit")); ok {
		m, err := f.Store.Message(r.Context(), actor, slug, seq)
		if err != nil {
			return err
		}
		if m.Author.ID == actor.ID && !m.Deleted {
			view.Composer.Editing, view.Composer.Body = seq, m.Body
		}
	}
	return nil
}

// messageForm posts a message as a page without a script does.
func (f Front) messageForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	slug := r.PathValue("room")
	d := chat.Draft{Body: values.Get("body"), Nonce: values.Get("nonce")}
	if reply, ok := chat.ParseSeq(values.Get("reply_to")); ok {
		d.ReplyTo = reply
	}
	if _, _, err := f.Post(r, actor, d); err != nil {
		return f.roomAgain(w, r, actor, d, 0, err)
	}
	// Who answers has read what was on the page.
	if seen, err := strconv.ParseInt(values.Get("seen"), 10, 64); err == nil {
		if err := f.MarkRead(r, actor, seen); err != nil {
			return err
		}
	}
	return door.See(w, r, "/rooms/"+slug+"#say")
}

// changeMessageForm edits or deletes a message, or reacts to it, as a page
// without a script does.
func (f Front) changeMessageForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	seq, err := door.PathID(r, "seq")
	if err != nil {
		return err
	}
	slug := r.PathValue("room")
	if values.Get("act") == "delete" {
		if err := f.Store.DeleteMessage(r.Context(), actor, slug, seq); err != nil {
			return err
		}
		return door.See(w, r, "/rooms/"+slug)
	}
	there := "/rooms/" + slug + "/" + strconv.FormatInt(seq, 10)
	for name, change := range map[string]door.Reacting{"react": f.Store.React, "unreact": f.Store.Unreact} {
		if !values.Has(name) {
			continue
		}
		if err := f.React(r, actor, seq, values.Get(name), change); err != nil {
			return f.roomAgain(w, r, actor, chat.Draft{}, 0, err)
		}
		return door.See(w, r, there)
	}
	if _, err := f.Edit(r, actor, seq, values.Get("body")); err != nil {
		return f.roomAgain(w, r, actor, chat.Draft{Body: values.Get("body")}, seq, err)
	}
	return door.See(w, r, there)
}

// roomAgain shows the room with what was typed and what was wrong with it.
func (f Front) roomAgain(w http.ResponseWriter, r *http.Request, actor chat.Actor, d chat.Draft, editing int64, wrong error) error {
	view, err := f.roomView(r, actor, chat.PageRequest{Limit: chat.NewestPage})
	if err != nil {
		return err
	}
	view.Composer.Body, view.Composer.Editing = d.Body, editing
	if d.ReplyTo != 0 {
		if m, err := f.Store.Message(r.Context(), actor, view.Room.Slug, d.ReplyTo); err == nil {
			view.Composer.ReplyTo = m
		}
	}
	return f.again(w, r, wrong, view)
}
