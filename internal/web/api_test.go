package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
	"maru/internal/web"
)

func TestAccounts(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		v := h.visitor()
		a := v.must(201, "POST", "/accounts", map[string]any{"name": "mina", "password": password, "display_name": " 민아 "})
		if a.at("user", "role") != "owner" || a.at("user", "display_name") != "민아" || a.at("user", "kind") != "member" {
			t.Error(a.text)
		}
		cookie := a.header.Get("Set-Cookie")
		for _, part := range []string{"maru=", "HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("the cookie has no %s: %s", part, cookie)
			}
		}
		if strings.Contains(cookie, "Secure") {
			t.Error("a cookie of plain HTTP is Secure:", cookie)
		}
		v.must(200, "GET", "/session", nil)
		other := h.visitor()
		for _, wrong := range []map[string]any{{"name": "mina", "password": "wrong wrong"}, {"name": "nobody", "password": password}} {
			if a := other.must(401, "POST", "/session", wrong); !strings.Contains(a.text, "The name or the password is wrong.") {
				t.Error(a.text)
			}
		}
		first := other.must(200, "POST", "/session", map[string]any{"name": "MINA", "password": password}).header.Get("Set-Cookie")
		second := other.must(200, "POST", "/session", map[string]any{"name": "mina", "password": password}).header.Get("Set-Cookie")
		if first == second {
			t.Error("two sign-ins gave one session")
		}
		old := h.visitor()
		if a := old.do("GET", "/session", nil, "Cookie", strings.Split(first, ";")[0]); a.status != 401 {
			t.Error("the session that a sign-in replaced is alive")
		}
		if stored := h.db.Must(`SELECT hash FROM sessions`); strings.Contains(stored, strings.TrimPrefix(strings.Split(second, ";")[0], "maru=")) {
			t.Error("a session is stored as it is")
		}
		if a := v.must(200, "PATCH", "/account", nil); a.at("user", "display_name") != "민아" {
			t.Error(a.text)
		}
		if a := v.must(200, "PATCH", "/account", map[string]any{"display_name": "Mina B"}); a.at("user", "display_name") != "Mina B" {
			t.Error(a.text)
		}
		v.must(403, "PUT", "/account/password", map[string]any{"old": "wrong wrong", "new": "another one"})
		v.must(400, "PUT", "/account/password", map[string]any{"old": password, "new": "short"})
		v.must(204, "PUT", "/account/password", map[string]any{"old": password, "new": "another one"})
		v.must(200, "GET", "/session", nil)
		other.must(401, "GET", "/session", nil)
		other.must(401, "POST", "/session", map[string]any{"name": "mina", "password": password})
		other.must(200, "POST", "/session", map[string]any{"name": "mina", "password": "another one"})
		v.must(204, "DELETE", "/session", nil)
		v.must(401, "GET", "/session", nil)
		other.must(204, "DELETE", "/sessions", nil)
		other.must(401, "GET", "/session", nil)
	})
}

func TestTokens(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		v := h.signUp("mina")
		v.must(400, "POST", "/tokens", map[string]any{"label": "  "})
		made := v.must(201, "POST", "/tokens", map[string]any{"label": "bot"})
		secret := made.at("token").(string)
		program := h.visitor()
		program.token = secret
		if a := program.must(200, "GET", "/session", nil); a.at("user", "name") != "mina" {
			t.Error(a.text)
		}
		if a := v.must(200, "GET", "/tokens", nil); strings.Contains(a.text, secret) || a.at("tokens").([]any)[0].(map[string]any)["label"] != "bot" {
			t.Error(a.text)
		}
		if stored := h.db.Must(`SELECT * FROM tokens`); strings.Contains(stored, secret) {
			t.Error("a token is stored as it is")
		}
		// A bad Bearer token is never made good by the cookie.
		for _, bad := range []string{"Bearer x", "Bearer", "Bearer ", "Basic bWluYTp4", "Bearer " + secret + "x", strings.Repeat(".", 9000)} {
			v.must(401, "GET", "/session", nil, "Authorization", bad)
		}
		v.must(404, "DELETE", "/tokens/99", nil)
		v.must(204, "DELETE", fmt.Sprintf("/tokens/%.0f", made.at("id")), nil)
		program.must(401, "GET", "/session", nil)
	})
}

