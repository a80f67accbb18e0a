package web

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"maru/internal/api"
	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/front"
)

// table is every address that there is.
func (v *Server) table() []door.Route {
	return slices.Concat(api.API{Door: v.door}.Routes(), front.Front{Door: v.door}.Routes(), []door.Route{
		{Method: "GET", Path: "/healthz", Open: v.getHealth},
		{Method: "GET", Path: "/readyz", Open: v.getReady},
		{Method: "GET", Path: "/metrics", Open: v.getMetrics},
		{Method: "GET", Path: "/openapi.json", Open: v.getOpenAPI},
		{Method: "GET", Path: "/static/icon.svg", Open: v.getIcon},
		{Method: "GET", Path: "/static/icon/{file}", Open: v.getPicture},
		{Method: "GET", Path: "/static/seal/{dye}/{file}", Open: v.getSeal},
		{Method: "GET", Path: "/static/{file}", Open: v.getStatic},
	})
}

// routes builds the mux from the table. A path that exists under another method
// says which, as one that does not exist says so.
func (v *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string]map[string]door.Endpoint{}
	for _, rt := range v.table() {
		if methods[rt.Path] == nil {
			methods[rt.Path] = map[string]door.Endpoint{}
		}
		methods[rt.Path][rt.Method] = v.door.Enter(rt)
	}
	for path, by := range methods {
		mux.Handle(path, v.dispatch(path, by))
	}
	mux.Handle("/", v.dispatch("/", nil))
	return mux
}

// dispatch answers a path by its method.
func (v *Server) dispatch(path string, by map[string]door.Endpoint) http.Handler {
	if get, ok := by["GET"]; ok && !strings.HasSuffix(path, "/events") {
		by["HEAD"] = get
	}
	allowed := make([]string, 0, len(by))
	for method := range by {
		allowed = append(allowed, method)
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := by[r.Method]
		var err error
		switch {
		case ok:
			err = guarded(answer, w, r)
		case by == nil:
			err = chat.NoSuchThing()
		default:
			w.Header().Set("Allow", allow)
			err = chat.Refuse(chat.Invalid, "method", allow)
		}
		if err != nil {
			v.door.Fail(w, r, err)
		}
	})
}

// guarded makes a panic of an endpoint an error like any other, so that the
// operator hears of it and the visitor gets an answer.
func guarded(answer door.Endpoint, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the answer panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return answer(w, r)
}
