package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test's own program be maru: so processes are real ones, and
// run under the race detector where the tests do.
func TestMain(m *testing.M) {
	if os.Getenv("MARU_TEST_AS_MARU") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// maru is a process that has not been started yet.
func maru(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MARU_TEST_AS_MARU=1")
	return cmd
}

// runs runs maru to its end.
func runs(t *testing.T, dir string, args ...string) (out, errs string, status int) {
	t.Helper()
	cmd := maru(dir, args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	if exit, ok := err.(*exec.ExitError); ok {
		return o.String(), e.String(), exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return o.String(), e.String(), 0
}

// server is a maru that serves.
type server struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string
	lines []string // what it printed
	errs  *bytes.Buffer
	ended chan error
}

func starts(t *testing.T, dir string, args ...string) *server {
	t.Helper()
	return serves(t, maru(dir, append([]string{"--listen", "127.0.0.1:0"}, args...)...))
}

// serves starts what will be a maru that serves.
func serves(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, cmd: cmd, errs: &bytes.Buffer{}, ended: make(chan error, 1)}
	cmd.Stderr = s.errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		s.lines = append(s.lines, lines.Text())
		if found := regexp.MustCompile(`http://[^/ ]+`).FindString(lines.Text()); found != "" {
			s.url = found
			break
		}
	}
	if s.url == "" {
		t.Fatalf("maru did not start: %v %s", s.lines, s.errs)
	}
	go func() {
		io.Copy(io.Discard, out)
		s.ended <- cmd.Wait()
	}()
	return s
}

func (s *server) stops(within time.Duration) {
	s.t.Helper()
	began := time.Now()
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Errorf("stopping: %v %s", err, s.errs)
		}
		if took := time.Since(began); took > within {
			s.t.Errorf("stopping took %v", took)
		}
	case <-time.After(within + 10*time.Second):
		s.t.Fatal("maru did not stop")
	}
}

func (s *server) signUp() *http.Client {
	s.t.Helper()
	link := s.lines[len(s.lines)-1]
	code := link[strings.Index(link, "setup=")+len("setup="):]
	res, err := http.Post(s.url+"/api/v1/accounts", "application/json",
		strings.NewReader(fmt.Sprintf(`{"name":"mina","password":"둘러앉아 이야기","setup":%q}`, code)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 201 {
		text, _ := io.ReadAll(res.Body)
		s.t.Fatal(res.Status, string(text))
	}
	return &http.Client{Transport: withCookie{res.Cookies()[0]}}
}

type withCookie struct{ cookie *http.Cookie }

func (c withCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r.AddCookie(c.cookie)
	return http.DefaultTransport.RoundTrip(r)
}

// With nothing but a folder to start in, maru serves, prints a link to click,
// keeps its data there, and finds them again.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	s := starts(t, dir)
	if text := strings.Join(s.lines, "\n"); !strings.Contains(text, "Nobody owns this server yet") || !strings.Contains(text, "/sign-up?setup=") {
		t.Error(text)
	}
	res, err := http.Get(s.url + "/healthz")
	if err != nil || res.StatusCode != 200 {
		t.Fatal(res, err)
	}
	client := s.signUp()
	res, err = client.Post(s.url+"/api/v1/rooms/lobby/messages", "application/json", strings.NewReader(`{"body":"kept"}`))
	if err != nil || res.StatusCode != 201 {
		t.Fatal(res, err)
	}
	s.stops(5 * time.Second)
	info, err := os.Stat(filepath.Join(dir, "maru-data"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info, err)
	}
	again := starts(t, dir)
	if !strings.HasPrefix(again.lines[1], "Open http://") || strings.Contains(again.lines[1], "setup") {
		t.Error(again.lines)
	}
	res, err = client.Get(again.url + "/api/v1/rooms/lobby/messages")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(res.Body); !strings.Contains(string(text), `"kept"`) {
		t.Error(string(text))
	}
	again.stops(5 * time.Second)
}

// SIGTERM says good-bye to streams and finishes the posts that are under way.
func TestStopFinishesPosts(t *testing.T) {
	s := starts(t, t.TempDir(), "--post-rate", "0")
	client := s.signUp()
	r, _ := http.NewRequest("GET", s.url+"/api/v1/rooms/lobby/events", nil)
	r.Header.Set("Accept", "text/event-stream")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(res.Body)
		said <- string(text)
	}()
	var mu sync.Mutex
	var stored []string
	ctx, cancel := context.WithCancel(t.Context())
	var posting sync.WaitGroup
	for w := range 8 {
		posting.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				body := fmt.Sprintf("post-%d-%d.", w, i)
				res, err := client.Post(s.url+"/api/v1/rooms/lobby/messages", "application/json", strings.NewReader(`{"body":"`+body+`"}`))
				if err != nil {
					return // the door is closed
				}
				res.Body.Close()
				if res.StatusCode == 201 {
					mu.Lock()
					stored = append(stored, body)
					mu.Unlock()
				} else if res.StatusCode != 503 {
					t.Error(res.Status)
				}
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	s.stops(5 * time.Second)
	cancel()
	posting.Wait()
	if text := <-said; !strings.Contains(text, "event: bye\ndata: {\"retry_ms\":") {
		t.Errorf("no good-bye: %.200s", text[max(0, len(text)-200):])
	}
	out, err := exec.Command("sqlite3", filepath.Join(s.cmd.Dir, "maru-data", "maru.db"), "SELECT body FROM messages").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range stored {
		if !strings.Contains(string(out), body) {
			t.Errorf("%s was acknowledged and is not there", body)
		}
	}
	if len(stored) < 10 {
		t.Errorf("only %d posts before the stop", len(stored))
	}
}

// Who has connected and asked for nothing, as browsers do ahead of need, is not
// waited for.
func TestStopWaitsForNobodySilent(t *testing.T) {
	s := starts(t, t.TempDir())
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := http.Get(s.url + "/healthz"); err != nil { // it is accepted by then
		t.Fatal(err)
	}
	s.stops(2 * time.Second)
}

// What can't be is said in one line, with exit status 1.
func TestWhatCannotBe(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	starts(t, dir).stops(5 * time.Second)
	if out, err := exec.Command("sqlite3", filepath.Join(dir, "maru-data", "maru.db"), "INSERT INTO schema_version (version_id, is_applied) VALUES (9000, 1)").CombinedOutput(); err != nil {
		t.Fatal(string(out), err)
	}
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"--listen", taken.Addr().String()}, "can't listen on " + taken.Addr().String()},
		{[]string{"--listen", "127.0.0.1:0", "--data", file}, "data folder"},
		{[]string{"--listen", "127.0.0.1:0", "--data", "/proc/maru"}, "data folder"},
		{[]string{"--listen", "127.0.0.1:0"}, "newer Maru"},
		{[]string{"--listen", "here"}, "--listen is"},
		{[]string{"--registration", "maybe"}, "open, invite or closed"},
		{[]string{"--public-url", "chat.example.com"}, "--public-url is"},
		{[]string{"--public-url", "https://example.com/chat"}, "without a path"},
		{[]string{"--log-format", "xml"}, "text or json"},
		{[]string{"--post-rate", "-1"}, "can't be negative"},
		{[]string{"--database", "mysql://x"}, "--database is a URL such as postgres://"},
		{[]string{"--listen", "127.0.0.1:0", "--database", "postgres://secret:word@127.0.0.1:1/x"}, "the database can't be reached"},
		{[]string{"invite", "--registration", "closed"}, "nobody can sign up"},
		{[]string{"password"}, "maru password NAME"},
	} {
		_, errs, status := runs(t, dir, test.args...)
		if status != 1 || !strings.Contains(errs, test.says) || strings.Count(strings.TrimSpace(errs), "\n") != 0 || strings.Contains(errs, "word@") {
			t.Errorf("%v: status %d, %q, want %q", test.args, status, errs, test.says)
		}
	}
	for _, args := range [][]string{{"--nonsense"}, {"dance"}, {"--post-rate", "fast"}, {"serve", "now"}} {
		if _, errs, status := runs(t, dir, args...); status != 2 || errs == "" {
			t.Errorf("%v: status %d, %q", args, status, errs)
		}
	}
}

