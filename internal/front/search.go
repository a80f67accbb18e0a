package front

import (
	"net/http"
	"strings"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
)

// searchPage is where one searches. An author is named as in a mention, with the
// @ or without.
func (f Front) searchPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	rooms, err := f.Store.Rooms(r.Context(), actor)
	if err != nil {
		return err
	}
	before, err := door.QueryNumber(r, "before", 1, chat.MaxID)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	view := &page.Search{
		Base: f.Frame(r, &actor), Contents: rooms, Before: before,
		Text: strings.TrimSpace(q.Get("q")), Room: q.Get("room"), Author: strings.TrimSpace(q.Get("author")),
	}
	if view.Text == "" {
		return f.Render(w, r, http.StatusOK, view)
	}
	ask := chat.Question{Text: view.Text, Room: view.Room, Before: before}
	if name := strings.TrimPrefix(view.Author, "@"); name != "" {
		ask.Author = "@" + name
	}
	hits, err := f.Find(r, actor, ask)
	if err == nil {
		view.Asked, view.Found, view.Next = true, page.Findings(hits.Hits, actor.ID), hits.Next
	}
	return f.again(w, r, err, view)
}
