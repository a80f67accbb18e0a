package web_test

import (
	"net/url"
	"strings"
	"testing"

	"maru/internal/web"
)

// A NUL, which PostgreSQL keeps in no text, is refused wherever it stands in a
// body, and breaks nothing.
func TestNUL(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		owner.must(303, "POST", "page:/settings/sites", url.Values{"name": {"shop"}, "origins": {"https://shop.example"}}.Encode(),
			"Content-Type", "application/x-www-form-urlencoded")
		owner.post("lobby", "x")
		filled := map[string]any{"kind": "open", "password": password, "members": []int64{1}}
		for _, name := range []string{"name", "password", "display_name", "setup", "old", "new", "label", "role", "slug", "topic", "body", "nonce", "page"} {
			filled[name] = "a\x00b"
		}
		form := url.Values{"user": {"1"}, "algorithm": {"HS256"}, "visitors": {"guest"}, "react": {"👍"}}
		for _, name := range []string{"name", "password", "display_name", "setup", "next", "old", "new", "label", "withdraw", "slug", "kind", "to", "topic", "body", "nonce",
			"origins", "rooms", "accent", "kid", "public_key", "theme", "role", "keep_messages", "keep_days"} {
			form.Set(name, "a\x00b")
		}
		for _, r := range web.Routes() {
			path := strings.NewReplacer("{room}", "lobby", "{seq}", "2", "{id}", "1", "{user}", "1", "{site}", "shop", "{emoji}", "👍", "{$}", "").Replace(r.Path)
			if r.Method == "GET" || r.Method == "DELETE" || path == "/sign-out" || strings.HasSuffix(path, "/delete") {
				continue
			}
			var asked []answer
			if strings.HasPrefix(path, "/api/") {
				for name, value := range filled { // each alone: what is not known is refused first
					asked = append(asked, owner.do(r.Method, "page:"+path, map[string]any{name: value}))
				}
				asked = append(asked, owner.do(r.Method, "page:"+path, map[string]any{"name": "a\x00b", "password": password}),
					owner.do(r.Method, "page:"+path, map[string]any{"name": "x", "kind": "a\x00b"}),
					owner.do(r.Method, "page:"+path, map[string]any{"body": "x", "nonce": "a\x00b"}),
					owner.do(r.Method, "page:"+path, map[string]any{"name": "abc", "password": password, "setup": "a\x00b"}))
			} else {
				for _, act := range []string{"add", "role", "x"} {
					form.Set("act", act)
					asked = append(asked, owner.do(r.Method, "page:"+path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
				}
				form.Set("kind", "direct")
				asked = append(asked, owner.do(r.Method, "page:"+path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
			}
			for _, a := range asked {
				if a.status >= 500 {
					t.Errorf("%s %s: %d %.200s", r.Method, path, a.status, a.text)
				}
			}
		}
	})
}
