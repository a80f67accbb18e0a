package door

import (
	"net/http"
	"strings"

	"maru/internal/chat"
	"maru/internal/site"
)

// What other origins may send and see, where a site has them.
const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Last-Event-ID, If-None-Match"
	corsExposed = "ETag, Retry-After"
	corsAge     = "7200"
)

// Share lets the pages of sites read what the programming interface answers,
// refusals too, and answers the question that browsers ask before. It reports
// whether that was all.
func (d *Door) Share(w http.ResponseWriter, r *http.Request) (answered bool, err error) {
	if !strings.HasPrefix(r.URL.Path, "/api/v1/") {
		return false, nil
	}
	h := w.Header()
	h.Set("Vary", "Origin")
	asks := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	origin, ok := r.Header["Origin"]
	if !ok || len(origin) != 1 || d.Options.Own(r) {
		return false, nil
	}
	of, err := d.Sites.At(r.Context(), origin[0])
	switch {
	case err != nil:
		return false, err
	case of == nil && asks:
		return false, chat.Refuse(chat.Forbidden, "no_site")
	case of == nil:
		return false, nil
	}
	h.Set("Access-Control-Allow-Origin", origin[0])
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if !asks {
		return false, nil
	}
	h.Del("Access-Control-Expose-Headers")
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsAge)
	return true, Done(w)
}

// Site returns the site that a request comes from, or nil: by its Origin; in a
// frame, which is a page of ours, by what the frame was told.
func (d *Door) Site(r *http.Request) (*site.Site, error) {
	origin, ok := r.Header["Origin"]
	switch {
	case !ok || d.Options.Own(r):
		name := r.Header.Get("Maru-Site")
		if name == "" {
			return nil, nil
		}
		return d.Sites.Named(r.Context(), name)
	case len(origin) != 1:
		return nil, nil
	}
	return d.Sites.At(r.Context(), origin[0])
}
