package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/site"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
	"maru/internal/web"
)

// A guest writes in the site's rooms, keeps what he has written when he becomes a
// member, and comes in by the old token no more.
func TestGuests(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		h.siteAt("shop", shopOrigin, nil)
		shop := h.at(shopOrigin, "")
		made := shop.must(201, "POST", "/guests", map[string]any{"display_name": "지나가던 사람"}, "Accept-Language", "ko")
		guest := h.at(shopOrigin, made.at("token").(string))
		id := made.at("user", "id").(float64)
		if made.at("user", "kind") != "guest" || made.at("user", "display_name") != "지나가던 사람" || !strings.HasPrefix(guest.token, "guest_") {
			t.Error(made.text)
		}
		if a := shop.must(201, "POST", "/guests", nil, "Accept-Language", "ko"); !strings.HasPrefix(a.at("user", "display_name").(string), "손님 ") {
			t.Error(a.text)
		}
		if stored := h.db.Must(`SELECT count(*) FROM guests WHERE hash = '` + guest.token + `'`); stored != "0" {
			t.Error("the token stands in the tables")
		}
		s := owner.open("lobby", "head")
		s.until("caught-up")
		seq := guest.must(201, "POST", "/rooms/lobby/messages", said("hello")).at("message", "seq")
		s.until("message")
		if a := guest.must(200, "PATCH", "/account", map[string]any{"display_name": "Jina"}); a.at("user", "display_name") != "Jina" {
			t.Error(a.text)
		}
		if e := s.next(); !strings.Contains(e.Data, `"profile"`) {
			t.Error(e)
		}
		if a := owner.do("PATCH", fmt.Sprint("/users/", id), map[string]any{"role": "admin"}); a.status != 403 {
			t.Error("a guest was made an admin:", a.status)
		}
		gs := guest.open("lobby", "")
		gs.until("caught-up")
		a := guest.must(201, "POST", "/accounts", map[string]any{"name": "jina", "password": password})
		if a.at("user", "id") != id || a.at("user", "kind") != "member" || a.at("user", "name") != "jina" || a.at("user", "display_name") != "Jina" {
			t.Error(a.text)
		}
		if e := s.next(); !strings.Contains(e.Data, `"profile"`) || !strings.Contains(e.Data, `"name":"jina"`) {
			t.Error(e)
		}
		gs.ended()
		guest.must(401, "GET", "/session", nil)
		jina := h.visitor()
		jina.must(200, "POST", "/session", map[string]any{"name": "jina", "password": password})
		m := jina.must(200, "GET", fmt.Sprint("/rooms/lobby/messages/", seq), nil)
		if m.at("message", "author", "name") != "jina" || m.at("message", "author", "id") != id {
			t.Error(m.text)
		}
		jina.must(200, "PATCH", fmt.Sprint("/rooms/lobby/messages/", seq), said("hello, I stay"))
		jina.must(200, "GET", "/users?q=own", nil)
		h.db.Audit()
	})
}

// Guests come where a site takes them, so many from an address, and not for ever.
func TestGuestsAreLimited(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		o := free
		o.SignupRate = 1
		h := build(t, s, db, o, stream.Limits{})
		h.siteAt("shop", shopOrigin, nil)
		h.siteAt("blog", blogOrigin, func(s *site.Settings) { s.Visitors = chat.VisitorsRead })
		for _, origin := range []string{blogOrigin, "https://evil.example", h.url, "null"} {
			h.at(origin, "").must(403, "POST", "/guests", nil)
		}
		shop := h.at(shopOrigin, "")
		var text string
		for range 5 {
			text = shop.must(201, "POST", "/guests", nil).at("token").(string)
		}
		if a := shop.must(429, "POST", "/guests", nil); a.header.Get("Retry-After") == "" || a.header.Get("Access-Control-Expose-Headers") != "ETag, Retry-After" {
			t.Error(a.header)
		}
		p := h.at(shopOrigin, text)
		p.must(200, "GET", "/session", nil)
		db.Must(fmt.Sprintf(`UPDATE guests SET seen_at = seen_at - %d`, 25*time.Hour.Milliseconds()))
		h.wait("who has not come for a day is forgotten", 5*time.Second, func() bool { return p.do("GET", "/session", nil).status == 401 })
		db.Must(fmt.Sprintf(`UPDATE guests SET seen_at = seen_at + %d`, 25*time.Hour.Milliseconds()))
		h.wait("he is known again", 5*time.Second, func() bool { return p.do("GET", "/session", nil).status == 200 })
		change := site.Settings{Site: chat.Site{Name: "shop", Origins: []string{shopOrigin}, Visitors: chat.VisitorsRead}, Slugs: []string{"lobby"}}
		if err := h.sites.Change(t.Context(), site.Operator, change); err != nil {
			t.Fatal(err)
		}
		p.must(401, "GET", "/session", nil)
	})
}

