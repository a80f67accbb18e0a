package web_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
	"maru/internal/web"
)

// A browser that another site makes ask with our cookie is refused, streams and
// other reading included; a link that somebody follows is not.
func TestCrossSite(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		program := h.visitor()
		program.token = mina.must(201, "POST", "/tokens", map[string]any{"label": "x"}).at("token").(string)
		mina.post("lobby", "x")
		own := h.url
		const nav, doc = "navigate", "document"
		origins := []struct {
			headers []string
			link    bool // it is a link that was followed
			refused bool
		}{
			{nil, false, false},
			{[]string{"Sec-Fetch-Site", "same-origin"}, false, false},
			{[]string{"Sec-Fetch-Site", "none"}, false, false},
			{[]string{"Sec-Fetch-Site", "same-site"}, false, true},
			{[]string{"Sec-Fetch-Site", "cross-site"}, false, true},
			{[]string{"Sec-Fetch-Site", "same-site", "Origin", own}, false, true},
			{[]string{"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"}, false, false},
			{[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", nav, "Sec-Fetch-Dest", doc}, true, true},
			{[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", nav, "Sec-Fetch-Dest", "iframe"}, false, true},
			{[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}, false, true},
			{[]string{"Origin", own}, false, false},
			{[]string{"Origin", strings.Replace(own, "http:", "https:", 1)}, false, false},
			{[]string{"Origin", "null"}, false, true},
			{[]string{"Origin", "https://evil.example"}, false, true},
			{[]string{"Origin", own + ".evil.example"}, false, true},
			{[]string{"Origin", "http://127.0.0.1:1"}, false, true},
		}
		for _, r := range web.Routes() {
			path := strings.NewReplacer("{room}", "nowhere", "{seq}", "1", "{id}", "99", "{user}", "99", "{$}", "").Replace(r.Path)
			if path == "/api/v1/guests" || path == "/api/v1/embed" {
				continue // are for pages of sites alone
			}
			public := strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/embed") || path == "/healthz" || path == "/readyz"
			for _, from := range origins {
				refused := from.refused && !public
				if from.link && r.Method == "GET" && !strings.HasPrefix(path, "/api/") && path != "/openapi.json" {
					refused = false
				}
				if r.Method == "DELETE" && strings.Contains(path, "session") || path == "/sign-out" || strings.HasSuffix(path, "/accounts") {
					if !refused {
						continue // would sign this test out, or make accounts
					}
				}
				a := mina.do(r.Method, "page:"+path, nil, from.headers...)
				if (a.status == 403 && (a.code() == "forbidden" || strings.Contains(a.text, "another site"))) != refused {
					t.Errorf("%s %s from %v: %d, refused should be %v", r.Method, path, from.headers, a.status, refused)
				}
				if a := program.do(r.Method, "page:"+path, nil, from.headers...); a.status == 403 && strings.Contains(a.text, "another site") {
					t.Errorf("%s %s from %v with a token: %d", r.Method, path, from.headers, a.status)
				}
			}
		}
		if s := mina.open("lobby", "", "Sec-Fetch-Site", "cross-site"); s.res.StatusCode != 403 {
			t.Error("a stream for another site:", s.res.Status)
		}
		// To sign in is to act in the name of a cookie, though there is none yet.
		stranger := h.visitor()
		for _, path := range []string{"/session", "/accounts", "page:/sign-in", "page:/sign-up"} {
			if a := stranger.do("POST", path, map[string]any{"name": "mina", "password": password}, "Sec-Fetch-Site", "cross-site"); a.status != 403 {
				t.Errorf("%s for another site: %d", path, a.status)
			}
		}
		// So is to choose how pages look.
		if a := stranger.do("POST", "page:/choose", "theme=dark", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"); a.status != 403 {
			t.Errorf("a choice by another site: %d", a.status)
		}
		if a := stranger.do("GET", "/rooms", nil, "Sec-Fetch-Site", "cross-site"); a.status != 401 {
			t.Error("without a cookie:", a.status)
		}
	})
}

// Without its link, an account owns the server only where nobody else can be
// asking.
func TestOwnerAtHome(t *testing.T) {
	public, err := url.Parse("https://chat.example.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		options func(*door.Options)
		headers []string
		owns    bool
	}{
		{"at home", nil, nil, true},
		{"by the name localhost", nil, []string{"Host", "localhost:8080"}, true},
		{"by the address of version 6", nil, []string{"Host", "[::1]:8080"}, true},
		{"by another name", nil, []string{"Host", "chat.example.com"}, false},
		{"by a name that begins like home", nil, []string{"Host", "localhost.example.com"}, false},
		{"through a proxy", nil, []string{"X-Forwarded-For", "10.0.0.1"}, false},
		{"through a proxy that names its host", nil, []string{"X-Forwarded-Host", "x"}, false},
		{"through a proxy, Forwarded", nil, []string{"Forwarded", "for=10.0.0.1"}, false},
		{"through a proxy, X-Real-IP", nil, []string{"X-Real-IP", "10.0.0.1"}, false},
		{"through a proxy, Via", nil, []string{"Via", "1.1 x"}, false},
		{"with a public URL", func(o *door.Options) { o.PublicURL = public }, nil, false},
		{"listening to the network", func(o *door.Options) { o.Loopback = false }, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
				o := free
				if test.options != nil {
					test.options(&o)
				}
				h := build(t, s, db, o, stream.Limits{})
				v := h.visitor()
				r := v.request("POST", "/accounts", map[string]any{"name": "mina", "password": password}, test.headers...)
				if host := r.Header.Get("Host"); host != "" {
					r.Host = host
				}
				res, err := v.client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if (res.StatusCode == 201) != test.owns || !test.owns && res.StatusCode != 403 {
					t.Errorf("%d", res.StatusCode)
				}
				// The link that was printed always works.
				code := chat.NewSecret()
				if _, err := s.Invite(t.Context(), chat.HashSecret(code), time.Hour); err != nil {
					t.Fatal(err)
				}
				a := v.do("POST", "/accounts", map[string]any{"name": "other", "password": password, "setup": code}, test.headers...)
				if want := map[bool]int{true: 201, false: 201}[test.owns]; a.status != want || (a.at("user", "role") == "owner") == test.owns {
					t.Errorf("by the link: %d %s", a.status, a.text)
				}
			})
		})
	}
}

