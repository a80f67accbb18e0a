package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"maru/torture/api"
)

// server is who is measured: Maru or the naive one. Both know the same paths.
type server struct {
	name  string // of its column
	addr  string // host:port
	token string
	dir   string // of its tables
	cmd   *exec.Cmd
	gone  chan struct{}

	profile string // where its profiles go; empty: nowhere
}

const maruName = "Maru"

// launch starts a program that prints where it listens.
func launch(name string, cmd *exec.Cmd) (*server, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: name, cmd: cmd, gone: make(chan struct{})}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	at := regexp.MustCompile(`listens on (\S+)`).FindStringSubmatch(line)
	if at == nil {
		return nil, errors.Join(fmt.Errorf("%s does not start: %q", name, line), err, cmd.Process.Kill(), cmd.Wait())
	}
	s.addr = at[1]
	go func() {
		io.Copy(io.Discard, lines)
		cmd.Wait()
		close(s.gone)
	}()
	return s, nil
}

// naive starts this program again as the naive server.
func (b *bench) naive(cpus string, args ...string) (*server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch(naiveName, command(cpus, program, append([]string{naiveName}, args...)...))
}

// maru starts Maru without limits, with an owner, on an empty folder, or on
// tables that the flags name.
func (b *bench) maru(name, cpus string, flags ...string) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return nil, err
	}
	cmd := command(cpus, b.binary, append([]string{"--listen", "127.0.0.1:0", "--data", dir, "--signup-rate", "0",
		"--post-rate", "0", "--max-streams-per-user", "0", "--max-streams-per-address", "0"}, flags...)...)
	profile := b.profileOf(cmd)
	s, err := launch(name, cmd)
	if err != nil {
		return nil, err
	}
	s.dir, s.profile = dir, profile
	return s, nil
}

// profileOf lets a Maru write profiles, if they were asked for.
func (b *bench) profileOf(cmd *exec.Cmd) string {
	if b.profiles == "" {
		return ""
	}
	b.profiled++
	to := filepath.Join(b.profiles, fmt.Sprintf("%s-%d", strings.ReplaceAll(b.measure, "/", "-"), b.profiled))
	cmd.Env = append(os.Environ(), "MARU_PROFILE="+to)
	return to
}

// writeProfiles waits until they are written.
func (s *server) writeProfiles() error {
	if s.profile == "" {
		return nil
	}
	s.cmd.Process.Signal(syscall.SIGUSR1)
	for range 500 {
		if _, err := os.Stat(s.profile + "-heap.pprof"); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s writes no profiles", s.name)
}

// signUp makes the owner, and the token that everybody here acts with.
func (s *server) signUp() (err error) {
	_, s.token, err = api.SignUp(context.Background(), s.url, api.NewClient(time.Minute), "bench", "")
	return err
}

func (s *server) url() string { return "http://" + s.addr }

func (s *server) pid() int { return s.cmd.Process.Pid }

func (s *server) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.gone:
		return os.RemoveAll(s.dir)
	case <-time.After(20 * time.Second):
		return errors.Join(fmt.Errorf("%s does not end", s.name), s.cmd.Process.Kill())
	}
}

// roomName is the name of a room. The first is the one that is always there.
func roomName(i int) string {
	if i == 0 {
		return "lobby"
	}
	return fmt.Sprint("room-", i)
}

// openRooms makes the rooms up to a number.
func (s *server) openRooms(rooms int) error {
	if s.name == naiveName {
		return nil // its rooms need not be made
	}
	client := api.NewClient(time.Minute)
	errs := make([]error, 16)
	var making sync.WaitGroup
	for part := range errs {
		making.Go(func() {
			door := api.Door{Base: s.url, Token: s.token, Client: client}
			for i := 1 + part; i < rooms && errs[part] == nil; i += len(errs) {
				in := map[string]string{"slug": roomName(i), "name": roomName(i), "kind": "open"}
				_, errs[part] = door.Call(context.Background(), "POST", "/rooms", in, nil)
			}
		})
	}
	making.Wait()
	return errors.Join(errs...)
}

// ask is a request as it goes over the wire. The fields are whole lines.
func (s *server) ask(method, path, fields, body string) []byte {
	if body != "" {
		fields += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n%s\r\n%s", method, path, s.token, fields, body)
}

// post asks for the n-th message to be said, in one room after the other.
func (s *server) post(rooms int) func(n int) []byte {
	return func(n int) []byte {
		return s.ask("POST", "/api/v1/rooms/"+roomName(n%rooms)+"/messages", "", `{"body":"`+text(n)+`"}`)
	}
}

// get asks for one thing outside of all measures.
func (s *server) get(path string) (*http.Response, []byte, error) {
	r, err := http.NewRequest("GET", s.url()+path, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}
