package front

import (
	"net/http"
	"net/url"
	"strings"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
	"maru/internal/site"
)

// frameCSP is that of pages but for the pictures, which sites may give people, and
// for who may frame it.
const frameCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors "

// framePage shows a room in a frame, on the pages of the sites that may show it.
func (f Front) framePage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	view := &page.Framed{Base: f.Frame(r, nil), Room: q.Get("room"), Address: q.Get("page")}
	if lang := q.Get("lang"); lang == page.Language(lang, "") {
		view.Lang = lang
	}
	if theme := q.Get("theme"); theme == "light" || theme == "dark" {
		view.Theme = theme
	}
	if view.Room != chat.AnyPage && chat.CheckSlug(view.Room) != nil {
		return chat.Refuse(chat.Invalid, "slug_letters")
	}
	shown, err := f.framing(r, view.Room)
	if err != nil {
		return err
	}
	var origins []string
	for _, one := range shown {
		origins = append(origins, one.Origins...)
	}
	if len(shown) == 1 {
		view.Site = shown[0].Name
	}
	view.Origins = strings.Join(origins, " ")
	if len(origins) == 0 {
		origins = []string{"'none'"}
	}
	h := w.Header()
	h.Set("Content-Security-Policy", frameCSP+strings.Join(origins, " "))
	h.Set("Referrer-Policy", "same-origin")
	// A page that lets in only what asks to be let in can show it, too.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Cross-Origin-Embedder-Policy", "credentialless")
	return f.Render(w, r, http.StatusOK, view)
}

// previewPage is the frame of a site on the page of its settings.
func (f Front) previewPage(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	token, err := f.Sites.Preview(r.Context(), actor, r.PathValue("site"))
	if err != nil {
		return err
	}
	of, err := f.siteView(r, actor)
	if err != nil {
		return err
	}
	view := &page.Framed{Base: f.Frame(r, nil), Room: of.Shown(), Site: of.Site.Name, Token: &token}
	view.Theme, view.Address = view.Base.Theme, of.Server+"/"
	if len(of.Site.Origins) > 0 {
		view.Address = of.Site.Origins[0] + "/"
	}
	w.Header().Set("Content-Security-Policy", frameCSP+"'self'")
	return f.Render(w, r, http.StatusOK, view)
}

// framing returns the sites on whose pages a frame may be: the one that its
// address names, else the one whose page asks, else all that may show the room.
func (f Front) framing(r *http.Request, room string) ([]*site.Site, error) {
	var one *site.Site
	var err error
	if name := r.URL.Query().Get("site"); name != "" {
		if one, err = f.Sites.Named(r.Context(), name); one == nil {
			return nil, err
		}
	} else if from, bad := url.Parse(r.Referer()); bad == nil && from.Host != "" {
		one, err = f.Sites.At(r.Context(), from.Scheme+"://"+from.Host)
	}
	switch {
	case err != nil:
		return nil, err
	case one == nil:
		return f.Sites.Showing(r.Context(), room)
	case !one.Shows(room):
		return nil, nil
	}
	return []*site.Site{one}, nil
}

// elementFile answers with a file of the element, which is for every page.
func (f Front) elementFile(w http.ResponseWriter, r *http.Request) error {
	asset, ok := f.Pages.Asset(r.URL.Path)
	if !ok {
		return chat.NoSuchThing()
	}
	h := w.Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	return door.SendAsset(w, r, asset)
}