// Where the address is HTTPS the cookie goes back to this very host alone.
func TestSecureCookie(t *testing.T) {
	public, err := url.Parse("https://chat.example.com")
	if err != nil {
		t.Fatal(err)
	}
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		o := free
		o.PublicURL = public
		h := build(t, s, db, o, stream.Limits{})
		testdb.User(t, s, "owner")
		a := h.visitor().must(201, "POST", "/accounts", map[string]any{"name": "mina", "password": password}, "Origin", "https://chat.example.com")
		cookie := a.header.Get("Set-Cookie")
		if !strings.HasPrefix(cookie, "__Host-maru=") || !strings.Contains(cookie, "Secure") || a.header.Get("Strict-Transport-Security") == "" {
			t.Error(cookie, a.header)
		}
		v := h.visitor()
		value := strings.TrimPrefix(strings.Split(cookie, ";")[0], "__Host-maru=")
		v.must(200, "GET", "/session", nil, "Cookie", "__Host-maru="+value)
		v.must(401, "GET", "/session", nil, "Cookie", "maru="+value)
		v.must(403, "GET", "/session", nil, "Cookie", "__Host-maru="+value, "Origin", "http://chat.example.com.evil.example")
	})
}

// Each kind of answer carries the headers that keep it harmless.
func TestHeaders(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for _, path := range []string{"page:/", "page:/rooms/lobby", "page:/sign-in", "page:/settings", "page:/nowhere"} {
			a := mina.do("GET", path, nil)
			csp := a.header.Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'"} {
				if !strings.Contains(csp, part) {
					t.Errorf("%s: the policy lacks %s", path, part)
				}
			}
			if strings.Contains(csp, "unsafe") || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") != "same-origin" ||
				a.header.Get("Cross-Origin-Opener-Policy") != "same-origin" || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s: %v", path, a.header)
			}
			for _, inline := range []string{"<script>", "<style", " style=", " onclick=", " onload=", "javascript:", "http://", "https://"} {
				if strings.Contains(a.text, inline) {
					t.Errorf("%s: has %s", path, inline)
				}
			}
		}
		if a := mina.do("GET", "/rooms", nil); a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" ||
			!strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Error(a.header)
		}
		seal := mina.do("GET", "page:/static/seal/3/%3C.svg", nil)
		if seal.status != 200 || !strings.Contains(seal.text, "&lt;") || !strings.Contains(seal.header.Get("Content-Security-Policy"), "sandbox") {
			t.Error(seal.status, seal.text, seal.header)
		}
		for _, bad := range []string{"/static/seal/0/x.svg", "/static/seal/7/x.svg", "/static/seal/1/xy.svg", "/static/seal/1/x.png", "/static/seal/1/%ff.svg", "/static/nothing.js", "/static/../openapi.json"} {
			if a := mina.do("GET", "page:"+bad, nil); a.status == 200 {
				t.Errorf("%s: %d", bad, a.status)
			}
		}
	})
}

