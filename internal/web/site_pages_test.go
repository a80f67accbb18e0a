package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/site"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
)

// Pages of a site's origins may read what is answered, and nobody else's.
func TestCORS(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		secret := h.siteAt("shop", shopOrigin, func(s *site.Settings) {
			s.Origins = append(s.Origins, "http://localhost:3000", "https://한글.example")
		})
		const methods, headers = "GET, POST, PUT, PATCH, DELETE", "Authorization, Content-Type, Last-Event-ID, If-None-Match"
		ask := func(origin, path string) answer {
			return h.visitor().do("OPTIONS", "page:/api/v1"+path, nil, "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization")
		}
		for _, origin := range []string{shopOrigin, "http://localhost:3000", "https://xn--bj0bj06e.example"} {
			for _, path := range []string{"/rooms/lobby/events", "/rooms/lobby/messages", "/accounts", "/nowhere"} {
				a := ask(origin, path)
				if a.status != 204 || a.text != "" || a.header.Get("Access-Control-Allow-Origin") != origin || a.header.Get("Vary") != "Origin" ||
					a.header.Get("Access-Control-Allow-Methods") != methods || a.header.Get("Access-Control-Allow-Headers") != headers || a.header.Get("Access-Control-Max-Age") != "7200" {
					t.Errorf("%s asks for %s: %d %v", origin, path, a.status, a.header)
				}
			}
		}
		strangers := strangeOrigins()
		if len(strangers) < 60 {
			t.Error("only", len(strangers), "other origins")
		}
		good := token(t, secret, "shop", "u-1", nil)
		for _, origin := range strangers {
			for _, a := range []answer{
				ask(origin, "/rooms/lobby/events"),
				h.visitor().do("GET", "/rooms/lobby", nil, "Origin", origin),
				h.visitor().do("GET", "/rooms/lobby", nil, "Origin", origin, "Authorization", "Bearer "+good),
				h.visitor().do("POST", "/guests", nil, "Origin", origin),
			} {
				if a.status < 400 || a.header.Get("Vary") != "Origin" || named(a.header) != "" {
					t.Errorf("%q: %d %v", origin, a.status, a.header)
				}
			}
		}
		shop := h.at(shopOrigin, good)
		for what, a := range map[string]answer{
			"an answer": shop.do("GET", "/rooms/lobby", nil), "a refusal": shop.do("GET", "/rooms/nowhere", nil), "a bad body": shop.do("POST", "/rooms/lobby/messages", "{"),
			"no route": shop.do("GET", "page:/api/v1/nowhere", nil), "a method": shop.do("PUT", "/rooms", nil), "a bad token": h.at(shopOrigin, "x.y.z").do("GET", "/session", nil),
			"a stream that is refused": shop.do("GET", "/rooms/nowhere/events", nil, "Accept", "text/event-stream"),
		} {
			if named(a.header) != "Access-Control-Allow-Origin Access-Control-Expose-Headers" || a.header.Get("Access-Control-Allow-Origin") != shopOrigin ||
				a.header.Get("Access-Control-Expose-Headers") != "ETag, Retry-After" || a.header.Get("Vary") != "Origin" {
				t.Errorf("%s: %d %v", what, a.status, a.header)
			}
		}
		if s := shop.open("lobby", ""); s.res.Header.Get("Access-Control-Allow-Origin") != shopOrigin {
			t.Error("a stream:", s.res.Header)
		}
		// What a cookie lets do, no other page makes do.
		mina := h.signUp("mina")
		if a := mina.do("GET", "/rooms/lobby", nil, "Origin", shopOrigin, "Sec-Fetch-Site", "cross-site"); a.status != 403 {
			t.Error("with a cookie:", a.status)
		}
		for _, path := range []string{"/rooms/lobby", "/sign-in", "/static/icon.svg"} {
			if a := h.visitor().do("GET", "page:"+path, nil, "Origin", shopOrigin); named(a.header) != "" {
				t.Error(path, a.header)
			}
		}
		if a := h.visitor().do("GET", "/rooms/lobby", nil); a.header.Get("Vary") != "Origin" || named(a.header) != "" {
			t.Error("without an origin:", a.header)
		}
	})
}

// named are the names of the headers for other origins.
func named(h http.Header) string {
	var names []string
	for _, name := range []string{"Allow-Credentials", "Allow-Headers", "Allow-Methods", "Allow-Origin", "Expose-Headers", "Max-Age"} {
		if _, ok := h["Access-Control-"+name]; ok {
			names = append(names, "Access-Control-"+name)
		}
	}
	return strings.Join(names, " ")
}

