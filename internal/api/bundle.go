package api

import (
	"net/http"
	"slices"

	"maru/internal/chat"
	"maru/internal/stream"
)

// getBundle answers with the logs of several rooms as they grow, in one stream.
func (a API) getBundle(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if !wantsStream(r) {
		return chat.Refuse(chat.Invalid, "only_stream")
	}
	places, err := askedPlaces(r)
	if err != nil {
		return err
	}
	ticket, err := a.enter(r, actor)
	if err != nil {
		return err
	}
	rooms, err := a.letIn(r, actor, places)
	if err != nil {
		ticket.Leave()
		return err
	}
	s, err := a.Streams.Bundle(r.Context(), rooms, actor.User, ticket)
	if err != nil {
		return err
	}
	return write(w, r, s)
}

// askedPlaces reads which rooms a request asks for, and where to go on in each. The
// id of the last event that it has seen knows better than its address.
func askedPlaces(r *http.Request) ([]chat.Place, error) {
	places, err := chat.ParsePlaces(r.URL.Query().Get("rooms"))
	if err != nil {
		return nil, err
	}
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		return places, nil
	}
	seen, err := chat.ParsePlaces(last)
	if err != nil {
		return nil, err
	}
	for _, s := range seen {
		if i := slices.IndexFunc(places, func(p chat.Place) bool { return p.Slug == s.Slug }); i >= 0 {
			places[i] = s
		}
	}
	return places, nil
}

// letIn lets an actor in to read rooms: at least one of them can be read.
func (a API) letIn(r *http.Request, actor chat.Actor, places []chat.Place) ([]stream.Opening, error) {
	rooms := make([]stream.Opening, len(places))
	refused := 0
	for i, p := range places {
		reading, start, err := a.Store.Resume(r.Context(), actor, p.Slug, p.Position)
		switch {
		case chat.KindOf(err) == chat.NotFound:
			refused++
		case err != nil:
			return nil, err
		}
		rooms[i] = stream.Opening{Place: p, Reading: reading, Start: start, Refused: err != nil}
	}
	if refused == len(rooms) {
		return nil, chat.NoSuchThing()
	}
	return rooms, nil
}
