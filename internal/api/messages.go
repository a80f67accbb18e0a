package api

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/gate"
)

// historyPage is a page of history on the wire.
type historyPage struct {
	Messages []*chat.Message `json:"messages"`
	chat.RoomState
	Cursor string `json:"cursor"`
}

func (a API) getMessages(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	ask, err := pageRequest(r)
	if err != nil {
		return err
	}
	page, err := a.Store.Messages(r.Context(), actor, r.PathValue("room"), ask)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, historyPage{page.Messages, page.RoomState, page.HeadCursor().String()})
}

func pageRequest(r *http.Request) (ask chat.PageRequest, err error) {
	places := 0
	for _, place := range []struct {
		name  string
		least int64
		seq   *int64
	}{{"before", 1, &ask.Before}, {"after", 0, &ask.After}, {"around", 1, &ask.Around}} {
		if *place.seq, err = door.QueryNumber(r, place.name, place.least, chat.MaxID); err != nil {
			return ask, err
		}
		if r.URL.Query().Get(place.name) != "" {
			places++
		}
	}
	switch {
	case places > 1:
		return ask, chat.Refuse(chat.Invalid, "one_place")
	case places == 1 && ask == chat.PageRequest{}:
		ask.Around = 1 // a history begins behind 0, as it does around its first number
	}
	limit, err := door.QueryNumber(r, "limit", 1, chat.MaxPage)
	if limit == 0 {
		limit = chat.NewestPage
	}
	ask.Limit = int(limit)
	return ask, err
}

func (a API) getMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	seq, err := door.PathID(r, "seq")
	if err != nil {
		return err
	}
	m, err := a.Store.Message(r.Context(), actor, r.PathValue("room"), seq)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("message", m))
}

func (a API) postMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Body    string  `json:"body"`
		Nonce   *string `json:"nonce"`
		ReplyTo *int64  `json:"reply_to"`
		Page    *string `json:"page"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	switch {
	case in.Nonce != nil && *in.Nonce == "":
		return chat.Refuse(chat.Invalid, "bad_nonce", chat.MaxNonce)
	case in.ReplyTo != nil && *in.ReplyTo < 1:
		return chat.Refuse(chat.Invalid, "bad_id", "reply_to")
	}
	draft := chat.Draft{Body: in.Body, Nonce: door.Given(in.Nonce), ReplyTo: door.Given(in.ReplyTo)}
	if in.Page != nil {
		var err error
		if draft.Page, err = a.Page(r, actor, *in.Page); err != nil {
			return err
		}
	}
	m, fresh, err := a.Post(r, actor, draft)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return door.Answer(w, status, door.Under("message", m))
}

func (a API) patchMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	seq, err := door.PathID(r, "seq")
	if err != nil {
		return err
	}
	var in struct {
		Body string `json:"body"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	m, err := a.Edit(r, actor, seq, in.Body)
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("message", m))
}

func (a API) deleteMessage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	seq, err := door.PathID(r, "seq")
	if err != nil {
		return err
	}
	if err := a.Store.DeleteMessage(r.Context(), actor, r.PathValue("room"), seq); err != nil {
		return err
	}
	return door.Done(w)
}

func (a API) putReaction(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return a.changeReaction(w, r, actor, a.Store.React)
}

func (a API) deleteReaction(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return a.changeReaction(w, r, actor, a.Store.Unreact)
}

func (a API) changeReaction(w http.ResponseWriter, r *http.Request, actor chat.Actor, change door.Reacting) error {
	seq, err := door.PathID(r, "seq")
	if err != nil {
		return err
	}
	if err := a.React(r, actor, seq, r.PathValue("emoji"), change); err != nil {
		return err
	}
	return door.Done(w)
}

func (a API) putRead(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Seq int64 `json:"seq"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	if in.Seq < 0 || in.Seq > chat.MaxID {
		return chat.Refuse(chat.Invalid, "bad_id", "seq")
	}
	if err := a.MarkRead(r, actor, in.Seq); err != nil {
		return err
	}
	return door.Done(w)
}
