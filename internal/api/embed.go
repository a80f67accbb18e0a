package api

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/gate"
)

func (a API) postGuest(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		DisplayName *string `json:"display_name"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user, token, err := a.MakeGuest(r, door.Given(in.DisplayName))
	if err != nil {
		return err
	}
	return door.Answer(w, http.StatusCreated, struct {
		User  chat.User `json:"user"`
		Token string    `json:"token"`
	}{user, token})
}

// embed is what the pages of a site may show, and how.
type embed struct {
	Site     string        `json:"site"`
	Room     string        `json:"room"`
	Visitors chat.Visitors `json:"visitors"`
	Pages    bool          `json:"pages"`
	Accent   string        `json:"accent"`
}

// getEmbed tells a page of a site which room it shows, and what its visitors may
// do there. Whether there is such a room it does not tell.
func (a API) getEmbed(w http.ResponseWriter, r *http.Request) error {
	of, err := a.Site(r)
	if err != nil {
		return err
	}
	if of == nil {
		return chat.Refuse(chat.Forbidden, "no_site")
	}
	room := r.URL.Query().Get("room")
	if room != chat.AnyPage && chat.CheckSlug(room) != nil {
		return chat.Refuse(chat.Invalid, "slug_letters")
	}
	if !of.Shows(room) {
		return chat.NoSuchThing()
	}
	if room == chat.AnyPage {
		page, err := of.Page(r.URL.Query().Get("page"))
		if err != nil {
			return err
		}
		room = page.Slug
	}
	return door.Answer(w, http.StatusOK, door.Under("embed", embed{of.Name, room, of.Visitors, of.Pages, of.Accent}))
}
