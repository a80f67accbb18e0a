package web

import (
	"context"
	"net/http"

	"maru/internal/chat"
	"maru/internal/gate"
)

// page is a page of history on the wire.
type historyPage struct {
	Messages []*chat.Message `json:"messages"`
	chat.RoomState
	Cursor string `json:"cursor"`
}

func (v *Server) getMessages(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	ask, err := pageRequest(r)
	if err != nil {
		return err
	}
	page, err := v.store.Messages(r.Context(), actor, r.PathValue("room"), ask)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, historyPage{page.Messages, page.RoomState, page.HeadCursor().String()})
}

func pageRequest(r *http.Request) (ask chat.PageRequest, err error) {
	places := 0
	for name, place := range map[string]*int64{"before": &ask.Before, "after": &ask.After, "around": &ask.Around} {
		if *place, err = queryNumber(r, name, 1, chat.MaxID); err != nil {
			return ask, err
		}
		if *place != 0 {
			places++
		}
	}
	if places > 1 {
		return ask, chat.Refuse(chat.Invalid, "one_place")
	}
	limit, err := queryNumber(r, "limit", 1, chat.MaxPage)
	if limit == 0 {
		limit = chat.NewestPage
	}
	ask.Limit = int(limit)
	return ask, err
}

func (v *Server) getMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	seq, err := pathID(r, "seq")
	if err != nil {
		return err
	}
	m, err := v.store.Message(r.Context(), actor, r.PathValue("room"), seq)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("message", m))
}

func (v *Server) postMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Body    string  `json:"body"`
		Nonce   *string `json:"nonce"`
		ReplyTo *int64  `json:"reply_to"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	if in.Nonce != nil && *in.Nonce == "" || in.ReplyTo != nil && *in.ReplyTo < 1 {
		return chat.Refuse(chat.Invalid, "bad_nonce", chat.MaxNonce)
	}
	m, fresh, err := v.post(r, actor, chat.Draft{Body: in.Body, Nonce: given(in.Nonce), ReplyTo: given(in.ReplyTo)})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return answer(w, status, under("message", m))
}

// post stores a draft in the room of the path, within the actor's rate.
func (v *Server) post(r *http.Request, actor chat.Actor, d chat.Draft) (*chat.Message, bool, error) {
	if err := v.gates.posts.Take(actor.ID, "post_rate"); err != nil {
		return nil, false, err
	}
	m, fresh, err := v.store.PostMessage(r.Context(), actor, r.PathValue("room"), d)
	if err == nil && fresh {
		v.posted.Add(1)
	}
	return m, fresh, err
}

func (v *Server) patchMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	seq, err := pathID(r, "seq")
	if err != nil {
		return err
	}
	var in struct {
		Body string `json:"body"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	m, err := v.store.EditMessage(r.Context(), actor, r.PathValue("room"), seq, in.Body)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("message", m))
}

func (v *Server) deleteMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	seq, err := pathID(r, "seq")
	if err != nil {
		return err
	}
	if err := v.store.DeleteMessage(r.Context(), actor, r.PathValue("room"), seq); err != nil {
		return err
	}
	return done(w)
}

func (v *Server) putReaction(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return v.changeReaction(w, r, actor, v.store.React)
}

func (v *Server) deleteReaction(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return v.changeReaction(w, r, actor, v.store.Unreact)
}

// reacting gives a message a reaction, or takes it back.
type reacting func(ctx context.Context, actor chat.Actor, slug string, seq int64, emoji string) error

func (v *Server) changeReaction(w http.ResponseWriter, r *http.Request, actor chat.Actor, change reacting) error {
	seq, err := pathID(r, "seq")
	if err != nil {
		return err
	}
	if err := v.react(r, actor, seq, r.PathValue("emoji"), change); err != nil {
		return err
	}
	return done(w)
}

// react changes a reaction to a message of the path's room, within the actor's
// rate.
func (v *Server) react(r *http.Request, actor chat.Actor, seq int64, emoji string, change reacting) error {
	if err := v.gates.posts.Take(actor.ID, "post_rate"); err != nil {
		return err
	}
	return change(r.Context(), actor, r.PathValue("room"), seq, emoji)
}

func (v *Server) putRead(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Seq int64 `json:"seq"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	if in.Seq < 0 || in.Seq > chat.MaxID {
		return chat.Refuse(chat.Invalid, "bad_id", "seq")
	}
	if err := v.markRead(r, actor, in.Seq); err != nil {
		return err
	}
	return done(w)
}

// markRead moves the actor's read mark in the room of the path forward to seq.
func (v *Server) markRead(r *http.Request, actor chat.Actor, seq int64) error {
	room, read, err := v.store.MarkRead(r.Context(), actor, r.PathValue("room"), seq)
	if err == nil && read > 0 {
		v.feed.Signals.MarkRead(room, actor.User, read)
	}
	return err
}