// Requests that are broken, endless or slow cost a connection and nothing else.
func TestRawAbuse(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		host := strings.TrimPrefix(h.url, "http://")
		send := func(text string) string {
			t.Helper()
			c, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(15 * time.Second))
			if _, err := c.Write([]byte(text)); err != nil {
				return err.Error()
			}
			buf := make([]byte, 4096)
			n, _ := c.Read(buf)
			line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
			return line
		}
		for text, want := range map[string]string{
			"BROKEN\r\n\r\n": "400",
			"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 40<<10) + "\r\n\r\n":                         "431",
			"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx":                "400",
			"GET /api/v1/rooms HTTP/1.1\r\nHost: x\r\nCookie: maru=x\r\n\r\n":                                     "401",
			"GET /" + strings.Repeat("a/", 3000) + " HTTP/1.1\r\nHost: x\r\n\r\n":                                 "404",
			"GET /api/v1/rooms/%00 HTTP/1.1\r\nHost: x\r\nCookie: maru=x\r\n\r\n":                                 "401",
			"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data\r\nContent-Length: 0\r\n\r\n": "400",
		} {
			if got := send(text); !strings.Contains(got, " "+want+" ") {
				t.Errorf("%.60q: %q, want %s", text, got, want)
			}
		}
		// A body that never comes, and a header that never ends, do not hold up others.
		var slow []net.Conn
		for i := range 50 {
			c, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			text := "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
			if i%2 == 0 {
				text = "GET / HTTP/1.1\r\nX: "
			}
			fmt.Fprint(c, text)
			slow = append(slow, c)
		}
		mina.post("lobby", "still here")
		for _, c := range slow {
			c.Close()
		}
	})
}

// The server has limits of time for what a visitor sends, and none for a
// response as a whole, which would cut the streams.
func TestTimeouts(t *testing.T) {
	pages, err := pagesOnce()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		server := web.New(door.New(door.Parts{Pages: pages}, free, testdb.Logger(t))).HTTP()
		if server.IdleTimeout <= 0 || server.MaxHeaderBytes <= 0 || server.WriteTimeout != 0 {
			t.Errorf("%+v", server)
		}
		answer := server.Handler
		server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				time.Sleep(time.Minute)
			}
			answer.ServeHTTP(w, r)
		})
		l := pipes{make(chan net.Conn), make(chan struct{})}
		go server.Serve(l)
		defer server.Close()
		for _, test := range []struct {
			sent, answer string
			least, most  time.Duration
		}{
			{"GET / HTTP/1.1\r\nX: ", "", 5 * time.Second, 5 * time.Second},
			{"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", "400", 20 * time.Second, 20 * time.Second},
			{"POST /api/v1/nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", "404", 0, 20 * time.Second},
			{"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "404", time.Minute, time.Minute},
			{"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", "404", time.Minute, time.Minute},
		} {
			began := time.Now()
			text := l.send(test.sent)
			took := time.Since(began)
			if took < test.least || took > test.most || !strings.HasPrefix(strings.TrimPrefix(text, "HTTP/1.1 "), test.answer) {
				t.Errorf("%.40q was answered with %.40q after %v", test.sent, text, took)
			}
		}
	})
}

// pipes listens for connections that are none of the system's, so that their time
// is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// send sends a text over a connection of its own, and returns the first line that
// comes back.
func (p pipes) send(text string) string {
	ours, theirs := net.Pipe()
	defer ours.Close()
	p.conns <- theirs
	io.WriteString(ours, text)
	line, _ := bufio.NewReader(ours).ReadString('\n')
	return line
}

// A fault in an answer is an answer of its own, and stands in the log.
func TestPanic(t *testing.T) {
	pages, err := pagesOnce()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	w := httptest.NewRecorder()
	web.Panicking(pages, slog.New(slog.NewTextHandler(&log, nil))).ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/rooms", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) || strings.Contains(w.Body.String(), "nobody") {
		t.Error(w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "nobody thought") || !strings.Contains(log.String(), "routes.go") {
		t.Error("the log says ", log.String())
	}
}
