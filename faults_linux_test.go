package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// post says something in the lobby and returns the status and the problem's code.
func (s *server) post(client *http.Client, body string) (int, string) {
	s.t.Helper()
	text, _ := json.Marshal(map[string]string{"body": body})
	res, err := client.Post(s.url+"/api/v1/rooms/lobby/messages", "application/json", strings.NewReader(string(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var problem struct{ Code string }
	json.NewDecoder(res.Body).Decode(&problem)
	return res.StatusCode, problem.Code
}

// read asks for something and returns the body of an answer with status 200.
func (s *server) read(client *http.Client, path string) string {
	s.t.Helper()
	res, err := client.Get(s.url + "/api/v1" + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		s.t.Fatalf("%s: %d %v %s", path, res.StatusCode, err, text)
	}
	return string(text)
}

// stream reads the lobby's stream behind a cursor until an event has come.
func (s *server) stream(client *http.Client, after, until string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/api/v1/rooms/lobby/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	res, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var got []byte
	for part := make([]byte, 4096); !strings.Contains(string(got), until); {
		n, err := res.Body.Read(part)
		if got = append(got, part[:n]...); err != nil {
			s.t.Fatalf("the stream ended with %v before %q: %s", err, until, got)
		}
	}
	return string(got)
}

// cursors are the ids of the events in a stream.
func cursors(stream string) (ids []string) {
	for line := range strings.Lines(stream) {
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			ids = append(ids, strings.TrimSpace(id))
		}
	}
	return ids
}

// eventsOf are the events with an id, as they stand in a stream.
func eventsOf(stream string) []string {
	return slices.DeleteFunc(strings.Split(stream, "\n\n"), func(e string) bool { return !strings.Contains(e, "id: ") })
}

// An older copy of the database is put in place while the server is stopped:
// readers who are ahead of it are told, in each way of reading, and then get
// what a new reader gets. So does one whose number exists again, in the new
// history.
func TestOlderCopy(t *testing.T) {
	dir := t.TempDir()
	s := starts(t, dir, "--post-rate", "0")
	client := s.signUp()
	for i := range 5 {
		s.post(client, fmt.Sprint("old ", i))
	}
	s.stops(5 * time.Second)
	file := filepath.Join(dir, "maru-data", "maru.db")
	copied, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = starts(t, dir, "--post-rate", "0")
	for i := range 10 {
		s.post(client, fmt.Sprint("lost ", i))
	}
	ids := cursors(s.stream(client, "0", "event: caught-up"))
	s.stops(5 * time.Second)
	if err := os.WriteFile(file, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	s = starts(t, dir, "--post-rate", "0")
	check := func(cursor string, reset bool) {
		t.Helper()
		fresh := eventsOf(s.stream(client, "", "event: caught-up"))
		got := s.stream(client, cursor, "event: caught-up")
		polled, waited := s.read(client, "/rooms/lobby/events?after="+cursor), s.read(client, "/rooms/lobby/events?wait=1&after="+cursor)
		anew := s.read(client, "/rooms/lobby/events")
		if !reset {
			if strings.Contains(got+polled+waited, "reset") {
				t.Errorf("%s is good, and was reset: %s", cursor, got)
			}
			return
		}
		if !strings.Contains(got, "event: reset\ndata: {\"room\":\"lobby\"}") || !slices.Equal(eventsOf(got), fresh) {
			t.Errorf("%s: a stream says %s, a new one %s", cursor, got, fresh)
		}
		for way, text := range map[string]string{"poll": polled, "long poll": waited} {
			const told = `{"event":"reset","data":{"room":"lobby"}},`
			if !strings.Contains(text, told) || strings.Replace(text, told, "", 1) != anew {
				t.Errorf("%s: a %s says %s, a new one %s", cursor, way, text, anew)
			}
		}
	}
	check(ids[5], false) // it joined and said five things before the copy
	check(ids[15], true)
	for i := range 12 { // until the number is there again
		s.post(client, fmt.Sprint("new ", i))
	}
	check(ids[5], false)
	check(ids[15], true)
	s.stops(5 * time.Second)
	if _, _, status := runs(t, dir, "verify"); status != 0 {
		t.Error("not whole")
	}
}

// On a full disk posts are refused and reading goes on; posts work again by
// themselves when there is space, and nothing that was acknowledged is missing.
func TestFullDisk(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := maru("", "--listen", "127.0.0.1:0", "--data", data, "--post-rate", "0")
	// A file system of its own, that nobody else sees.
	cmd.Args = append([]string{"unshare", "-r", "-m", "sh", "-c", `mount -t tmpfs -o size=64m maru "$0" && exec "$@"`, data}, cmd.Args...)
	var err error
	if cmd.Path, err = exec.LookPath("unshare"); err != nil {
		t.Fatal(err)
	}
	s := serves(t, cmd)
	client := s.signUp()
	inside := filepath.Join("/proc", fmt.Sprint(cmd.Process.Pid), "root", data)
	ballast := filepath.Join(inside, "ballast")
	long := strings.Repeat("마루", 2000)
	var stored []string
	// What is left is full after a few hundred posts. The rest comes back, and is
	// enough for all that stands in the write-ahead log alone.
	fill := func() {
		const left = 6 << 20
		var disk syscall.Statfs_t
		if err := syscall.Statfs(inside, &disk); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, make([]byte, int64(disk.Bavail)*disk.Bsize-left), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, refused := 0, 0; refused < 20; i++ {
			body := fmt.Sprintf("%d %s", len(stored), long[:len(long)-30])
			switch status, code := s.post(client, body); {
			case status == 201:
				stored = append(stored, body)
			case status == 507 && code == "full":
				refused++
			default:
				t.Fatal(status, code)
			}
			if i > 3000 {
				t.Fatal("the disk is never full")
			}
		}
	}
	for cycle := range 3 {
		fill()
		if text := s.read(client, "/rooms/lobby/messages"); !strings.Contains(text, fmt.Sprintf(`"body":"%d `, len(stored)-1)) {
			t.Errorf("cycle %d: what was stored last can't be read", cycle)
		}
		s.stream(client, "", "event: caught-up")
		freed := time.Now()
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		for status := 0; status != 201; {
			body := fmt.Sprint(len(stored), " after cycle ", cycle)
			if status, _ = s.post(client, body); status == 201 {
				stored = append(stored, body)
			} else if time.Since(freed) > 5*time.Second {
				t.Fatalf("cycle %d: %d, five seconds after there is space again", cycle, status)
			}
		}
		t.Logf("cycle %d: %d posts are stored; %v until the first after the disk was full", cycle, len(stored), time.Since(freed).Round(time.Millisecond))
	}
	kept := t.TempDir() // the file system goes with its process
	for _, name := range []string{"maru.db", "maru.db-wal"} {
		text, err := os.ReadFile(filepath.Join(inside, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(kept, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, errs, status := runs(t, "", "verify", "--data", kept)
	if out, err := exec.Command("sqlite3", filepath.Join(kept, "maru.db"), "SELECT body FROM messages").Output(); err != nil {
		t.Fatal(err)
	} else if want := strings.Join(stored, "\n") + "\n"; string(out) != want {
		t.Errorf("of %d acknowledged posts something is missing: %d bytes are there, %d were stored", len(stored), len(out), len(want))
	}
	if status != 0 || !strings.Contains(whole, fmt.Sprintf("%d messages", len(stored))) {
		t.Error(whole, errs)
	}
	s.stops(5 * time.Second)
}

// Where the disk does not confirm a write, no post is acknowledged.
func TestFailingSync(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace makes the disk fail; make setup installs it: ", err)
	}
	dir := t.TempDir()
	s := starts(t, dir, "--post-rate", "0")
	client := s.signUp()
	for i := range 5 {
		if status, code := s.post(client, fmt.Sprint("before ", i)); status != 201 {
			t.Fatal(status, code)
		}
	}
	tracer := exec.Command(strace, "-f", "-p", fmt.Sprint(s.cmd.Process.Pid), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")
	said, err := tracer.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tracer.Process.Kill() })
	first := make([]byte, 256)
	if n, err := said.Read(first); err != nil || !strings.Contains(string(first[:n]), "attached") {
		t.Fatal(string(first[:n]), err)
	}
	injected := make(chan int, 1)
	go func() {
		text, _ := io.ReadAll(said)
		injected <- strings.Count(string(text), "(INJECTED)")
	}()
	var posting sync.WaitGroup
	for sender := range 8 {
		posting.Go(func() {
			for i := range 10 {
				if status, code := s.post(client, fmt.Sprintf("unsure %d-%d", sender, i)); status < 500 {
					t.Errorf("a post that is not on the disk was answered with %d %s", status, code)
				}
			}
		})
	}
	posting.Wait()
	s.read(client, "/rooms/lobby/messages")
	tracer.Process.Signal(os.Interrupt)
	var exit *exec.ExitError
	if err := tracer.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if n := <-injected; n == 0 {
		t.Fatal("no sync has failed: nothing was tested")
	} else {
		t.Logf("80 posts, %d failed syncs", n)
	}
	if status, code := s.post(client, "after"); status != 201 {
		t.Errorf("when the disk works again: %d %s", status, code)
	}
	if text := s.read(client, "/rooms/lobby/messages"); strings.Count(text, `"before `) != 5 || !strings.Contains(text, `"after"`) {
		t.Error(text)
	}
	s.stops(5 * time.Second)
	if out, _, status := runs(t, dir, "verify"); status != 0 {
		t.Error(out)
	}
}

// When open files are nearly spent, new streams are told to come later, those
// that are open stay, all else is answered, and the log says what to do.
func TestOpenFilesSpent(t *testing.T) {
	cmd := maru(t.TempDir(), "--listen", "127.0.0.1:0", "--post-rate", "0", "--max-streams-per-user", "0", "--max-streams-per-address", "0")
	cmd.Args = append([]string{"sh", "-c", `ulimit -n 120 && exec "$0" "$@"`}, cmd.Args...)
	cmd.Path = "/bin/sh"
	s := serves(t, cmd)
	client := s.signUp()
	open := func() *http.Response {
		r, err := http.NewRequest("GET", s.url+"/api/v1/rooms/lobby/events?after=head", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	var streams []*http.Response
	waits := map[string]bool{}
	for refused := 0; refused < 20; {
		res := open()
		if res.StatusCode == 200 {
			streams = append(streams, res)
			if len(streams) > 120 {
				t.Fatal("the files are never spent")
			}
			continue
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 503 || !strings.Contains(string(text), `"code":"busy"`) {
			t.Fatal(res.StatusCode, string(text))
		}
		waits[res.Header.Get("Retry-After")] = true
		refused++
	}
	if len(waits) < 3 || waits[""] {
		t.Errorf("not jittered: %v", waits)
	}
	if status, code := s.post(client, "still answered"); status != 201 {
		t.Error(status, code)
	}
	for _, res := range streams {
		text := make([]byte, 4096)
		for got := ""; !strings.Contains(got, "still answered"); {
			n, err := res.Body.Read(text)
			if got += string(text[:n]); err != nil {
				t.Fatalf("one of the %d open streams ended: %v", len(streams), err)
			}
		}
		res.Body.Close()
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		res := open()
		res.Body.Close()
		if res.StatusCode == 200 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("streams are refused though the others have left")
		}
	}
	s.stops(5 * time.Second)
	if text := s.errs.String(); strings.Count(text, "open files are nearly spent") != 1 || !strings.Contains(text, "ulimit -n") || !strings.Contains(text, "limit=120") {
		t.Error(text)
	}
	t.Logf("%d streams with 120 files", len(streams))
}