// Without credentials every call but those to get some is refused, and the
// table of routes says which those are.
func TestEveryRouteAsksWho(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		open := []string{
			"POST /api/v1/accounts", "POST /api/v1/session", "GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.json", "GET /static/icon.svg",
			"GET /static/icon/{file}", "GET /manifest.webmanifest",
			"GET /static/seal/{dye}/{file}", "GET /static/{file}", "GET /sign-in", "POST /sign-in", "GET /sign-up", "POST /sign-up", "POST /choose",
			"POST /api/v1/guests", "GET /api/v1/embed", "GET /embed.js", "GET /embed/{file}", "GET /embed/frame", // for pages of sites
		}
		stranger := h.visitor()
		for _, r := range web.Routes() {
			if r.Open != slices.Contains(open, r.Method+" "+r.Path) {
				t.Errorf("%s %s: open is %v", r.Method, r.Path, r.Open)
			}
			if r.Open {
				continue
			}
			path := strings.NewReplacer("{room}", "lobby", "{seq}", "1", "{id}", "1", "{user}", "me", "{$}", "").Replace(r.Path)
			a := stranger.do(r.Method, "page:"+path, nil)
			if strings.HasPrefix(path, "/api/") {
				if a.status != 401 || a.code() != "unauthenticated" {
					t.Errorf("%s %s: %d %s", r.Method, path, a.status, a.text)
				}
			} else if a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/sign-") {
				t.Errorf("%s %s: %d %s", r.Method, path, a.status, a.header.Get("Location"))
			}
		}
	})
}

// A room that one may not see answers as one that is not there: same body, same
// headers.
func TestNotYoursIsNotThere(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		bora.must(201, "POST", "/rooms", map[string]any{"slug": "closed", "name": "x", "kind": "closed"})
		bora.must(201, "POST", "/rooms", map[string]any{"slug": "direct", "kind": "direct", "members": []int64{h.signUp("cho").id}})
		seq := bora.post("closed", "secret")
		bora.post("direct", "secret")
		for _, test := range []struct {
			method, path string
			body         any
		}{
			{"GET", "", nil}, {"PATCH", "", map[string]any{"name": "y"}}, {"DELETE", "", nil}, {"GET", "/members", nil},
			{"PUT", "/members/me", nil}, {"DELETE", "/members/me", nil}, {"PUT", "/members/2", nil}, {"GET", "/messages", nil},
			{"POST", "/messages", map[string]any{"body": "x"}}, {"GET", fmt.Sprint("/messages/", seq), nil},
			{"PATCH", fmt.Sprint("/messages/", seq), map[string]any{"body": "x"}}, {"DELETE", fmt.Sprint("/messages/", seq), nil},
			{"PUT", fmt.Sprint("/messages/", seq, "/reactions/👍"), nil}, {"DELETE", fmt.Sprint("/messages/", seq, "/reactions/👍"), nil},
			{"PUT", "/read", map[string]any{"seq": 1}}, {"GET", "/events", nil}, {"GET", "/events?wait=1", nil},
			{"GET", "/events?after=1.00000001", nil},
		} {
			nowhere := mina.do(test.method, "/rooms/nowhere"+test.path, test.body) // mina owns the server
			nowhere.header.Del("Date")
			for _, slug := range []string{"closed", "direct"} {
				hidden := mina.do(test.method, "/rooms/"+slug+test.path, test.body)
				hidden.header.Del("Date")
				if hidden.status != 404 || hidden.text != nowhere.text || fmt.Sprint(hidden.header) != fmt.Sprint(nowhere.header) {
					t.Errorf("%s %s of %s: %d %s %v, elsewhere %d %s %v", test.method, test.path, slug,
						hidden.status, hidden.text, hidden.header, nowhere.status, nowhere.text, nowhere.header)
				}
			}
		}
		for _, slug := range []string{"closed", "direct"} {
			if s := mina.open(slug, ""); s.res.StatusCode != 404 {
				t.Errorf("a stream of a %s room: %s", slug, s.res.Status)
			}
		}
	})
}