// Who comes with nothing reads the rooms of a site where anybody may, and can do
// nothing else.
func TestReaders(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Visitors = chat.VisitorsRead })
		h.siteAt("blog", blogOrigin, func(s *site.Settings) { s.Visitors = chat.VisitorsMember })
		owner.must(201, "POST", "/rooms", map[string]any{"slug": "attic", "name": "Attic", "kind": "open"})
		seq := owner.post("lobby", "for everybody")
		reader := h.at(shopOrigin, "")
		room := reader.must(200, "GET", "/rooms/lobby", nil)
		if room.at("room", "member") != false || room.at("room", "unread") != 0.0 {
			t.Error(room.text)
		}
		if list := reader.must(200, "GET", "/rooms/lobby/messages", nil).at("messages").([]any); len(list) != 1 {
			t.Error(list)
		}
		reader.must(200, "GET", fmt.Sprint("/rooms/lobby/messages/", seq), nil)
		s := reader.open("lobby", "")
		if hello := s.next(); strings.Contains(hello.Data, "you") {
			t.Error("a reader is told who he is:", hello)
		}
		s.until("caught-up")
		if here := owner.must(200, "GET", "/rooms/lobby/presence", nil).at("users").([]any); len(here) != 0 {
			t.Error("readers are present:", here)
		}
		owner.post("lobby", "live")
		if e := s.next(); !strings.Contains(e.Data, "live") {
			t.Error(e)
		}
		poll := reader.must(200, "GET", "/rooms/lobby/events", nil)
		if got := reader.do("GET", "/rooms/lobby/events", nil, "If-None-Match", poll.header.Get("ETag")); got.status != 304 || got.header.Get("Access-Control-Allow-Origin") != shopOrigin {
			t.Error(got.status, got.header)
		}
		for _, path := range []string{"/rooms/attic", "/rooms/attic/messages", "/rooms/attic/events", "/rooms/nowhere/events"} {
			reader.must(404, "GET", path, nil)
		}
		// All that a reader can't do, from the table of addresses itself.
		mayRead := map[string]bool{"/rooms/{room}": true, "/rooms/{room}/messages": true, "/rooms/{room}/messages/{seq}": true, "/rooms/{room}/events": true, "/events": true}
		for _, rt := range web.Routes() {
			path, ok := strings.CutPrefix(rt.Path, "/api/v1")
			if !ok || rt.Open || rt.Method == "GET" && mayRead[path] {
				continue
			}
			path = strings.NewReplacer("{room}", "lobby", "{seq}", fmt.Sprint(seq), "{id}", "1", "{user}", "me", "{emoji}", "%F0%9F%91%8D").Replace(path)
			if a := reader.do(rt.Method, path, said("x")); a.status != 401 {
				t.Errorf("%s %s by a reader: %d %s", rt.Method, path, a.status, a.text)
			}
		}
		for what, stranger := range map[string]*tab{
			"a site for members": h.at(blogOrigin, ""), "no site": h.at("https://evil.example", ""), "our own page": h.at(h.url, ""), "a sandbox": h.at("null", ""),
		} {
			if a := stranger.do("GET", "/rooms/lobby", nil, "Sec-Fetch-Site", "cross-site"); a.status != 401 {
				t.Errorf("%s: %d", what, a.status)
			}
		}
		// In a frame, which is our own page, it is said which site shows it.
		frame := h.visitor()
		frame.must(200, "GET", "/rooms/lobby", nil, "Maru-Site", "shop", "Sec-Fetch-Site", "same-origin")
		frame.must(401, "GET", "/rooms/lobby", nil, "Maru-Site", "blog")
		frame.must(401, "GET", "/rooms/lobby", nil, "Maru-Site", "nobody")
		h.at("https://evil.example", "").must(401, "GET", "/rooms/lobby", nil, "Maru-Site", "shop")
		// What anybody may read ends where the room is closed, at the event that says so.
		owner.must(200, "PATCH", "/rooms/lobby", map[string]any{"kind": "closed"})
		list := s.ended()
		if n := len(list); n < 2 || list[n-2].Name != "room" || list[n-1].Name != "gone" {
			t.Error(list)
		}
		reader.must(404, "GET", "/rooms/lobby", nil)
	})
}

