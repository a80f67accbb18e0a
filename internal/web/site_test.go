package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"maru/internal/chat"
	"maru/internal/site"
)

// A shop's pages show rooms of the house, and vouch for its people.
const (
	shopOrigin = "https://shop.example"
	blogOrigin = "https://blog.example"
)

// siteAt makes a site with one secret key, which it returns.
func (h *house) siteAt(name, origin string, change func(*site.Settings)) (secret string) {
	h.t.Helper()
	settings := site.Settings{
		Site:  chat.Site{Name: name, Origins: []string{origin}, Visitors: chat.VisitorsGuest},
		Slugs: []string{"lobby"},
	}
	if change != nil {
		change(&settings)
	}
	if err := h.sites.Add(h.t.Context(), site.Operator, settings); err != nil {
		h.t.Fatal(err)
	}
	_, secret, err := h.sites.AddKey(h.t.Context(), site.Operator, name, site.NewKey{ID: "k1", Algorithm: site.HS256})
	if err != nil {
		h.t.Fatal(err)
	}
	return secret
}

// token is what a site's backend gives one of its people.
func token(t *testing.T, secret, name, sub string, changes map[string]any) string {
	t.Helper()
	now := time.Now()
	claims := jwt.MapClaims{"iss": name, "aud": "maru", "sub": sub, "name": "Person " + sub, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	for member, value := range changes {
		claims[member] = value
	}
	made := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	made.Header["kid"] = "k1"
	text, err := made.SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// at is a browser on a page of an origin, with a Bearer token or none.
func (h *house) at(origin, token string) *tab {
	v := h.visitor()
	v.token = token
	return &tab{v, origin}
}

// tab asks as the script of a page at an origin does.
type tab struct {
	*visitor
	origin string
}

func (p *tab) do(method, path string, body any, headers ...string) answer {
	p.h.t.Helper()
	return p.visitor.do(method, path, body, append([]string{"Origin", p.origin, "Sec-Fetch-Site", "cross-site"}, headers...)...)
}

func (p *tab) must(status int, method, path string, body any, headers ...string) answer {
	p.h.t.Helper()
	a := p.do(method, path, body, headers...)
	if a.status != status {
		p.h.t.Fatalf("%s %s from %s: %d, want %d: %s", method, path, p.origin, a.status, status, a.text)
	}
	return a
}

func (p *tab) open(room, after string) *listener {
	p.h.t.Helper()
	return p.visitor.open(room, after, "Origin", p.origin, "Sec-Fetch-Site", "cross-site")
}

func said(text string) map[string]any { return map[string]any{"body": text} }

// Somebody whom a site vouches for is one user, however often he comes, reads and
// writes in the site's rooms, and is nobody elsewhere.
func TestVouched(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		secret := h.siteAt("shop", shopOrigin, nil)
		owner.must(201, "POST", "/rooms", map[string]any{"slug": "attic", "name": "Attic", "kind": "open"})
		first := h.at(shopOrigin, token(t, secret, "shop", "u-7", map[string]any{"name": "민아", "avatar": "https://cdn.example/m.png"}))
		me := first.must(200, "GET", "/session", nil)
		if me.at("user", "kind") != "site" || me.at("user", "display_name") != "민아" || me.at("user", "role") != "member" || me.at("user", "avatar_url") != "https://cdn.example/m.png" {
			t.Error(me.text)
		}
		handle := me.at("user", "name").(string)
		if !strings.HasPrefix(handle, "민아-") {
			t.Error("the handle is", handle)
		}
		again := h.at(shopOrigin, token(t, secret, "shop", "u-7", map[string]any{"name": "민아", "avatar": "https://cdn.example/m.png", "jti": "2"}))
		if other := again.must(200, "GET", "/session", nil); other.text != me.text {
			t.Error("the same person is another user:", other.text, me.text)
		}
		if a := first.must(201, "POST", "/rooms/lobby/messages", said("hello from the shop")); a.header.Get("Access-Control-Allow-Origin") != shopOrigin {
			t.Error(a.header)
		}
		rooms := first.must(200, "GET", "/rooms", nil)
		if list := rooms.at("rooms").([]any); len(list) != 1 {
			t.Error("the rooms of a site are", rooms.text)
		}
		for _, path := range []string{"/rooms/attic", "/rooms/attic/messages", "/rooms/attic/events", "/rooms/nowhere"} {
			if a := first.do("GET", path, nil); a.status != 404 {
				t.Error(path, a.status)
			}
		}
		for path, method := range map[string]string{
			"/rooms": "POST", "/tokens": "POST", "/sessions": "DELETE", "/account/password": "PUT", "/rooms/lobby": "PATCH", "/users/1": "PATCH",
		} {
			if a := first.do(method, path, map[string]any{}); a.status != 403 {
				t.Error(method, path, "by a visitor:", a.status, a.text)
			}
		}
		if a := first.do("PATCH", "/account", map[string]any{"display_name": "Somebody"}); a.status != 403 {
			t.Error("a name of one's own:", a.status)
		}
		limited := h.at(shopOrigin, token(t, secret, "shop", "u-7", map[string]any{"name": "민아", "avatar": "https://cdn.example/m.png", "rooms": []string{"elsewhere"}}))
		limited.must(404, "GET", "/rooms/lobby", nil)
		h.db.Audit()
	})
}