func TestRooms(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora, cho := h.signUp("mina"), h.signUp("bora"), h.signUp("cho")
		a := bora.must(201, "POST", "/rooms", map[string]any{"name": "The English Shelf", "kind": "open", "members": []int64{cho.id, cho.id, bora.id}})
		if a.at("room", "slug") != "the-english-shelf" || a.at("room", "role") != "owner" || a.at("room", "head").(float64) != 2 {
			t.Error(a.text)
		}
		if a := bora.must(201, "POST", "/rooms", map[string]any{"name": "The English Shelf", "kind": "open"}); a.at("room", "slug") != "the-english-shelf-2" {
			t.Error(a.text)
		}
		if a := bora.must(201, "POST", "/rooms", map[string]any{"name": "새벽 독서", "kind": "closed"}); len(a.at("room", "slug").(string)) != 10 {
			t.Error(a.text)
		}
		bora.must(409, "POST", "/rooms", map[string]any{"slug": "the-english-shelf", "name": "x", "kind": "open"})
		for _, bad := range []map[string]any{
			{"name": "x", "kind": "secret"}, {"name": "x", "kind": "direct"}, {"name": " ", "kind": "open"}, {"name": "x"}, {"kind": "open"},
			{"name": "x", "kind": "open", "slug": "-a"}, {"name": "x", "kind": "open", "slug": ""}, {"name": "x", "kind": "open", "members": []int{0}},
		} {
			bora.must(400, "POST", "/rooms", bad)
		}
		bora.must(413, "POST", "/rooms", map[string]any{"name": strings.Repeat("x", 65), "kind": "open"})
		bora.must(404, "POST", "/rooms", map[string]any{"name": "x", "kind": "open", "members": []int{99}})
		shelf := "/rooms/the-english-shelf"
		cho.must(403, "PATCH", shelf, map[string]any{"topic": "x"})
		mina.must(200, "PATCH", shelf, map[string]any{"topic": "pages"}) // owns the server, sees the room
		before := bora.must(200, "GET", shelf, nil).at("room", "head")
		if after := bora.must(200, "PATCH", shelf, map[string]any{"topic": "pages"}).at("room", "head"); after != before {
			t.Error("the same topic again was logged")
		}
		// Members.
		if a := mina.must(200, "PUT", shelf+"/members/me", nil); a.at("member", "role") != "member" {
			t.Error(a.text)
		}
		head := bora.must(200, "GET", shelf, nil).at("room", "head")
		mina.must(200, "PUT", shelf+"/members/me", nil)
		cho.must(403, "PUT", shelf+"/members/me", map[string]any{"role": "owner"})
		cho.must(403, "PUT", fmt.Sprintf("%s/members/%d", shelf, mina.id), map[string]any{"role": "moderator"})
		cho.must(403, "DELETE", fmt.Sprintf("%s/members/%d", shelf, mina.id), nil)
		bora.must(400, "PUT", fmt.Sprintf("%s/members/%d", shelf, cho.id), map[string]any{"role": "king"})
		bora.must(404, "PUT", shelf+"/members/99", nil)
		bora.must(404, "PUT", shelf+"/members/x", nil)
		if now := bora.must(200, "GET", shelf, nil).at("room", "head"); now != head {
			t.Error("what was refused or repeated was logged")
		}
		bora.must(200, "PUT", fmt.Sprintf("%s/members/%d", shelf, cho.id), map[string]any{"role": "moderator"})
		seq := mina.post("the-english-shelf", "x")
		cho.must(403, "PATCH", fmt.Sprintf("%s/messages/%d", shelf, seq), map[string]any{"body": "y"})
		cho.must(204, "DELETE", fmt.Sprintf("%s/messages/%d", shelf, seq), nil)
		bora.must(204, "DELETE", fmt.Sprintf("%s/members/%d", shelf, cho.id), nil)
		bora.must(204, "DELETE", fmt.Sprintf("%s/members/%d", shelf, cho.id), nil)
		if a := bora.must(200, "GET", shelf+"/members?limit=1", nil); len(a.at("members").([]any)) != 1 {
			t.Error(a.text)
		}
		if a := bora.must(200, "GET", fmt.Sprintf("%s/members?after=%d", shelf, mina.id), nil); len(a.at("members").([]any)) != 1 {
			t.Error(a.text)
		}
		cho.must(403, "PUT", shelf+"/read", map[string]any{"seq": 1})
		cho.must(403, "DELETE", shelf, nil)
		bora.must(204, "DELETE", shelf, nil)
		bora.must(404, "GET", shelf, nil)
		bora.must(201, "POST", "/rooms", map[string]any{"slug": "the-english-shelf", "name": "again", "kind": "open"})
	})
}