// strangeOrigins are no site's, though some of them look like one's.
func strangeOrigins() []string {
	list := []string{"null", "*", "https://", "file://", "chrome-extension://abc", "https://xn--bj0bj06e.example.", "https://한글.example", "http://localhost", "http://localhost:3001", "https://localhost:3000"}
	for _, host := range []string{
		"shop.example.", "SHOP.EXAMPLE", "Shop.example", "shop.example.evil", "evil-shop.example", "evilshop.example", "a.shop.example", "www.shop.example", "shop.example:443", "shop.example:80",
		"shop.example:8443", "shop.example:", "shop.example/", "shop.example/x", "shop.example?x", "shop.example#x", "shop.example@evil.example", "evil@shop.example", "shop.examp1e", "shop.exampl",
		"hop.example", "shop_example", "shop-example", "shopXexample", "shop.example%00", "shop.example%2e", "shop.example,evil.example", "shop.example https://evil.example", "shop.example\\.evil.example", "ѕhop.example",
		"shop。example", "[::1]", "127.0.0.1", "0", "shop.example;", "shop.example&", "shop.example'", "shop.example`", "shop.example{", "shop.example|",
	} {
		list = append(list, "https://"+host, "http://"+host)
	}
	list = append(list, "http://shop.example", "ftp://shop.example", "https:shop.example", "https:/shop.example", "//shop.example", "shop.example", "HTTPS://shop.example", "javascript://shop.example", "blob:https://shop.example")
	return list
}

// A page's room is empty until its first message, which makes it; who reads it
// before hears that.
func TestPages(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		secret := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Pages = true })
		h.siteAt("blog", blogOrigin, nil)
		shop := h.at(shopOrigin, "")
		of := func(address string) string {
			return shop.must(200, "GET", "/embed?room=auto&page="+url.QueryEscape(address), nil).at("embed", "room").(string)
		}
		address := shopOrigin + "/과일/사과"
		slug := of(address)
		for _, same := range []string{address + "/", address + "?from=mail", address + "#top", shopOrigin + "/%EA%B3%BC%EC%9D%BC/%EC%82%AC%EA%B3%BC"} {
			if of(same) != slug {
				t.Error(same, "is another page than", address)
			}
		}
		if of(shopOrigin+"/") == slug || !chat.IsPage(slug) {
			t.Error(slug)
		}
		for _, bad := range []string{"", "/a", "https://evil.example/a", blogOrigin + "/a", "https://u@shop.example/a", shopOrigin + "/" + strings.Repeat("x", 2000), "javascript:x"} {
			shop.must(400, "GET", "/embed?room=auto&page="+url.QueryEscape(bad), nil)
		}
		h.at(blogOrigin, "").must(404, "GET", "/embed?room=auto&page="+blogOrigin+"/a", nil)
		h.at(blogOrigin, "").must(404, "GET", "/rooms/"+slug, nil)
		owner.must(404, "GET", "/rooms/"+slug, nil)

		room := shop.must(200, "GET", "/rooms/"+slug, nil)
		if room.at("room", "head") != 0.0 || room.at("room", "kind") != "open" || room.at("room", "slug") != slug {
			t.Error(room.text)
		}
		if a := shop.must(200, "GET", "/rooms/"+slug+"/messages", nil); len(a.at("messages").([]any)) != 0 || a.at("cursor") != "0" {
			t.Error(a.text)
		}
		empty := shop.must(200, "GET", "/rooms/"+slug+"/events", nil)
		if empty.at("cursor") != "0" || empty.header.Get("ETag") != `"0"` || shop.do("GET", "/rooms/"+slug+"/events", nil, "If-None-Match", `"0"`).status != 304 {
			t.Error(empty.text, empty.header)
		}
		reader := shop.open(slug, "")
		if list := reader.until("caught-up"); list[0].Name != "hello" || !strings.Contains(list[1].Data, `"cursor":"0"`) {
			t.Error(list)
		}
		waits := make(chan answer, 1)
		go func() { waits <- h.at(shopOrigin, "").do("GET", "/rooms/"+slug+"/events?wait=20", nil) }()
		me := h.at(shopOrigin, token(t, secret, "shop", "u-1", nil))
		mine := me.open(slug, "0")
		mine.until("caught-up")
		for _, path := range []string{"/read", "/typing"} {
			if a := me.do(map[string]string{"/read": "PUT", "/typing": "POST"}[path], "/rooms/"+slug+path, map[string]any{"/read": map[string]any{"seq": 1}, "/typing": map[string]any{}}[path]); a.status != 404 {
				t.Error(path, a.status)
			}
		}
		me.must(404, "POST", "/rooms/"+slug+"/messages", said("without its page"))
		me.must(400, "POST", "/rooms/"+slug+"/messages", map[string]any{"body": "x", "page": shopOrigin + "/other"})
		me.must(400, "POST", "/rooms/lobby/messages", map[string]any{"body": "x", "page": address})
		owner.must(400, "POST", "/rooms/lobby/messages", map[string]any{"body": "x", "page": address})
		owner.must(400, "POST", "/rooms", map[string]any{"slug": slug, "name": "mine", "kind": "open"})
		shop.must(401, "POST", "/rooms/"+slug+"/messages", map[string]any{"body": "x", "page": address})

		began := time.Now()
		first := map[string]any{"body": "the first", "nonce": "n-1", "page": address}
		if a := me.must(201, "POST", "/rooms/"+slug+"/messages", first); a.at("message", "seq") != 2.0 {
			t.Error(a.text)
		}
		me.must(200, "POST", "/rooms/"+slug+"/messages", first)
		for what, s := range map[string]*listener{"a reader": reader, "a person": mine} {
			joined, message := s.next(), s.next()
			if joined.Name != "member" || message.Name != "message" || !strings.Contains(message.Data, "the first") || !strings.HasPrefix(message.ID, "2.") {
				t.Error(what, "hears", joined, message)
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Error("it was heard after", took)
		}
		if a := <-waits; !strings.Contains(a.text, `"joined"`) && !strings.Contains(a.text, "the first") {
			t.Error("a long poll:", a.text)
		}
		guest := h.at(shopOrigin, shop.must(201, "POST", "/guests", nil).at("token").(string))
		guest.must(201, "POST", "/rooms/"+slug+"/messages", map[string]any{"body": "the second", "page": address})
		me.must(204, "PUT", "/rooms/"+slug+"/read", map[string]any{"seq": 4})
		if a := owner.must(200, "GET", "/rooms/"+slug, nil); a.at("room", "name") != "/과일/사과" || a.at("room", "topic") != address {
			t.Error(a.text)
		}
		for _, s := range []*listener{reader, mine} {
			if e := s.until("message"); !strings.Contains(e[len(e)-1].Data, "the second") {
				t.Error(e)
			}
		}
		h.wait("the person is present", 20*time.Second, func() bool {
			return len(me.must(200, "GET", "/rooms/"+slug+"/presence", nil).at("users").([]any)) == 1
		})
		late := shop.open(slug, "0")
		if got := len(late.until("caught-up")); got != 6 {
			t.Error("a late reader gets", got, "events")
		}
		// The room ends as any other, and its page has an empty one again.
		owner.must(204, "DELETE", "/rooms/"+slug, nil)
		if list := reader.ended(); list[len(list)-1].Name != "gone" {
			t.Error(list)
		}
		if a := shop.must(200, "GET", "/rooms/"+slug+"/messages", nil); len(a.at("messages").([]any)) != 0 {
			t.Error(a.text)
		}
		again := shop.open(slug, "")
		again.until("caught-up")
		me.must(201, "POST", "/rooms/"+slug+"/messages", map[string]any{"body": "anew", "page": address})
		if e := again.until("message"); !strings.Contains(e[len(e)-1].Data, "anew") {
			t.Error(e)
		}
		h.db.Audit()
	})
}

