package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/feed"
	"maru/internal/gate"
	"maru/internal/page"
	"maru/internal/search"
	"maru/internal/site"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
	"maru/internal/web"
)

// house is a whole server on a real database and a real socket.
type house struct {
	t       *testing.T
	url     string
	store   *store.Store
	sites   *site.Sites
	streams *stream.Streams
	db      *testdb.DB

	mu    sync.Mutex
	conns []net.Conn // that the server accepted
}

// free is a configuration in which nothing but a test's own subject refuses.
var free = door.Options{Origin: gate.Origin{Loopback: true}, Registration: door.RegistrationOpen}

func eachHouse(t *testing.T, test func(t *testing.T, h *house)) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		test(t, build(t, s, db, free, stream.Limits{}))
	})
}

// eachLine is eachHouse for both kinds of connection: bare ones, which leave
// net/http with their stream, and others, such as those with TLS.
func eachLine(t *testing.T, test func(t *testing.T, h *house)) {
	t.Run("bare", func(t *testing.T) { eachHouse(t, test) })
	t.Run("wrapped", func(t *testing.T) {
		testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
			test(t, build(t, s, db, free, stream.Limits{}, wrapped))
		})
	})
}

// wrapped listens for connections that can't be told to be TCP.
func wrapped(l net.Listener) net.Listener { return wrappedListener{l} }

type wrappedListener struct{ net.Listener }

func (l wrappedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return struct{ *net.TCPConn }{c.(*net.TCPConn)}, nil
}

// pagesOnce makes the pages of all houses, which nothing changes.
var pagesOnce = sync.OnceValues(page.New)

func build(t *testing.T, s *store.Store, db *testdb.DB, o door.Options, limits stream.Limits, listen ...func(net.Listener) net.Listener) *house {
	t.Helper()
	log := testdb.Logger(t)
	pages, err := pagesOnce()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	follow, err := feed.New(ctx, s, log)
	if err != nil {
		t.Fatal(err)
	}
	streams := stream.New(follow, s, limits, log)
	index := search.New(s, log)
	var running sync.WaitGroup
	running.Go(func() { index.Run(ctx) })
	running.Go(func() { follow.Run(ctx) })
	running.Go(func() { streams.Run(ctx) })
	running.Go(func() {
		if err := s.Watch(ctx, follow.Awake, func(h chat.Hint) { follow.Hint(h); index.Hint(h) }); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewUnstartedServer(nil)
	h := &house{t: t, store: s, sites: site.New(s.Database(), time.Now, log), streams: streams, db: db}
	follow.OnEnding(h.sites.Ended)
	behind := door.Parts{Store: s, Sites: h.sites, Index: index, Feed: follow, Streams: streams, Pages: pages}
	server.Config = web.New(door.New(behind, o, log)).HTTP()
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if state == http.StateNew {
			h.conns = append(h.conns, c)
		}
	}
	for _, wrap := range listen {
		server.Listener = wrap(server.Listener)
	}
	server.Start()
	t.Cleanup(func() {
		streams.Stop()
		server.CloseClientConnections()
		server.Close()
		stop()
		running.Wait()
	})
	h.url = server.URL
	return h
}

// visitor is one browser or program at the door.
type visitor struct {
	h      *house
	id     int64
	name   string
	token  string // a Bearer token, where it is a program
	client *http.Client
}

func (h *house) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &visitor{h: h, client: &http.Client{
		Jar: jar, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const password = "둘러앉아 이야기"

// signUp makes an account and stays signed in to it.
func (h *house) signUp(name string) *visitor {
	h.t.Helper()
	v := h.visitor()
	got := v.must(201, "POST", "/accounts", map[string]any{"name": name, "password": password})
	v.id, v.name = int64(got.at("user", "id").(float64)), name
	return v
}

// again is another browser of the same person.
func (v *visitor) again() *visitor {
	v.h.t.Helper()
	other := v.h.visitor()
	other.must(200, "POST", "/session", map[string]any{"name": v.name, "password": password})
	other.id, other.name = v.id, v.name
	return other
}

// answer is what the server said.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	text   string
}

// at walks into the JSON of the answer.
func (a answer) at(path ...string) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		a.t.Fatalf("no JSON: %v: %s", err, a.text)
	}
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			a.t.Fatalf("no %s in %s", name, a.text)
		}
		v = m[name]
	}
	return v
}

func (a answer) code() string {
	var p struct {
		Code string `json:"code"`
	}
	json.Unmarshal([]byte(a.text), &p)
	return p.Code
}