func TestReadMarks(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		for range 3 {
			mina.post("lobby", "before")
		}
		unread := func() float64 {
			t.Helper()
			return bora.must(200, "GET", "/rooms/lobby", nil).at("room", "unread").(float64)
		}
		bora.must(200, "PUT", "/rooms/lobby/members/me", nil)
		if n := unread(); n != 0 {
			t.Error("unread after joining:", n)
		}
		bora.post("lobby", "mine")
		for range 120 {
			mina.post("lobby", "after")
		}
		if n := unread(); n != 100 {
			t.Error("unread:", n)
		}
		bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": 124})
		if n := unread(); n != 2 {
			t.Error("unread:", n)
		}
		bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": 1})
		if n := unread(); n != 2 {
			t.Error("a read mark went back:", n)
		}
		bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": 9000})
		if n := bora.must(200, "GET", "/rooms/lobby", nil).at("room", "read").(float64); n != 126 {
			t.Error("a read mark beyond the head:", n)
		}
	})
}

// Bodies that are wrong are refused with a word on what is wrong, in the
// language that is asked for.
func TestBadRequests(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		v := h.signUp("mina")
		const path = "/rooms/lobby/messages"
		for _, test := range []struct {
			body, says string
			status     int
		}{
			{``, "Content-Type", 400}, {`{`, "JSON", 400}, {`[]`, "JSON", 400}, {`null`, "JSON", 400}, {`"x"`, "JSON", 400}, {`{} {}`, "JSON", 400},
			{`{"body":"x","files":[]}`, "files", 400}, {`{"Body":"x"}`, "Body", 400}, {`{"body":5}`, "body", 400}, {`{"body":null}`, "body", 400},
			{`{}`, "body", 400}, {`{"body":"x","reply_to":"2"}`, "reply_to", 400}, {`{"body":"x","nonce":""}`, "nonce", 400},
			{`{"body":"x","reply_to":0}`, "reply_to", 400}, {`{"body":"x","reply_to":-1}`, "reply_to", 400}, {`{"body":"x","reply_to":1.5}`, "reply_to", 400},
			{"{\"body\":\"a\xffb\"}", "UTF-8", 400}, {`{"body":"\ud800"}`, "UTF-8", 400}, {`{"body":"\udc00\ud800"}`, "UTF-8", 400},
			{`{"body":"\ud83d\u0041"}`, "UTF-8", 400}, {`{"body":"a\u0000b"}`, "body", 400}, {`{"body":" \n\t "}`, "text", 400},
			{`{"body":"` + strings.Repeat("가", 4001) + `"}`, "4001", 413}, {`{"body":"` + strings.Repeat("x", 70000) + `"}`, "65536", 413},
			{`{"body":"x","nonce":"` + strings.Repeat("x", 65) + `"}`, "nonce", 400},
		} {
			a := v.do("POST", path, test.body)
			if test.body == "" {
				a = v.do("POST", path, nil)
			}
			if a.status != test.status || !strings.Contains(a.text, test.says) || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%.60q: %d %s", test.body, a.status, a.text)
			}
		}
		v.must(400, "POST", path, `{"body":"x"}`, "Content-Type", "text/plain")
		v.must(201, "POST", path, `{"body":"\ud83d\ude00 \\ud800 ok"}`, "Content-Type", "application/json; charset=utf-8")
		if a := v.must(400, "POST", path, `{"body":" "}`, "Accept-Language", "ko"); !strings.Contains(a.text, "메시지에 글이 있어야 해요.") {
			t.Error(a.text)
		}
		for path, status := range map[string]int{
			"/rooms/lobby/messages?limit=0": 400, "/rooms/lobby/messages?limit=201": 400, "/rooms/lobby/messages?limit=x": 400,
			"/rooms/lobby/messages?before=1&after=2": 400, "/rooms/lobby/messages?before=0": 400, "/rooms/lobby/messages/0": 404,
			"/rooms/lobby/messages/x": 404, "/rooms/lobby/messages/1": 404, "/rooms/lobby/events?after=x": 400, "/rooms/lobby/events?wait=26": 400,
			"/rooms/lobby/events?wait=-1": 400, "/rooms/LOBBY": 404, "/rooms/lobby/": 404, "/rooms/lobby/search": 404, "/accounts/1": 404, "/nothing": 404,
		} {
			if a := v.do("GET", "/api/v1"+path, nil); a.status != status || a.code() == "" {
				t.Errorf("%s: %d %s", path, a.status, a.text)
			}
		}
		for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
			a := v.do(method, "/api/v1/rooms/lobby/events", nil)
			if a.status != 405 || a.code() != "invalid" || a.header.Get("Allow") != "GET" {
				t.Errorf("%s: %d %s %s", method, a.status, a.text, a.header.Get("Allow"))
			}
		}
		if a := v.do("HEAD", "/api/v1/rooms", nil, "Accept", "x"); a.status != 200 || a.text != "" {
			t.Error("HEAD:", a.status, a.text)
		}
	})
}

