package web

import (
	"log/slog"
	"net/http"

	"maru/internal/door"
	"maru/internal/page"
)

// Route is a row of the table of addresses, as tests look at it.
type Route struct {
	Method, Path string
	Open         bool
}

// Panicking is a server whose every page panics.
func Panicking(pages *page.Pages, log *slog.Logger) http.Handler {
	v := &Server{door: &door.Door{Parts: door.Parts{Pages: pages}, Log: log}}
	return v.dispatch("/", map[string]door.Endpoint{"GET": func(http.ResponseWriter, *http.Request) error { panic("nobody thought of this") }})
}

// Routes returns the table of addresses.
func Routes() []Route {
	var list []Route
	for _, r := range (&Server{door: &door.Door{}}).table() {
		list = append(list, Route{r.Method, r.Path, r.Open != nil})
	}
	return list
}