// However many write first on a page at once, on two nodes, there is one room with
// everything in it, and those who waited hear all of it.
func TestPageIsMadeOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		secret := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Pages = true })
		nodes := []*house{h}
		if h.db.Kind == "postgres" {
			nodes = append(nodes, build(t, h.db.Open(), h.db, free, stream.Limits{}))
		}
		const writers = 12
		for round := range 3 {
			address := fmt.Sprint(shopOrigin, "/page/", round)
			slug := h.at(shopOrigin, "").must(200, "GET", "/embed?room=auto&page="+address, nil).at("embed", "room").(string)
			var waiting []*listener
			for _, node := range nodes {
				s := node.at(shopOrigin, "").open(slug, "")
				s.until("caught-up")
				waiting = append(waiting, s)
			}
			var all sync.WaitGroup
			for n := range writers {
				p := nodes[n%len(nodes)].at(shopOrigin, token(t, secret, "shop", fmt.Sprint("w-", n), nil))
				all.Go(func() {
					a := p.do("POST", "/rooms/"+slug+"/messages", map[string]any{"body": fmt.Sprint("first ", n), "page": address, "nonce": fmt.Sprint("n-", n)})
					if a.status != 201 {
						t.Error(n, a.status, a.text)
					}
				})
			}
			all.Wait()
			for _, s := range waiting {
				for seq := range 2 * writers {
					if e := s.next(); !strings.HasPrefix(e.ID, fmt.Sprint(seq+1, ".")) {
						t.Fatal("number", seq+1, "is", e)
					}
				}
			}
		}
		h.db.Audit()
	})
}

// An address makes so many rooms and no more.
func TestPagesAreLimited(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		o := free
		o.SignupRate = 1
		h := build(t, s, db, o, stream.Limits{})
		secret := h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Pages = true })
		me := h.at(shopOrigin, token(t, secret, "shop", "u-1", nil))
		post := func(n int) answer {
			address := fmt.Sprint(shopOrigin, "/", n)
			slug := h.at(shopOrigin, "").must(200, "GET", "/embed?room=auto&page="+address, nil).at("embed", "room").(string)
			return me.do("POST", "/rooms/"+slug+"/messages", map[string]any{"body": "x", "page": address})
		}
		for n := range 5 {
			if a := post(n); a.status != 201 {
				t.Fatal(a.text)
			}
		}
		if a := post(5); a.status != 429 || a.header.Get("Retry-After") == "" {
			t.Error(a.status, a.text)
		}
		if a := post(1); a.status != 201 {
			t.Error("in a room that is there:", a.status)
		}
	})
}
