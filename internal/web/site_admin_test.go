package web_test

import (
	"regexp"
	"strings"
	"testing"
)

// Who governs the server makes sites by plain forms; a key's secret is shown once.
func TestSitePages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner, mina := h.signUp("owner"), h.signUp("mina")
		if strings.Contains(mina.page("/settings"), "/settings/sites") {
			t.Error("a member is led to the sites")
		}
		for _, path := range []string{"/settings/sites", "/settings/sites/shop"} {
			mina.must(403, "GET", "page:"+path, nil)
		}
		for _, path := range []string{"/settings/sites", "/settings/sites/shop", "/settings/sites/shop/keys", "/settings/sites/shop/delete"} {
			if a := mina.submit(path, map[string]string{"name": "shop", "visitors": "read", "algorithm": "HS256"}); a.status != 403 {
				t.Error(path, a.status)
			}
		}
		contains(t, owner.page("/settings"), `href="/settings/sites"`)
		a := owner.submit("/settings/sites", map[string]string{"name": "Shop!", "origins": "https://shop.example"})
		contains(t, a.text, "The name of a site has", `value="Shop!"`, "https://shop.example")
		owner.submit("/settings/sites", map[string]string{"name": "shop", "origins": "https://shop.example\nhttps://www.shop.example"}).leads("/settings/sites/shop")
		contains(t, owner.page("/settings/sites"), "https://shop.example, https://www.shop.example", `href="/settings/sites/shop"`)
		contains(t, owner.page("/settings/sites/shop"), `<script async src="`+h.url+`/embed.js">`, `<maru-chat room="lobby">`, `value="member" checked`)

		made := owner.submit("/settings/sites/shop/keys", map[string]string{"algorithm": "HS256", "kid": "k1"})
		secret := regexp.MustCompile(`id="secret" readonly value="([\w-]{43})"`).FindStringSubmatch(made.text)
		if secret == nil {
			t.Fatal(made.text)
		}
		if again := owner.page("/settings/sites/shop"); strings.Contains(again, secret[1]) || !strings.Contains(again, `token-url="/chat-token"`) {
			t.Error("the secret is shown again")
		}
		contains(t, owner.submit("/settings/sites/shop/keys", map[string]string{"algorithm": "ES256", "public_key": "no key"}).text, "This is not a public key for ES256", "no key")
		person := h.at(shopOrigin, token(t, secret[1], "shop", "u-1", nil))
		person.must(200, "GET", "/rooms/lobby", nil)

		a = owner.submit("/settings/sites/shop", map[string]string{"origins": "https://shop.example/path", "visitors": "guest", "rooms": "lobby"})
		contains(t, a.text, "is not an origin", "https://shop.example/path", `value="guest" checked`)
		a = owner.submit("/settings/sites/shop", map[string]string{"origins": "https://shop.example", "visitors": "guest", "rooms": "lobby, nowhere"})
		contains(t, a.text, "There is no room nowhere", `value="lobby, nowhere"`)
		a = owner.submit("/settings/sites/shop", map[string]string{"origins": "https://shop.example", "visitors": "guest", "rooms": "lobby", "pages": "on", "roles": "on", "accent": "#AA3300"})
		contains(t, a.text, "Saved.", `value="#aa3300"`, `name="pages" checked`, `name="roles" checked`, `name="all_rooms"><span>`)
		slug := h.at(shopOrigin, "").must(200, "GET", "/embed?room=auto&page="+shopOrigin+"/a/page", nil).at("embed", "room").(string)
		person.must(201, "POST", "/rooms/"+slug+"/messages", map[string]any{"body": "x", "page": shopOrigin + "/a/page"})
		contains(t, owner.page("/settings/sites/shop"), `href="/rooms/`+slug+`"`, "/a/page")

		owner.submit("/settings/sites/shop/keys", map[string]string{"withdraw": "k1"}).leads("/settings/sites/shop")
		person.must(401, "GET", "/rooms/lobby", nil)
		owner.submit("/settings/sites/shop/delete", nil).leads("/settings/sites")
		owner.must(404, "GET", "page:/settings/sites/shop", nil)
		h.db.Audit()
	})
}

// Who governs a site sees it as its visitors do: without a key as somebody without
// a token, with one as somebody whom the site vouches for.
func TestSitePreview(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner, mina := h.signUp("owner"), h.signUp("mina")
		owner.submit("/settings/sites", map[string]string{"name": "shop", "origins": "https://shop.example"})
		const path = "/settings/sites/shop/preview"
		mina.must(403, "GET", "page:"+path, nil)
		owner.must(404, "GET", "page:/settings/sites/none/preview", nil)
		page := owner.must(200, "GET", "page:/settings/sites/shop", nil)
		contains(t, page.text, `<iframe class="preview" src="`+path+`"`, "<summary class=\"quiet\">Laravel</summary>", "token(&#39;shop&#39;, $key")
		contains(t, page.header.Get("Content-Security-Policy"), "frame-src 'self'")
		token := func() string {
			t.Helper()
			a := owner.must(200, "GET", "page:"+path, nil)
			contains(t, a.text, `<maru-chat framed room="lobby" site="shop"`, `data-origins=""`)
			contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors 'self'")
			return regexp.MustCompile(`data-token="([^"]*)"`).FindStringSubmatch(a.text)[1]
		}
		if text := token(); text != "" {
			t.Error("a site without a key vouches for somebody:", text)
		}
		owner.submit("/settings/sites/shop/keys", map[string]string{"algorithm": "HS256", "kid": "k1"})
		visitor := h.visitor()
		visitor.token = token()
		me := visitor.must(200, "GET", "/session", nil)
		if me.at("user", "kind") != "site" || me.at("user", "display_name") != "owner" {
			t.Error(me.text)
		}
	})
}