// A changed name is an event in every room that shows the person; a token that is
// older than the name changes nothing.
func TestNameFollowsToken(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		secret := h.siteAt("shop", shopOrigin, nil)
		now := time.Now().Unix()
		named := func(name string, iat int64) *tab {
			return h.at(shopOrigin, token(t, secret, "shop", "u-1", map[string]any{"name": name, "iat": iat, "exp": iat + 300}))
		}
		named("Before", now-10).must(201, "POST", "/rooms/lobby/messages", said("x"))
		s := owner.open("lobby", "head")
		s.until("caught-up")
		named("After", now-5).must(200, "GET", "/session", nil)
		if e := s.next(); e.Name != "member" || !strings.Contains(e.Data, `"change":"profile"`) || !strings.Contains(e.Data, `"display_name":"After"`) {
			t.Error(e)
		}
		named("Before", now-8).must(200, "GET", "/session", nil) // another tab's, late
		if a := named("After", now-4).must(200, "GET", "/session", nil); a.at("user", "display_name") != "After" {
			t.Error(a.text)
		}
		h.db.Audit()
	})
}

// What has been let in ends within a second, on whatever node: by its key, its
// site, its account, or its own time; and the next request is refused.
func TestVisitorsEnd(t *testing.T) {
	for what, end := range map[string]func(h *house, user int64, owner *visitor) error{
		"key": func(h *house, _ int64, _ *visitor) error {
			return h.sites.WithdrawKey(h.t.Context(), site.Operator, "shop", "k1")
		},
		"site": func(h *house, _ int64, _ *visitor) error { return h.sites.Remove(h.t.Context(), site.Operator, "shop") },
		"rooms": func(h *house, _ int64, _ *visitor) error {
			return h.sites.Change(h.t.Context(), site.Operator, site.Settings{Site: chat.Site{Name: "shop", Origins: []string{shopOrigin}, Visitors: chat.VisitorsGuest}})
		},
		"account": func(_ *house, user int64, owner *visitor) error {
			owner.must(200, "PATCH", fmt.Sprint("/users/", user), map[string]any{"disabled": true})
			return nil
		},
		"time": func(*house, int64, *visitor) error { return nil },
	} {
		t.Run(what, func(t *testing.T) {
			eachLine(t, func(t *testing.T, h *house) {
				owner := h.signUp("owner")
				secret := h.siteAt("shop", shopOrigin, nil)
				life := 300 * time.Second
				if what == "time" {
					life = 3 * time.Second
				}
				exp := time.Now().Add(life).Truncate(time.Millisecond)
				p := h.at(shopOrigin, token(t, secret, "shop", "u-1", map[string]any{"exp": float64(exp.UnixMilli()) / 1000}))
				user := int64(p.must(200, "GET", "/session", nil).at("user", "id").(float64))
				s := p.open("lobby", "")
				s.until("caught-up")
				began := time.Now()
				if what == "time" {
					began = exp
				}
				if err := end(h, user, owner); err != nil {
					t.Fatal(err)
				}
				want := 401
				if what == "rooms" {
					want = 404 // the token is as good as ever, the room is not the site's any more
				}
				if what != "time" {
					p.must(want, "GET", "/rooms/lobby", nil)
				}
				list := s.ended()
				if last := list[len(list)-1]; last.Name != "bye" || !strings.Contains(last.Data, `"code":"unauthenticated"`) {
					t.Error(last)
				}
				if took := time.Since(began); took < 0 || took > 5*time.Second {
					t.Error("it took", took)
				}
				p.must(want, "GET", "/rooms/lobby", nil)
			})
		})
	}
}

// On another node a withdrawn key ends what runs under it, too.
func TestKeyEndsElsewhere(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		secret := h.siteAt("shop", shopOrigin, nil)
		elsewhere := build(t, h.db.Open(), h.db, free, h.limits())
		p := elsewhere.at(shopOrigin, token(t, secret, "shop", "u-1", nil))
		s := p.open("lobby", "")
		s.until("caught-up")
		if err := h.sites.WithdrawKey(t.Context(), site.Operator, "shop", "k1"); err != nil {
			t.Fatal(err)
		}
		s.ended()
		p.must(401, "GET", "/rooms/lobby", nil)
		if err := h.sites.Remove(t.Context(), site.Operator, "shop"); err != nil {
			t.Fatal(err)
		}
		elsewhere.wait("the other node has forgotten the origin", 5*time.Second, func() bool {
			return p.do("GET", "/rooms/lobby", nil, "Authorization", "").header.Get("Access-Control-Allow-Origin") == ""
		})
	})
}

// A token of a site is good on the site's own pages, and where no page asks.
func TestTokenStaysHome(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		secret := h.siteAt("shop", shopOrigin, nil)
		h.siteAt("blog", blogOrigin, nil)
		good := token(t, secret, "shop", "u-1", nil)
		guest := h.at(shopOrigin, "").must(201, "POST", "/guests", nil).at("token").(string)
		for _, text := range []string{good, guest} {
			for origin, want := range map[string]int{
				shopOrigin: 200, h.url: 200, "": 200, blogOrigin: 403, "https://evil.example": 403, "null": 403,
				shopOrigin + ".evil.example": 403, "http://shop.example": 403, shopOrigin + ":444": 403, shopOrigin + "/": 403, "https://SHOP.example": 403,
			} {
				p := h.at(origin, text)
				a := p.visitor.do("GET", "/rooms/lobby", nil, "Origin", origin)
				if origin == "" {
					a = p.visitor.do("GET", "/rooms/lobby", nil)
				}
				if a.status != want {
					t.Errorf("from %q: %d, want %d", origin, a.status, want)
				}
			}
		}
		two := h.visitor().request("GET", "/rooms/lobby", nil)
		two.Header["Origin"] = []string{shopOrigin, blogOrigin}
		two.Header.Set("Authorization", "Bearer "+good)
		if res, err := http.DefaultClient.Do(two); err != nil || res.StatusCode != 403 {
			t.Error("two origins:", res, err)
		}
	})
}
