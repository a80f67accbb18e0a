package web_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// A node says whether it should be sent requests, and counts what it does, for
// programs of this machine and for those who govern.
func TestReadyAndMetrics(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner, member := h.signUp("owner"), h.signUp("member")
		s := owner.open("lobby", "")
		s.until("caught-up")
		for range 3 {
			owner.post("lobby", "x")
		}
		h.visitor().must(200, "GET", "page:/readyz", nil)
		a := h.visitor().must(200, "GET", "page:/metrics", nil)
		for _, line := range []string{"maru_posts_total 3\n", "maru_streams 1\n", "maru_feed_lag_seconds ", "maru_search_behind ", "maru_commits_total ", "maru_database_wait_seconds_total ", "go_goroutines "} {
			if !strings.Contains(a.text, line) {
				t.Errorf("no %q in %s", line, a.text)
			}
		}
		if strings.Contains(a.text, "lobby") || strings.Contains(a.text, "owner") {
			t.Error("the counts name rooms or people")
		}
		// What a proxy on this machine passes on comes from elsewhere.
		h.visitor().must(401, "GET", "page:/metrics", nil, "X-Forwarded-For", "192.0.2.1")
		for _, sign := range []string{"Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via"} {
			h.visitor().must(401, "GET", "page:/metrics", nil, sign, "x")
		}
		// So does what a browser asks by a name that leads to this machine.
		named := h.visitor().request("GET", "page:/metrics", nil)
		named.Host = "rebound.example:8080"
		res, err := http.DefaultClient.Do(named)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 401 {
			t.Error("by another name:", res.Status)
		}
		member.must(403, "GET", "page:/metrics", nil, "X-Forwarded-For", "192.0.2.1")
		program := h.visitor()
		program.token = owner.must(201, "POST", "/tokens", map[string]any{"label": "prometheus"}).at("token").(string)
		program.must(200, "GET", "page:/metrics", nil, "X-Forwarded-For", "192.0.2.1")

		h.streams.Stop()
		if a := h.visitor().must(503, "GET", "page:/readyz", nil); a.header.Get("Retry-After") == "" {
			t.Error(a.header)
		}
	})
}

// A node whose database is gone refuses, soon, is not ready but well, and is ready
// again when the database is back.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	h := nodes(t, 1)[0]
	owner := h.signUp("owner")
	owner.post("lobby", "before")
	back := h.db.Away()
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/rooms/lobby/messages", `{"body":"x"}`}, {"GET", "/rooms/lobby/messages", ""}, {"GET", "/rooms/lobby/events", ""}, {"GET", "page:/readyz", ""},
	} {
		var body any
		if r.body != "" {
			body = r.body
		}
		a := owner.must(503, r.method, r.path, body)
		if a.header.Get("Retry-After") == "" || strings.Contains(a.text, "postgres") || strings.Contains(a.text, "SQLSTATE") {
			t.Error(r.path, a.header, a.text)
		}
	}
	h.visitor().must(200, "GET", "page:/healthz", nil)
	back()
	owner.post("lobby", "after")
	h.visitor().must(200, "GET", "page:/readyz", nil)
	h.db.Audit()
}

// A database that says nothing any more, without a word, holds up no request for
// longer than five seconds.
func TestDatabaseSilent(t *testing.T) {
	t.Parallel()
	_, db := testdb.NewPostgres(t)
	var wire testdb.Wire
	h := build(t, db.Through(&wire), db, free, stream.Limits{})
	owner := h.signUp("owner")
	owner.post("lobby", "before")
	wire.Silence()
	var asking sync.WaitGroup
	for range 12 { // more than there are connections
		for _, r := range []struct {
			method, path string
			body         any
		}{{"POST", "/rooms/lobby/messages", map[string]any{"body": "x"}}, {"GET", "/rooms/lobby/messages", nil}, {"GET", "/rooms/lobby/events", nil}} {
			asking.Go(func() {
				began := time.Now()
				a := owner.do(r.method, r.path, r.body)
				if took := time.Since(began); a.status != 503 || took > 7*time.Second {
					t.Errorf("%s %s: %d after %v", r.method, r.path, a.status, took)
				}
			})
		}
	}
	asking.Wait()
	wire.Speak()
	h.wait("posts are stored again", 10*time.Second, func() bool {
		return owner.do("POST", "/rooms/lobby/messages", map[string]any{"body": "after"}).status == 201
	})
	db.Audit()
}