func TestRates(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		o := free
		o.PostRate, o.SignupRate = 2, 3
		h := build(t, s, db, o, stream.Limits{PerUser: 2, PerAddress: 3})
		mina, bora := h.signUp("mina"), h.signUp("bora")
		h.signUp("cho")
		limited := func(a answer) {
			t.Helper()
			if a.status != 429 || a.code() != "limited" || a.header.Get("Retry-After") == "" || a.header.Get("Retry-After") == "0" {
				t.Errorf("%d %s, Retry-After %q", a.status, a.text, a.header.Get("Retry-After"))
			}
		}
		limited(h.visitor().do("POST", "/accounts", map[string]any{"name": "dan", "password": password}))
		refused := 0
		for range 12 {
			if a := mina.do("POST", "/rooms/lobby/messages", map[string]any{"body": "x"}); a.status != 201 {
				limited(a)
				refused++
			}
		}
		if refused < 2 || refused > 4 {
			t.Errorf("%d of 12 posts refused, the burst is 8", refused)
		}
		bora.post("lobby", "another's limit is his own")
		mina.open("lobby", "").until("caught-up")
		mina.open("lobby", "").until("caught-up")
		limited(mina.do("GET", "/rooms/lobby/events", nil, "Accept", "text/event-stream"))
		limited(mina.do("GET", "/rooms/lobby/events?wait=5&after=head", nil))
		mina.must(200, "GET", "/rooms/lobby/events", nil)
		bora.open("lobby", "").until("caught-up")
		limited(bora.do("GET", "/rooms/lobby/events", nil, "Accept", "text/event-stream"))
	})
}