// Closed rooms of a site are for those whom a token lets in by name, once: whoever
// is removed does not come back by the next token.
func TestClosedRoomsOfSites(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		owner.must(201, "POST", "/rooms", map[string]any{"slug": "back", "name": "Back room", "kind": "closed"})
		owner.must(201, "POST", "/rooms", map[string]any{"slug": "cellar", "name": "Cellar", "kind": "closed"})
		secret := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Slugs, s.AllRooms = []string{"back"}, true })
		with := func(sub string, rooms ...string) *tab {
			changes := map[string]any{"jti": fmt.Sprint(sub, rooms, time.Now())}
			if rooms != nil {
				changes["rooms"] = rooms
			}
			return h.at(shopOrigin, token(t, secret, "shop", sub, changes))
		}
		with("u-1").must(404, "GET", "/rooms/back", nil)
		with("u-1", "back", "cellar").must(200, "GET", "/rooms/back", nil)
		with("u-1", "back", "cellar").must(404, "GET", "/rooms/cellar", nil)
		with("u-1", "lobby").must(404, "GET", "/rooms/back", nil)
		with("u-1").must(200, "GET", "/rooms/back", nil)
		with("u-2").must(404, "GET", "/rooms/back", nil)
		in := with("u-1", "back")
		in.must(201, "POST", "/rooms/back/messages", said("hello"))
		s := in.open("back", "")
		s.until("caught-up")
		id := in.must(200, "GET", "/session", nil).at("user", "id")
		owner.must(204, "DELETE", fmt.Sprint("/rooms/back/members/", id), nil)
		if list := s.ended(); list[len(list)-1].Name != "gone" {
			t.Error(list)
		}
		with("u-1", "back").must(404, "GET", "/rooms/back", nil)
		owner.must(200, "PUT", fmt.Sprint("/rooms/back/members/", id), map[string]any{"role": "owner"})
		// As owner of a room he would govern it in the site's name.
		with("u-1", "back").must(403, "PATCH", "/rooms/back", map[string]any{"topic": "mine"})
		h.db.Audit()
	})
}

// Moderators are made by tokens where the site may; the token alone says so.
func TestModeratorsOfSites(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		may := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Roles = true })
		mayNot := h.siteAt("blog", blogOrigin, nil)
		role := map[string]any{"role": "moderator"}
		moderator, claims := h.at(shopOrigin, token(t, may, "shop", "m", role)), h.at(blogOrigin, token(t, mayNot, "blog", "m", role))
		plain := h.at(shopOrigin, token(t, may, "shop", "m", map[string]any{"jti": 1}))
		for _, p := range []*tab{claims, plain} {
			p.must(403, "DELETE", fmt.Sprint("/rooms/lobby/messages/", owner.post("lobby", "x")), nil)
		}
		moderator.must(204, "DELETE", fmt.Sprint("/rooms/lobby/messages/", owner.post("lobby", "y")), nil)
		if a := moderator.must(200, "GET", "/rooms/lobby", nil); a.at("room", "role") != "moderator" {
			t.Error(a.text)
		}
		moderator.must(403, "PATCH", "/rooms/lobby", map[string]any{"topic": "mine"})
		moderator.must(403, "PUT", "/rooms/lobby/members/1", map[string]any{"role": "moderator"})
		moderator.must(403, "PATCH", fmt.Sprint("/rooms/lobby/messages/", owner.post("lobby", "z")), said("changed"))
	})
}

