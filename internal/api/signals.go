package api

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/gate"
)

// postTyping tells those who read a room that the actor is typing there.
func (a API) postTyping(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := gate.Decode(w, r, &struct{}{}); err != nil {
		return err
	}
	if err := a.Typing(r, actor); err != nil {
		return err
	}
	return door.Done(w)
}

// getPresence answers who is in a room now.
func (a API) getPresence(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	reading, err := a.Store.Reading(r.Context(), actor, r.PathValue("room"), chat.ReadRoom)
	if err != nil {
		return err
	}
	_, _, users, err := a.Store.Known(r.Context(), reading.ID, a.Streams.Signals.Present(reading.ID))
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, door.Under("users", users))
}
