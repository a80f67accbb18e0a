package browser

import (
	"bufio"
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
	"testing"
	"time"
)

// program is the path of the built program; TestMain sets it.
var program string

// buildProgram builds the program that is tested, from the folder that this
// module stands in.
func buildProgram(dir string) (string, error) {
	at := filepath.Join(dir, "maru")
	build := exec.Command("go", "build", "-o", at, ".")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return at, nil
}

// Server is the program as a process, on a data folder of its own. It can die
// and come back on the same port with the same data.
type Server struct {
	t     testing.TB
	data  string
	flags []string
	addr  string // host:port, chosen by the kernel at the first start

	process *exec.Cmd
	gone    chan struct{} // closed when the process has ended

	mu   sync.Mutex
	logs strings.Builder
}

// StartServer starts a server without limits on how fast tests may be.
func StartServer(t testing.TB, flags ...string) *Server {
	t.Helper()
	s := &Server{t: t, data: filepath.Join(t.TempDir(), "data"), addr: "127.0.0.1:0"}
	s.flags = append([]string{"--post-rate", "0", "--signup-rate", "0"}, flags...)
	s.Start()
	t.Cleanup(func() {
		s.Kill()
		if t.Failed() {
			s.mu.Lock()
			defer s.mu.Unlock()
			t.Logf("the server's log:\n%s", s.logs.String())
		}
	})
	return s
}

var listens = regexp.MustCompile(`^Maru listens on (\S+) `)

// Start starts the process and returns when it serves. Its old port may be in
// use for a moment by a connection that the kernel gave it to.
func (s *Server) Start() {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		err := s.try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("the server does not start: %v", err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *Server) try() error {
	args := append([]string{"--listen", s.addr, "--data", s.data}, s.flags...)
	p := exec.Command(program, args...)
	out, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	p.Stderr = logWriter{s}
	if err := p.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	at := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := listens.FindStringSubmatch(lines.Text()); m != nil {
				at <- m[1]
			}
		}
		p.Wait()
		close(gone)
	}()
	select {
	case s.addr = <-at:
		s.process, s.gone = p, gone
		return s.healthy()
	case <-gone:
		return fmt.Errorf("it ended: %s", p.ProcessState)
	}
}

// site runs maru site on the server's data, and returns what it prints.
func (s *Server) site(args ...string) string {
	s.t.Helper()
	out, err := exec.Command(program, append(append([]string{"site"}, args...), "--data", s.data)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("maru site %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// healthy waits until the server answers.
func (s *Server) healthy() error {
	for range 200 {
		answer, err := http.Get(s.URL() + "/healthz")
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer", s.URL())
}

// URL is the server's own address.
func (s *Server) URL() string { return "http://" + s.addr }

// Kill ends the process as a power cut does.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Stop asks the process to end, and waits until it has.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

func (s *Server) end(signal os.Signal) {
	if s.process == nil {
		return
	}
	s.process.Process.Signal(signal)
	select {
	case <-s.gone:
	case <-time.After(20 * time.Second):
		s.t.Errorf("the server does not end on %s", signal)
		s.process.Process.Kill()
		<-s.gone
	}
	s.process = nil
}

// logWriter keeps what the server logs, to be shown where a test fails.
type logWriter struct{ s *Server }

func (w logWriter) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.logs.Write(p)
}

var _ io.Writer = logWriter{}

// until waits until a condition outside of the browser holds.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come to be", what)
		}
	}
}
