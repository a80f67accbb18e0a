package door

import (
	"net/http"
	"slices"
	"strings"
)

// CrossSite refuses what another site makes a browser ask in the name of a
// cookie.
func (d *Door) CrossSite(r *http.Request) error {
	if Public(r.URL.Path) || r.Header.Get("Authorization") != "" || !d.carriesIdentity(r) || opensPage(r) {
		return nil
	}
	return d.Options.CrossSite(r)
}

// Public reports whether a path holds the same for everybody.
func Public(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/embed.js" ||
		strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/embed/")
}

// ForPeople reports whether a path is a page's.
func ForPeople(r *http.Request) bool {
	p := r.URL.Path
	return !strings.HasPrefix(p, "/api/") && !Public(p) && p != "/openapi.json"
}

// carriesIdentity reports whether a request acts, or could come to act, in the
// name of a cookie.
func (d *Door) carriesIdentity(r *http.Request) bool {
	if _, err := r.Cookie(d.cookieName(r)); err == nil {
		return true
	}
	return r.Method == http.MethodPost && slices.Contains(givingPaths, r.URL.Path)
}

// givingPaths are where a browser is given a cookie that it need not have yet.
var givingPaths = []string{"/sign-in", "/sign-up", "/choose", "/api/v1/session", "/api/v1/accounts"}

// opensPage reports whether a request is a link to a page that somebody followed.
func opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && ForPeople(r) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}
