package door

import (
	"math/rand/v2"
	"net/http"

	"maru/internal/chat"
	"maru/internal/gate"
)

// guest returns the guest whose token a request to make an account brings; nobody
// where it brings none, or a token of somebody else's own.
func (d *Door) guest(r *http.Request) (chat.Actor, error) {
	if _, ok := r.Header["Authorization"]; !ok {
		return chat.Actor{}, nil
	}
	actor, err := d.Actor(r)
	switch {
	case err != nil:
		return chat.Actor{}, err
	case actor.Kind == chat.KindGuest && actor.Reach != nil:
		return actor, nil
	case actor.Reach != nil:
		return chat.Actor{}, chat.Refuse(chat.Forbidden, "not_for_visitors")
	}
	return chat.Actor{}, nil
}

// MakeGuest makes a guest of the site that a request comes from, and returns the
// token, which is shown this once.
func (d *Door) MakeGuest(r *http.Request, display string) (user chat.User, token string, err error) {
	of, err := d.Site(r)
	if err != nil {
		return user, "", err
	}
	made := d.Pages.Text(d.Language(r), "guest.name", 1000+rand.IntN(9000))
	if display, err = chat.CheckDisplayName(display, made); err != nil {
		return user, "", err
	}
	if err := of.TakesGuests(); err != nil {
		return user, "", err
	}
	if err := d.gates.guests.Take(gate.Address(r), "guest_rate"); err != nil {
		return user, "", err
	}
	id, token, err := d.Sites.MakeGuest(r.Context(), of, display)
	if err != nil {
		return user, "", err
	}
	actor, err := d.Store.ActorBy(r.Context(), chat.Actor{User: chat.User{ID: id}})
	return actor.User, token, err
}

// Rename gives the actor another display name. The name of somebody whom a site
// vouches for is the one that the site gives.
func (d *Door) Rename(r *http.Request, actor chat.Actor, display string) (chat.User, error) {
	if actor.Kind == chat.KindSite {
		return chat.User{}, chat.Refuse(chat.Forbidden, "name_of_site")
	}
	if err := d.pace(actor); err != nil {
		return chat.User{}, err
	}
	return d.Store.Rename(r.Context(), actor, display)
}

// Page returns the page of the actor's site at an address, which has to be the
// one that the room of the path belongs to. Where that room is not made yet, the
// address of the request has so many to make.
func (d *Door) Page(r *http.Request, actor chat.Actor, address string) (page chat.SitePage, err error) {
	wrong := chat.Refuse(chat.Invalid, "bad_page")
	if actor.Reach == nil {
		return page, wrong
	}
	of, err := d.Sites.Named(r.Context(), actor.Reach.Site)
	if err != nil {
		return page, err
	}
	if of == nil {
		return page, signInFirst
	}
	if page, err = of.Page(address); err != nil {
		return page, err
	}
	if page.Slug != r.PathValue("room") {
		return page, wrong
	}
	head, err := d.Store.Head(r.Context(), actor, page.Slug)
	if err == nil && head.Seq == 0 {
		err = d.gates.rooms.Take(gate.Address(r), "room_rate")
	}
	return page, err
}
