package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Host is a server of another site, on another address, so that for a browser it
// has nothing in common with Maru: it knows who its visitors are, and shows the
// chat on its pages.
type Host struct {
	t       testing.TB
	maru    *Server
	name    string // of the site
	secret  string // of its key
	through string // where its pages find Maru
	server  *httptest.Server

	mu    sync.Mutex
	pages map[string]hostPages
	asked int // tokens, ever
	give  func() string
}

type hostPages struct{ head, body, policy string }

// Host makes a site with a key, whose pages come from a server of its own.
func (s *Server) Host(name string, flags ...string) *Host {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		s.t.Fatal(err)
	}
	h := &Host{t: s.t, maru: s, name: name, through: s.URL(), pages: map[string]hostPages{}}
	h.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(h.answer)}}
	h.server.Start()
	s.t.Cleanup(h.server.Close)
	s.site(append([]string{"add", name, "--origin", h.URL()}, flags...)...)
	h.secret = regexp.MustCompile(`secret  (\S+)`).FindStringSubmatch(s.site("key", name, "--kid", "k1"))[1]
	h.SignIn("u-1", "다온")
	return h
}

// URL is the host's origin.
func (h *Host) URL() string { return h.server.URL }

// SignIn lets the visitor be somebody; with no name nobody.
func (h *Host) SignIn(sub, name string) {
	h.Give(func() string { return h.Token(sub, name, 10*time.Minute) }, name)
}

// Give sets what the host answers who asks for a token; "" where nobody is signed in.
func (h *Host) Give(give func() string, name ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.give = give
	if len(name) > 0 && name[0] == "" {
		h.give = func() string { return "" }
	}
}

// Token is a token of the site, with more claims where some are given.
func (h *Host) Token(sub, name string, life time.Duration, more ...object) string {
	part := func(o object) string {
		text, _ := json.Marshal(o)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	now := time.Now()
	claims := object{"iss": h.name, "aud": "maru", "sub": sub, "name": name, "iat": now.Unix(), "exp": now.Add(life).Unix()}
	for _, one := range more {
		maps.Copy(claims, one)
	}
	text := part(object{"alg": "HS256", "typ": "JWT", "kid": "k1"}) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(h.secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Asked returns how many tokens were asked for.
func (h *Host) Asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

// Page puts a page on the host, with the script of the element in its head.
func (h *Host) Page(path, head, body string, policy ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	script := fmt.Sprintf(`<script async src="%s/embed.js"></script>`, h.through)
	h.pages[path] = hostPages{head + script, body, strings.Join(policy, "; ")}
}

func (h *Host) answer(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	page, ok := h.pages[r.URL.Path]
	switch {
	case r.URL.Path == "/token":
		h.asked++
		token := h.give()
		if token == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, token)
	case ok:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if page.policy != "" {
			w.Header().Set("Content-Security-Policy", page.policy)
		}
		fmt.Fprintf(w, `<!doctype html><html lang="ko"><head><title>저녁나무책방</title><meta name="viewport" content="width=device-width">%s</head>`+
			`<body><main><h1>저녁나무책방</h1>%s<p>골목 끝 오래된 느릅나무 옆</p></main></body></html>`, page.head, page.body)
	default:
		w.WriteHeader(http.StatusNoContent) // the icon
	}
}

// Visit opens a page of the host in a browser of its own.
func (h *Host) Visit(path string) *Chat {
	h.t.Helper()
	tab := NewWindow(h.t, h.URL()).Tab("a visitor").Allow("elsewhere: .*" + regexp.QuoteMeta(h.maru.addr))
	return (&Chat{tab, "maru-chat"}).Open(path)
}