// The help explains each flag, with its environment variable and its default,
// and each variable works.
func TestHelpAndEnvironment(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"help"}, {"-h"}, {"serve", "--help"}} {
		out, errs, status := runs(t, t.TempDir(), args...)
		if status != 0 || errs != "" {
			t.Errorf("%v: status %d, %q", args, status, errs)
		}
		for flag, def := range map[string]string{
			"listen": "127.0.0.1:8080", "data": "./maru-data", "database": "empty", "public-url": "empty", "registration": "open", "log-format": "text",
			"post-rate": "5", "signup-rate": "20", "max-streams-per-user": "32", "max-streams-per-address": "256",
		} {
			if !strings.Contains(out, "--"+flag+" ") || !strings.Contains(out, twin(flag)+", default "+def+"\n") {
				t.Errorf("%v does not explain --%s with its default %s:\n%s", args, flag, def, out)
			}
		}
	}
	env := map[string]string{
		"MARU_LISTEN": "127.0.0.1:1", "MARU_DATA": "d", "MARU_PUBLIC_URL": "https://x.example", "MARU_REGISTRATION": "invite", "MARU_LOG_FORMAT": "json",
		"MARU_POST_RATE": "1.5", "MARU_SIGNUP_RATE": "0", "MARU_MAX_STREAMS_PER_USER": "1", "MARU_MAX_STREAMS_PER_ADDRESS": "2",
	}
	c, err := readConfig("serve", []string{"--data", "flag"}, func(name string) string { return env[name] }, io.Discard, io.Discard)
	want := config{listen: "127.0.0.1:1", data: "flag", publicURL: "https://x.example", registration: "invite", logFormat: "json", postRate: 1.5, userStreams: 1, addrStreams: 2}
	if err != nil || !reflect.DeepEqual(c, want) {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := readConfig("serve", nil, func(name string) string { return map[string]string{"MARU_POST_RATE": "fast"}[name] }, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "MARU_POST_RATE") {
		t.Error(err)
	}
}

// An invitation printed beside a running server lets one person in.
func TestInvite(t *testing.T) {
	dir := t.TempDir()
	s := starts(t, dir, "--registration", "invite")
	if _, errs, _ := runs(t, dir, "invite"); !strings.Contains(errs, "no owner yet") {
		t.Error(errs)
	}
	s.signUp()
	out, _, status := runs(t, dir, "invite", "--public-url", "https://chat.example.com")
	link := strings.TrimSpace(out)
	if status != 0 || !strings.HasPrefix(link, "https://chat.example.com/sign-up?setup=") {
		t.Fatal(status, out)
	}
	code := strings.TrimPrefix(link, "https://chat.example.com/sign-up?setup=")
	for _, try := range []struct {
		name string
		want int
	}{{"bora", 201}, {"cho", 403}} {
		res, err := http.Post(s.url+"/api/v1/accounts", "application/json",
			strings.NewReader(fmt.Sprintf(`{"name":%q,"password":"둘러앉아 이야기","setup":%q}`, try.name, code)))
		if err != nil || res.StatusCode != try.want {
			t.Errorf("%s: %v %v", try.name, res.Status, err)
		}
	}
	s.stops(5 * time.Second)
}
