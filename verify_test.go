package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// token makes a personal token for the signed-in user.
func (s *server) token(client *http.Client) string {
	s.t.Helper()
	res, err := client.Post(s.url+"/api/v1/tokens", "application/json", strings.NewReader(`{"label":"verify"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var made struct{ Token string }
	if err := json.NewDecoder(res.Body).Decode(&made); err != nil || made.Token == "" {
		s.t.Fatal(res.Status, err)
	}
	return made.Token
}

// maru verify says whether the tables are whole, also beside a running server.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	if _, errs, status := runs(t, dir, "verify"); status != 1 || !strings.Contains(errs, "there is no database") {
		t.Error(status, errs)
	}
	s := starts(t, dir)
	client := s.signUp()
	for range 3 {
		if _, err := client.Post(s.url+"/api/v1/rooms/lobby/messages", "application/json", strings.NewReader(`{"body":"x"}`)); err != nil {
			t.Fatal(err)
		}
	}
	out, errs, status := runs(t, dir, "verify")
	if status != 0 || errs != "" || !strings.Contains(out, "1 room, 3 messages and 1 change; 0 removed") || !strings.Contains(out, "Whole:") {
		t.Error(status, out, errs)
	}
	file := filepath.Join(dir, "maru-data", "maru.db")
	if text, err := exec.Command("sqlite3", file, "DROP TRIGGER messages_before_update; UPDATE messages SET seq = seq + 1 WHERE seq = 4").CombinedOutput(); err != nil {
		t.Fatal(string(text))
	}
	out, errs, status = runs(t, dir, "verify")
	if status != 1 || !strings.Contains(out, "room lobby: number 4 is missing") || !strings.Contains(errs, "not whole") {
		t.Error(status, out, errs)
	}
}

// liar stands before a server and spoils one kind of answer.
func liar(t *testing.T, target string, spoil func(*http.Response) error) string {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }, FlushInterval: -1, ModifyResponse: spoil}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// spoilBody changes an answer that is not a stream.
func spoilBody(res *http.Response, change func([]byte) []byte) error {
	text, err := io.ReadAll(res.Body)
	text = change(text)
	res.Body = io.NopCloser(bytes.NewReader(text))
	res.ContentLength = int64(len(text))
	res.Header.Del("Content-Length")
	return err
}

// spoiledStream drops the part of a stream that holds a text.
type spoiledStream struct {
	io.ReadCloser
	drops string
	done  *atomic.Bool
}

func (s *spoiledStream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if n > 0 && bytes.Contains(p[:n], []byte(s.drops)) && s.done.CompareAndSwap(false, true) {
		copy(p, ":\n\n")
		return 3, err
	}
	return n, err
}

// maru verify --live passes a server that keeps its word, and finds one that
// loses, doubles or changes something in any way of reading.
func TestVerifyLive(t *testing.T) {
	s := starts(t, t.TempDir(), "--post-rate", "0")
	token := s.token(s.signUp())
	t.Setenv("MARU_TOKEN", token)
	out, errs, status := runs(t, t.TempDir(), "verify", "--live", s.url)
	if status != 0 || errs != "" || !strings.Contains(out, "All saw the same") || !strings.Contains(out, "6 streams cut; 24 posts") {
		t.Error(status, out, errs)
	}
	events := func(res *http.Response, kind string) bool {
		return strings.HasSuffix(res.Request.URL.Path, "/events") && strings.HasPrefix(res.Header.Get("Content-Type"), kind)
	}
	for name, test := range map[string]struct {
		spoil func(*http.Response) error
		says  string
	}{
		"a stream loses a message": {func(res *http.Response) error {
			if events(res, "text/event-stream") {
				res.Body = &spoiledStream{res.Body, "1-3 ", new(atomic.Bool)}
			}
			return nil
		}, "came behind number"},
		"a poll changes a text": {func(res *http.Response) error {
			if events(res, "application/json") && !strings.Contains(res.Request.URL.RawQuery, "wait") {
				return spoilBody(res, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("2-5 "), []byte("2-6 ")) })
			}
			return nil
		}, "should say"},
		"a long poll sends twice": {func(res *http.Response) error {
			if events(res, "application/json") && strings.Contains(res.Request.URL.RawQuery, "wait") {
				return spoilBody(res, func(b []byte) []byte {
					var a map[string]any
					json.Unmarshal(b, &a)
					list, _ := a["events"].([]any)
					a["events"] = append(list, list...)
					b, _ = json.Marshal(a)
					return b
				})
			}
			return nil
		}, "came behind number"},
		"a retry is stored twice": {func(res *http.Response) error {
			if res.StatusCode == 200 && res.Request.Method == "POST" {
				return spoilBody(res, func(b []byte) []byte { return bytes.Replace(b, []byte(`"seq":`), []byte(`"seq":1`), 1) })
			}
			return nil
		}, "one nonce was stored as number"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, status := runs(t, t.TempDir(), "verify", "--live", liar(t, s.url, test.spoil))
			if status != 1 || !strings.Contains(out, test.says) || !strings.Contains(errs, "not whole") {
				t.Error(status, out, errs)
			}
		})
	}
	t.Setenv("MARU_TOKEN", "")
	if _, errs, status := runs(t, t.TempDir(), "verify", "--live", s.url); status != 1 || !strings.Contains(errs, "MARU_TOKEN") {
		t.Error(status, errs)
	}
	s.stops(5 * time.Second)
}

// A copy serves on where the first left off: whoever comes back with a cursor
// gets what he has not seen, and no reset.
func TestCopyServesOn(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s := starts(t, dir, "--post-rate", "0")
	client := s.signUp()
	for i := range 5 {
		s.post(client, fmt.Sprint("before ", i))
	}
	ids := cursors(s.stream(client, "0", "event: caught-up"))
	s.stops(5 * time.Second)
	for _, args := range [][]string{{"copy"}, {"copy", "--from", "x"}, {"copy", "--from", "x", "--to", "x"}, {"copy", "--from", "nowhere", "--to", "y"}} {
		if _, errs, status := runs(t, dir, args...); status != 1 || errs == "" {
			t.Error(args, status, errs)
		}
	}
	out, errs, status := runs(t, dir, "copy", "--from", "maru-data", "--to", filepath.Join(other, "maru-data"))
	if status != 0 || !strings.Contains(out, "messages   5\n") || !strings.Contains(out, "The copy is whole.") {
		t.Fatal(status, out, errs)
	}
	s = starts(t, other, "--post-rate", "0")
	s.post(client, "after")
	got := s.stream(client, ids[3], "event: caught-up")
	if strings.Contains(got, "reset") || !slices.Equal(cursors(got)[:2], ids[4:6]) || !strings.Contains(got, `"after"`) {
		t.Error(ids, got)
	}
	s.stops(5 * time.Second)
}