// The people and the rooms of two sites are nothing to each other.
func TestSitesApart(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		for _, slug := range []string{"shop-talk", "blog-talk"} {
			owner.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "open"})
		}
		shop := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Slugs, s.Pages = []string{"shop-talk"}, true })
		blog := h.siteAt("blog", blogOrigin, func(s *site.Settings) { s.Slugs, s.Pages, s.AllRooms = []string{"blog-talk"}, true, false })
		anna := h.at(shopOrigin, token(t, shop, "shop", "anna", map[string]any{"name": "Anna of the shop"}))
		anna2 := h.at(shopOrigin, token(t, shop, "shop", "anna2", map[string]any{"name": "Anna too"}))
		berta := h.at(blogOrigin, token(t, blog, "blog", "anna", map[string]any{"name": "Anna of the blog"}))
		anna.must(201, "POST", "/rooms/shop-talk/messages", said("x"))
		anna2.must(201, "POST", "/rooms/shop-talk/messages", said("x"))
		berta.must(201, "POST", "/rooms/blog-talk/messages", said("x"))
		pageOf := anna.must(200, "GET", "/embed?room=auto&page="+shopOrigin+"/a", nil, "Authorization", "").at("embed", "room").(string)
		anna.must(201, "POST", "/rooms/"+pageOf+"/messages", map[string]any{"body": "x", "page": shopOrigin + "/a"})
		for _, path := range []string{"/rooms/shop-talk", "/rooms/" + pageOf, "/rooms/" + pageOf + "/messages", "/rooms/" + pageOf + "/events", "/rooms/" + pageOf + "/members"} {
			berta.must(404, "GET", path, nil)
		}
		berta.must(404, "POST", "/rooms/"+pageOf+"/messages", said("x"))
		found := func(a answer) string {
			var names []string
			for _, u := range a.at("users").([]any) {
				names = append(names, u.(map[string]any)["display_name"].(string))
			}
			return strings.Join(names, ", ")
		}
		const asked = "/users?q=anna"
		if got := found(anna.must(200, "GET", asked, nil)); got != "Anna too" {
			t.Error("the shop finds", got)
		}
		if got := found(berta.must(200, "GET", asked, nil)); got != "" {
			t.Error("the blog finds", got)
		}
		if got := found(owner.must(200, "GET", asked, nil)); strings.Count(got, "Anna") != 3 {
			t.Error("the house finds", got)
		}
		hits := func(a answer) int { return len(a.at("hits").([]any)) }
		berta.must(201, "POST", "/rooms/blog-talk/messages", said("a secret of the blog"))
		anna.must(201, "POST", "/rooms/shop-talk/messages", said("a secret of the shop"))
		h.wait("both are found", 20*time.Second, func() bool { return hits(owner.must(200, "GET", "/search?q=secret", nil)) == 2 })
		for p, room := range map[*tab]string{anna: "shop-talk", berta: "blog-talk"} {
			if a := p.must(200, "GET", "/search?q=secret", nil); hits(a) != 1 || !strings.Contains(a.text, `"room":"`+room+`"`) {
				t.Error(room, "finds", a.text)
			}
		}
		anna.must(404, "GET", "/search?q=secret&room=blog-talk", nil)
		owner.must(200, "GET", "/rooms/"+pageOf, nil)
		if rooms := owner.must(200, "GET", "/rooms", nil); strings.Contains(rooms.text, pageOf) {
			t.Error("rooms of pages fill everybody's list")
		}
		if rooms := anna.must(200, "GET", "/rooms", nil); !strings.Contains(rooms.text, pageOf) || strings.Contains(rooms.text, "lobby") {
			t.Error(rooms.text)
		}
	})
}

// The stream of several rooms tells of other rooms as far as its token reaches.
func TestInboxOfVisitors(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		for _, slug := range []string{"one", "two"} {
			owner.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "open"})
		}
		secret := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Slugs = []string{"lobby", "one", "two"} })
		all := h.at(shopOrigin, token(t, secret, "shop", "u-1", nil))
		for _, slug := range []string{"lobby", "one", "two"} {
			all.must(201, "POST", "/rooms/"+slug+"/messages", said("here"))
		}
		some := h.at(shopOrigin, token(t, secret, "shop", "u-1", map[string]any{"rooms": []string{"lobby", "one"}}))
		for p, want := range map[*tab]string{all: "one two", some: "one"} {
			s := p.bundle("lobby:head,two:head", "", "Origin", shopOrigin)
			if p == all {
				s = p.bundle("lobby:head", "", "Origin", shopOrigin)
			}
			var told []string
			for len(told) == 0 {
				if e := s.next(); e.Name == "inbox" {
					for _, slug := range []string{"lobby", "one", "two"} {
						if strings.Contains(e.Data, `"`+slug+`"`) {
							told = append(told, slug)
						}
					}
				}
			}
			if got := strings.Join(told, " "); got != want {
				t.Errorf("it is told of %s, want %s", got, want)
			}
		}
		reader := h.at(shopOrigin, "").bundle("lobby:head,one:head,two:head", "", "Origin", shopOrigin)
		reader.until("caught-up")
		owner.post("two", "for readers, too")
		if e := reader.until("message"); !strings.Contains(e[len(e)-1].Data, "for readers, too") {
			t.Error(e)
		}
	})
}