// At most two passwords are hashed at once, some wait, and the rest are told to
// come back. Tries at one name are counted.
func TestSignInQueue(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.signUp("mina")
		var mu sync.Mutex
		statuses := map[int]int{}
		var all sync.WaitGroup
		for range 80 {
			v := h.visitor()
			all.Go(func() {
				a := v.do("POST", "/session", map[string]any{"name": "mina", "password": password})
				if a.status == http.StatusServiceUnavailable && (a.code() != "busy" || a.header.Get("Retry-After") == "") {
					t.Error(a.text, a.header)
				}
				mu.Lock()
				statuses[a.status]++
				mu.Unlock()
			})
		}
		all.Wait()
		if statuses[200] < 34 || statuses[503] < 1 || statuses[200]+statuses[503] != 80 {
			t.Error(statuses)
		}
		v := h.visitor()
		for range 10 {
			v.must(401, "POST", "/session", map[string]any{"name": "mina", "password": "wrong wrong"}, "X-Forwarded-For", "10.0.0.1")
		}
		a := v.must(429, "POST", "/session", map[string]any{"name": "Mina", "password": password}, "X-Forwarded-For", "10.0.0.2")
		if a.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestGovern(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner, admin, cho := h.signUp("owner"), h.signUp("admin"), h.signUp("cho")
		user := func(v *visitor) string { return fmt.Sprint("/users/", v.id) }
		cho.must(403, "PATCH", user(admin), map[string]any{"disabled": true})
		owner.must(400, "PATCH", user(admin), map[string]any{"role": "owner"})
		if a := owner.must(200, "PATCH", user(admin), map[string]any{"role": "admin"}); a.at("user", "role") != "admin" {
			t.Error(a.text)
		}
		admin.must(403, "PATCH", user(owner), map[string]any{"disabled": true})
		admin.must(403, "PATCH", user(admin), map[string]any{"role": "member"})
		admin.must(404, "PATCH", "/users/99", map[string]any{"disabled": true})
		admin.must(200, "PATCH", user(cho), map[string]any{"disabled": true})
		cho.must(401, "GET", "/session", nil)
		cho.must(401, "POST", "/session", map[string]any{"name": "cho", "password": password})
		admin.must(200, "PATCH", user(cho), map[string]any{"disabled": false})
		cho.must(200, "POST", "/session", map[string]any{"name": "cho", "password": password})
		// Users are found by those who share a room with them.
		if a := cho.must(200, "GET", "/users?q=adm", nil); len(a.at("users").([]any)) != 0 {
			t.Error(a.text)
		}
		admin.post("lobby", "x")
		cho.post("lobby", "x")
		if a := cho.must(200, "GET", "/users?q=ADM", nil); len(a.at("users").([]any)) != 1 {
			t.Error(a.text)
		}
		if a := cho.must(200, "GET", "/users?q=%25", nil); len(a.at("users").([]any)) != 0 {
			t.Error(a.text)
		}
	})
}

