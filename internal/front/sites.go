package front

import (
	"net/http"
	"slices"
	"strings"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
	"maru/internal/site"
)

func (f Front) sitesPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	list, err := f.Sites.List(r.Context(), actor)
	if err != nil {
		return err
	}
	view := &page.Sites{Base: f.Frame(r, &actor), Sites: list}
	return f.Render(w, r, http.StatusOK, view)
}

// newSiteForm makes a site that shows the lobby to those whom it vouches for; all
// else is set on its own page.
func (f Front) newSiteForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	settings := site.Settings{
		Site:  chat.Site{Name: values.Get("name"), Origins: strings.Fields(values.Get("origins")), Visitors: chat.VisitorsMember},
		Slugs: []string{chat.Lobby},
	}
	if err = f.Sites.Add(r.Context(), actor, settings); err == nil {
		return door.See(w, r, "/settings/sites/"+settings.Name)
	}
	view := &page.Sites{Base: f.Frame(r, &actor), Name: settings.Name, Origins: values.Get("origins")}
	var failed error
	if view.Sites, failed = f.Sites.List(r.Context(), actor); failed != nil {
		return failed
	}
	return f.again(w, r, err, view)
}

func (f Front) sitePage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	view, err := f.siteView(r, actor)
	if err != nil {
		return err
	}
	return f.Render(w, r, http.StatusOK, view)
}

func (f Front) siteView(r *http.Request, actor chat.Actor) (*page.Site, error) {
	name := r.PathValue("site")
	list, err := f.Sites.List(r.Context(), actor)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list, func(s chat.Site) bool { return s.Name == name })
	if at < 0 {
		return nil, chat.NoSuchThing()
	}
	one := list[at]
	view := &page.Site{Base: f.Frame(r, &actor), Site: one, Typed: typedOf(one), Algorithm: site.HS256}
	view.Here = "/settings/sites/" + name
	view.Server = f.Options.Base(r)
	if view.PageRooms, err = f.Sites.PageRooms(r.Context(), name); err != nil {
		return nil, err
	}
	return view, nil
}

// typedOf is what stands in the form of a site.
func typedOf(s chat.Site) page.TypedSite {
	slugs := make([]string, len(s.Rooms))
	for i, room := range s.Rooms {
		slugs[i] = room.Slug
	}
	return page.TypedSite{
		Origins: strings.Join(s.Origins, "\n"), Rooms: strings.Join(slugs, " "), Visitors: s.Visitors,
		AllRooms: s.AllRooms, Pages: s.Pages, Roles: s.Roles, Accent: s.Accent,
	}
}

func (f Front) siteForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	typed := page.TypedSite{
		Origins: values.Get("origins"), Rooms: values.Get("rooms"), Visitors: chat.Visitors(values.Get("visitors")),
		AllRooms: values.Has("all_rooms"), Pages: values.Has("pages"), Roles: values.Has("roles"), Accent: values.Get("accent"),
	}
	err = f.Sites.Change(r.Context(), actor, site.Settings{
		Site: chat.Site{
			Name: r.PathValue("site"), Origins: strings.Fields(typed.Origins), Visitors: typed.Visitors,
			AllRooms: typed.AllRooms, Pages: typed.Pages, Roles: typed.Roles, Accent: typed.Accent,
		},
		Slugs: strings.Fields(strings.ReplaceAll(typed.Rooms, ",", " ")),
	})
	view, failed := f.siteView(r, actor)
	if failed != nil {
		return failed
	}
	if err != nil {
		view.Typed = typed
	} else {
		view.Saved = f.Pages.Text(view.Lang, "settings.saved")
	}
	return f.again(w, r, err, view)
}

// keysForm makes a key or withdraws one. The secret of a new one is on this one
// page and nowhere else, so the answer is the page itself.
func (f Front) keysForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	values, err := f.Form(w, r)
	if err != nil {
		return err
	}
	name := r.PathValue("site")
	if kid := values.Get("withdraw"); kid != "" {
		if err := f.Sites.WithdrawKey(r.Context(), actor, name, kid); err != nil {
			return err
		}
		return door.See(w, r, "/settings/sites/"+name)
	}
	key := site.NewKey{ID: strings.TrimSpace(values.Get("kid")), Algorithm: values.Get("algorithm"), PublicKey: strings.TrimSpace(values.Get("public_key"))}
	kid, secret, err := f.Sites.AddKey(r.Context(), actor, name, key)
	view, failed := f.siteView(r, actor)
	if failed != nil {
		return failed
	}
	if err != nil {
		view.KeyID, view.Algorithm, view.PublicKey = key.ID, key.Algorithm, key.PublicKey
	} else {
		view.Made, view.Secret = kid, secret
	}
	return f.again(w, r, err, view)
}

func (f Front) deleteSiteForm(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := f.Sites.Remove(r.Context(), actor, r.PathValue("site")); err != nil {
		return err
	}
	return door.See(w, r, "/settings/sites")
}