// request builds a request of the interface; body is text as it is, nil for
// none, or anything that becomes JSON.
func (v *visitor) request(method, path string, body any, headers ...string) *http.Request {
	v.h.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			v.h.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	if page, ok := strings.CutPrefix(path, "page:"); ok {
		path = page
	} else if isAPI(path) {
		path = "/api/v1" + path
	}
	r, err := http.NewRequest(method, v.h.url+path, reader)
	if err != nil {
		v.h.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if v.token != "" {
		r.Header.Set("Authorization", "Bearer "+v.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return r
}

// isAPI keeps the tests' paths short: these stand below /api/v1. A page that
// has such a path is asked for with `page:` before it.
func isAPI(path string) bool {
	for _, root := range []string{"/accounts", "/session", "/account", "/tokens", "/users", "/rooms", "/events", "/search", "/guests", "/embed"} {
		if path == root || strings.HasPrefix(path, root+"/") || strings.HasPrefix(path, root+"?") || path == "/sessions" {
			return true
		}
	}
	return false
}

// do asks, and checks the answer against the project's own OpenAPI document.
func (v *visitor) do(method, path string, body any, headers ...string) answer {
	v.h.t.Helper()
	r := v.request(method, path, body, headers...)
	res, err := v.client.Do(r)
	if err != nil {
		v.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.h.t.Fatal(err)
	}
	if strings.HasPrefix(r.URL.Path, "/api/v1/") && method != "HEAD" && method != "OPTIONS" {
		checkAnswer(v.h.t, r, res, text)
	}
	return answer{v.h.t, res.StatusCode, res.Header, string(text)}
}

// must is do for what has to answer with a status.
func (v *visitor) must(status int, method, path string, body any, headers ...string) answer {
	v.h.t.Helper()
	a := v.do(method, path, body, headers...)
	if a.status != status {
		v.h.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.text)
	}
	return a
}

// post says something in a room and returns its number.
func (v *visitor) post(room, body string) int64 {
	v.h.t.Helper()
	a := v.must(201, "POST", "/rooms/"+room+"/messages", map[string]any{"body": body})
	return int64(a.at("message", "seq").(float64))
}

// event is one event as it came over the wire.
type event struct {
	ID, Name, Data string
}

func (e event) String() string { return fmt.Sprintf("%s %s %s", e.ID, e.Name, e.Data) }

// listener is an open stream of events.
type listener struct {
	t       *testing.T
	res     *http.Response
	events  chan event // but for signals; closed when the stream ends
	signals chan event
}

// open opens a stream of a room's events.
func (v *visitor) open(room, after string, headers ...string) *listener {
	v.h.t.Helper()
	return v.stream("/rooms/"+room+"/events", after, headers...)
}

// stream opens a stream of events at a path.
func (v *visitor) stream(path, after string, headers ...string) *listener {
	v.h.t.Helper()
	s := newStream(v.h.t, v.events(path, after, headers...))
	if s.res.StatusCode != 200 {
		close(s.events)
		return s
	}
	go s.read()
	return s
}

// events asks for a stream of events at a path.
func (v *visitor) events(path, after string, headers ...string) *http.Response {
	v.h.t.Helper()
	r := v.request("GET", path, nil, append([]string{"Accept", "text/event-stream", "Last-Event-ID", after}, headers...)...)
	res, err := v.client.Do(r)
	if err != nil {
		v.h.t.Fatal(err)
	}
	v.h.t.Cleanup(func() { res.Body.Close() })
	return res
}

func newStream(t *testing.T, res *http.Response) *listener {
	return &listener{t, res, make(chan event, 10000), make(chan event, 1000)}
}

func (s *listener) read() {
	defer close(s.events)
	lines := bufio.NewScanner(s.res.Body)
	lines.Buffer(nil, 1<<20)
	var e event
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			e.Data = value
		case "":
			switch e.Name {
			case "":
			case "signal":
				s.signals <- e
			default:
				s.events <- e
			}
			e = event{}
		}
	}
}

// next waits for the next event.
func (s *listener) next() event {
	s.t.Helper()
	select {
	case e, ok := <-s.events:
		if !ok {
			s.t.Fatal("the stream has ended")
		}
		return e
	case <-time.After(10 * time.Second):
		s.t.Fatal("no event came")
	}
	panic("not reached")
}

// until reads events up to the first with a name.
func (s *listener) until(name string) []event {
	s.t.Helper()
	var list []event
	for {
		e := s.next()
		list = append(list, e)
		if e.Name == name {
			return list
		}
	}
}

// ended waits for the end of the stream and returns what came before it.
func (s *listener) ended() []event {
	s.t.Helper()
	var list []event
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				return list
			}
			list = append(list, e)
		case <-time.After(10 * time.Second):
			s.t.Fatalf("the stream has not ended after %v", list)
		}
	}
}

// wait waits for something to become true.
func (h *house) wait(what string, within time.Duration, is func() bool) {
	h.t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("after %v it is not so that %s", within, what)
		}
	}
}

// limits are those that eachHouse builds with: none.
func (h *house) limits() stream.Limits { return stream.Limits{} }