func TestReactions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		o := free
		o.PostRate = 5
		h := build(t, s, db, o, stream.Limits{})
		mina, bora, cho := h.signUp("mina"), h.signUp("bora"), h.signUp("cho")
		at := fmt.Sprint("/rooms/lobby/messages/", mina.post("lobby", "x"))
		live := mina.open("lobby", "head")
		live.until("caught-up")
		said := func(want string) {
			t.Helper()
			e := live.next()
			if m := mina.must(200, "GET", at, nil).text; e.Name != "message" || m != `{"message":`+e.Data+"}\n" || !strings.HasSuffix(e.Data, want) {
				t.Errorf("%v, and the message is %s, want %s", e, m, want)
			}
		}
		bora.must(204, "PUT", at+"/reactions/%F0%9F%91%8D", nil)
		if e := live.next(); e.Name != "member" || !strings.Contains(e.Data, `"change":"joined"`) {
			t.Error(e)
		}
		said(`"body":"x","reactions":[{"emoji":"👍","users":[2]}]}`)
		bora.must(204, "PUT", at+"/reactions/👍", nil)
		mina.must(204, "PUT", at+"/reactions/%23%E2%83%A3", nil)
		said(`"reactions":[{"emoji":"👍","users":[2]},{"emoji":"#️⃣","users":[1]}]}`)
		bora.must(204, "DELETE", at+"/reactions/👍", nil)
		said(`"reactions":[{"emoji":"#️⃣","users":[1]}]}`)
		bora.must(204, "DELETE", at+"/reactions/👍", nil)
		mina.must(204, "DELETE", at+"/reactions/%23%EF%B8%8F%E2%83%A3", nil)
		said(`"body":"x"}`)
		for path, status := range map[string]int{
			at + "/reactions/yes": 400, at + "/reactions/👍👎": 400, at + "/reactions/%FF": 400, at + "/reactions/": 404,
			"/rooms/lobby/messages/1/reactions/👍": 404, "/rooms/lobby/messages/x/reactions/👍": 404,
		} {
			for _, method := range []string{"PUT", "DELETE"} {
				if a := cho.do(method, path, nil); a.status != status {
					t.Errorf("%s %s: %d %s", method, path, a.status, a.text)
				}
			}
		}
		if a := cho.do("PUT", at+"/reactions/yes", nil, "Accept-Language", "ko"); !strings.Contains(a.text, "이모지 하나") {
			t.Error(a.text)
		}
		if head := mina.must(200, "GET", "/rooms/lobby", nil).at("room", "head").(float64); head != 7 {
			t.Error("what was refused or repeated was logged:", head)
		}
		limited := 0
		for range 30 {
			if a := cho.do("PUT", at+"/reactions/👍", nil); a.status == 429 && a.header.Get("Retry-After") != "" {
				limited++
			} else if a.status != 204 {
				t.Error(a.status, a.text)
			}
		}
		if limited == 0 {
			t.Error("nobody is told to wait")
		}
	})
}

// What is no text names nothing, whatever a database makes of it.
func TestAddressesAreText(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for path, status := range map[string]int{
			"/rooms/a%00": 404, "/rooms/%ff": 404, "/rooms/lobby%00/events": 404, "page:/rooms/a%00": 404,
			"/users?q=%00": 400, "/users?q=%ff": 400, "/rooms/lobby/messages?limit=%00": 400, "/users?q=ok": 200,
			// What can't be read is not what was left out.
			"/rooms/lobby/events?after=5.7c1e90%": 400, "/rooms/lobby/messages?before=%zz": 400, "/users?q=a;b": 400, "/rooms?%": 400,
		} {
			mina.must(status, "GET", path, nil)
		}
		h.visitor().must(401, "GET", "/rooms/a%00", nil)
	})
}

// A history can be gone through by number from its beginning, which stands
// behind 0 as everything else stands behind the message before it.
func TestPagesFromTheBeginning(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		if a := mina.must(200, "GET", "/rooms/lobby/messages?after=0", nil); len(a.at("messages").([]any)) != 0 || a.at("cursor") != "0" {
			t.Error(a.text)
		}
		for _, body := range []string{"one", "two", "three", "four", "five"} {
			mina.must(201, "POST", "/rooms/lobby/messages", said(body))
		}
		var bodies []string
		after, pages := 0.0, 0
		for ; ; pages++ {
			page := mina.must(200, "GET", fmt.Sprintf("/rooms/lobby/messages?limit=2&after=%.0f", after), nil).at("messages").([]any)
			if len(page) == 0 {
				break
			}
			for _, m := range page {
				bodies = append(bodies, m.(map[string]any)["body"].(string))
				after = m.(map[string]any)["seq"].(float64)
			}
		}
		if got := strings.Join(bodies, " "); got != "one two three four five" || pages != 3 {
			t.Errorf("%q in %d pages", got, pages)
		}
		mina.must(400, "GET", "/rooms/lobby/messages?after=0&before=2", nil)
		mina.must(400, "GET", "/rooms/lobby/messages?after=-1", nil)
		mina.must(400, "GET", "/rooms/lobby/messages?around=0", nil)
	})
}
