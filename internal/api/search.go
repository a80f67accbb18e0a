package api

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
)

func (a API) getSearch(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	before, err := door.QueryNumber(r, "before", 1, chat.MaxID)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	hits, err := a.Find(r, actor, chat.Question{Text: q.Get("q"), Room: q.Get("room"), Author: q.Get("author"), Before: before})
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusOK, hits)
}
