package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"maru/internal/site"
)

// A frame is shown by the pages of its site alone.
func TestFrame(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.siteAt("shop", shopOrigin, func(s *site.Settings) { s.Pages = true })
		h.siteAt("blog", blogOrigin, nil)
		ancestors := regexp.MustCompile(`frame-ancestors ([^;]*)`)
		for address, want := range map[string]struct {
			referer, ancestors, site string
		}{
			"room=lobby":           {"", blogOrigin + " " + shopOrigin, ""},
			"room=lobby&site=shop": {"", shopOrigin, "shop"},
			"room=lobby&site=blog": {shopOrigin + "/", blogOrigin, "blog"},
			"room=lobby&lang=ko":   {shopOrigin + "/a/b?c", shopOrigin, "shop"},
			"room=lobby&theme=x":   {"https://evil.example/", blogOrigin + " " + shopOrigin, ""},
			"room=attic":           {"", "'none'", ""},
			"room=attic&site=shop": {"", "'none'", ""},
			"room=lobby&site=none": {"", "'none'", ""},
			"room=auto&site=shop":  {"", shopOrigin, "shop"},
			"room=auto":            {"", shopOrigin, "shop"},
			"room=auto&site=blog":  {"", "'none'", ""},
			"room=lobby&page=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&site=shop": {"", shopOrigin, "shop"},
		} {
			a := h.visitor().do("GET", "page:/embed/frame?"+address, nil, "Referer", want.referer, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe")
			if a.status != 200 {
				t.Errorf("%s: %d %s", address, a.status, a.text)
				continue
			}
			if csp := a.header["Content-Security-Policy"]; len(csp) != 1 || ancestors.FindStringSubmatch(csp[0])[1] != want.ancestors || strings.Contains(csp[0], "unsafe") {
				t.Errorf("%s: %v", address, csp)
			}
			if strings.Contains(a.text, `site="`+want.site+`"`) != (want.site != "") || strings.Contains(a.text, "<script>") || !strings.Contains(a.text, `<script async src="/embed.js">`) {
				t.Errorf("%s: %s", address, a.text)
			}
			if a.header.Get("X-Frame-Options") != "" || a.header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || a.header.Get("Set-Cookie") != "" {
				t.Errorf("%s: %v", address, a.header)
			}
		}
		for _, address := range []string{"", "room=", "room=No%20Slug"} {
			if a := h.visitor().do("GET", "page:/embed/frame?"+address, nil); a.status != 400 {
				t.Errorf("%q: %d", address, a.status)
			}
		}
		if a := h.visitor().do("GET", "page:/sign-in", nil); !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Error("another page can be framed")
		}
	})
}

// The files of the element are for every page, and hold the same for everybody.
func TestElementFiles(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		get := func(path string, headers ...string) answer {
			return h.visitor().do("GET", "page:"+path, nil, append(headers, "Origin", "https://anybody.example", "Sec-Fetch-Site", "cross-site", "Cookie", "maru=x")...)
		}
		public := func(a answer) bool {
			return a.status == 200 && a.header.Get("Access-Control-Allow-Origin") == "*" && a.header.Get("Cross-Origin-Resource-Policy") == "cross-origin" &&
				strings.HasPrefix(a.header.Get("Content-Type"), "text/javascript") && a.header.Get("Set-Cookie") == ""
		}
		script, v1 := get("/embed.js"), get("/embed/v1.js")
		if !public(script) || v1.text != script.text || script.header.Get("ETag") == "" || script.header.Get("Cache-Control") != "public, max-age=300" {
			t.Error(script.status, script.header)
		}
		if a := get("/embed.js", "If-None-Match", script.header.Get("ETag")); a.status != http.StatusNotModified {
			t.Error(a.status)
		}
		paths := regexp.MustCompile(`/embed/chat\.\w\w\.[0-9a-f]+\.js`).FindAllString(script.text, -1)
		if len(paths) != 2 {
			t.Fatal(paths)
		}
		for _, path := range paths {
			if a := get(path); !public(a) || !strings.Contains(a.header.Get("Cache-Control"), "immutable") || !strings.Contains(a.text, "`maru-") {
				t.Error(path, a.status, a.header)
			}
		}
		for _, path := range []string{"/embed/nothing.js", "/embed/", "/embed/chat.en.0.js"} {
			if a := get(path); a.status != 404 {
				t.Error(path, a.status)
			}
		}
	})
}
