package web

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/gate"
)

// postTyping tells those who read a room that the actor is typing there.
func (v *Server) postTyping(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := gate.Decode(w, r, &struct{}{}); err != nil {
		return err
	}
	if err := v.gates.typing.Take(actor.ID, "post_rate"); err != nil {
		return err
	}
	reading, err := v.store.Reading(r.Context(), actor, r.PathValue("room"), chat.Mark)
	if err != nil {
		return err
	}
	v.feed.Signals.Typing(reading, actor.User)
	return done(w)
}

// getPresence answers who is in a room now.
func (v *Server) getPresence(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	reading, err := v.store.Reading(r.Context(), actor, r.PathValue("room"), chat.ReadRoom)
	if err != nil {
		return err
	}
	_, _, users, err := v.store.Known(r.Context(), reading.ID, v.feed.Signals.Present(reading.ID))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("users", users))
}
