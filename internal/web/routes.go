package web

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"maru/internal/chat"
)

// endpoint answers a request or says why not.
type endpoint func(w http.ResponseWriter, r *http.Request) error

// forMember is an endpoint that needs to know who asks.
type forMember func(w http.ResponseWriter, r *http.Request, actor chat.Actor) error

// route is one row of the table of addresses. Exactly one of open and member is
// set: whether an address needs credentials can be read off the table.
type route struct {
	method string
	path   string
	open   endpoint
	member forMember
}

// api is where the programming interface begins.
const api = "/api/v1"

// table is every address that there is.
func (v *Server) table() []route {
	return slices.Concat(v.apiTable(), v.pageTable(), []route{
		{method: "GET", path: "/healthz", open: v.getHealth},
		{method: "GET", path: "/readyz", open: v.getReady},
		{method: "GET", path: "/metrics", open: v.getMetrics},
		{method: "GET", path: "/openapi.json", open: v.getOpenAPI},
		{method: "GET", path: "/static/icon.svg", open: v.getIcon},
		{method: "GET", path: "/static/seal/{dye}/{file}", open: v.getSeal},
		{method: "GET", path: "/static/{file}", open: v.getStatic},
	})
}

func (v *Server) apiTable() []route {
	return []route{
		{method: "POST", path: api + "/accounts", open: v.postAccount},
		{method: "POST", path: api + "/session", open: v.postSession},
		{method: "GET", path: api + "/session", member: v.getSession},
		{method: "DELETE", path: api + "/session", member: v.deleteSession},
		{method: "DELETE", path: api + "/sessions", member: v.deleteSessions},
		{method: "PATCH", path: api + "/account", member: v.patchAccount},
		{method: "PUT", path: api + "/account/password", member: v.putPassword},
		{method: "POST", path: api + "/tokens", member: v.postToken},
		{method: "GET", path: api + "/tokens", member: v.getTokens},
		{method: "DELETE", path: api + "/tokens/{id}", member: v.deleteToken},
		{method: "GET", path: api + "/users", member: v.getUsers},
		{method: "PATCH", path: api + "/users/{id}", member: v.patchUser},
		{method: "GET", path: api + "/rooms", member: v.getRooms},
		{method: "POST", path: api + "/rooms", member: v.postRoom},
		{method: "GET", path: api + "/rooms/{room}", member: v.getRoom},
		{method: "PATCH", path: api + "/rooms/{room}", member: v.patchRoom},
		{method: "DELETE", path: api + "/rooms/{room}", member: v.deleteRoom},
		{method: "GET", path: api + "/rooms/{room}/members", member: v.getMembers},
		{method: "PUT", path: api + "/rooms/{room}/members/{user}", member: v.putMember},
		{method: "DELETE", path: api + "/rooms/{room}/members/{user}", member: v.deleteMember},
		{method: "GET", path: api + "/rooms/{room}/messages", member: v.getMessages},
		{method: "POST", path: api + "/rooms/{room}/messages", member: v.postMessage},
		{method: "GET", path: api + "/rooms/{room}/messages/{seq}", member: v.getMessage},
		{method: "PATCH", path: api + "/rooms/{room}/messages/{seq}", member: v.patchMessage},
		{method: "DELETE", path: api + "/rooms/{room}/messages/{seq}", member: v.deleteMessage},
		{method: "PUT", path: api + "/rooms/{room}/messages/{seq}/reactions/{emoji}", member: v.putReaction},
		{method: "DELETE", path: api + "/rooms/{room}/messages/{seq}/reactions/{emoji}", member: v.deleteReaction},
		{method: "PUT", path: api + "/rooms/{room}/read", member: v.putRead},
		{method: "POST", path: api + "/rooms/{room}/typing", member: v.postTyping},
		{method: "GET", path: api + "/rooms/{room}/presence", member: v.getPresence},
		{method: "GET", path: api + "/rooms/{room}/events", member: v.getEvents},
	}
}

func (v *Server) pageTable() []route {
	return []route{
		{method: "GET", path: "/sign-in", open: v.signInPage},
		{method: "POST", path: "/sign-in", open: v.signInForm},
		{method: "GET", path: "/sign-up", open: v.signUpPage},
		{method: "POST", path: "/sign-up", open: v.signUpForm},
		{method: "POST", path: "/sign-out", member: v.signOutForm},
		{method: "POST", path: "/language", open: v.languageForm},
		{method: "GET", path: "/{$}", member: v.roomsPage},
		{method: "GET", path: "/new", member: v.newRoomPage},
		{method: "POST", path: "/rooms", member: v.newRoomForm},
		{method: "GET", path: "/rooms/{room}", member: v.roomPage},
		{method: "GET", path: "/rooms/{room}/{seq}", member: v.roomPage},
		{method: "POST", path: "/rooms/{room}/messages", member: v.messageForm},
		{method: "POST", path: "/rooms/{room}/messages/{seq}", member: v.changeMessageForm},
		{method: "GET", path: "/rooms/{room}/about", member: v.aboutPage},
		{method: "POST", path: "/rooms/{room}/about", member: v.aboutForm},
		{method: "POST", path: "/rooms/{room}/members", member: v.membersForm},
		{method: "POST", path: "/rooms/{room}/delete", member: v.deleteRoomForm},
		{method: "GET", path: "/settings", member: v.settingsPage},
		{method: "POST", path: "/settings", member: v.settingsForm},
		{method: "POST", path: "/settings/password", member: v.passwordForm},
		{method: "POST", path: "/settings/tokens", member: v.tokensForm},
	}
}

// routes builds the mux from the table. A path that exists under another method
// says which, as one that does not exist says so.
func (v *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string]map[string]endpoint{}
	for _, rt := range v.table() {
		if methods[rt.path] == nil {
			methods[rt.path] = map[string]endpoint{}
		}
		methods[rt.path][rt.method] = v.entered(rt)
	}
	for path, by := range methods {
		mux.Handle(path, v.dispatch(path, by))
	}
	mux.Handle("/", v.dispatch("/", nil))
	return mux
}

// dispatch answers a path by its method.
func (v *Server) dispatch(path string, by map[string]endpoint) http.Handler {
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
			v.fail(w, r, err)
		}
	})
}

// guarded makes a panic of an endpoint an error like any other, so that the
// operator hears of it and the visitor gets an answer.
func guarded(answer endpoint, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the answer panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return answer(w, r)
}

// entered is the endpoint of a route with its demand for credentials.
func (v *Server) entered(rt route) endpoint {
	if rt.open != nil {
		return rt.open
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		actor, err := v.actor(r)
		if chat.KindOf(err) == chat.Unauthenticated && forPeople(r) {
			return v.askToSignIn(w, r)
		}
		if err != nil {
			return err
		}
		return rt.member(w, r, actor)
	}
}
