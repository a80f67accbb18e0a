// Package server runs the program under test as a process of its own, on tables
// that outlive it.
package server

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"time"

	"maru/torture/netns"
)

// Server is the program as a process. It can die and come back on the same port
// with the same tables.
type Server struct {
	Name    string
	program string
	space   *netns.Space
	host    string
	tables  []string // the flags that say where they are
	logs    *os.File
	invites chan string

	mu      sync.Mutex
	addr    string // host:port; the kernel chooses the port at the first start
	door    string // the same of its second door; "" where it has none
	process *exec.Cmd
	gone    chan struct{} // closed when the process has ended
}

// New makes a server that is not started yet. It will run in a space and listen
// on a host there. It writes its log to dir, and its tables are where the flags
// say.
func New(program, dir, name string, space *netns.Space, host string, tables ...string) (*Server, error) {
	logs, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	return &Server{
		Name: name, program: program, space: space, host: host, tables: tables, logs: logs, invites: make(chan string, 1),
		addr: net.JoinHostPort(host, "0"),
	}, nil
}

// Addr is host and port; URL is the same as an address of the web.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Door is host and port where connections are within TLS, or "" where the
// program has no such door.
func (s *Server) Door() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.door
}

// URL is the server's own address.
func (s *Server) URL() string { return "http://" + s.Addr() }

// Invite is the code with which the owner signs up, as the server says it at its
// first start.
func (s *Server) Invite(ctx context.Context) (string, error) {
	select {
	case code := <-s.invites:
		return code, nil
	case <-ctx.Done():
		return "", fmt.Errorf("the server invites nobody: %w", ctx.Err())
	}
}

// startTime is how long a start may take.
const startTime = 20 * time.Second

// Start starts the process and returns when it serves. Its old port may be in
// use for a moment by a connection that the kernel gave it to.
func (s *Server) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := s.try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the server does not start: %w; its log is %s", err, s.logs.Name())
		}
	}
}

// What the server says when it starts.
var (
	listens = regexp.MustCompile(`^Maru listens on (\S+) `)
	second  = regexp.MustCompile(`^The second door is (\S+)$`)
	invites = regexp.MustCompile(`/sign-up\?setup=(\S+)$`)
)

func (s *Server) try(ctx context.Context) error {
	p := exec.Command(s.program, append(s.tables, "--listen", s.Addr(), "--post-rate", "0", "--signup-rate", "0",
		"--max-streams-per-user", "0", "--max-streams-per-address", "0")...)
	p.Env = append(os.Environ(), "TORTURE_DOOR="+cmp.Or(s.Door(), net.JoinHostPort(s.host, "0")))
	out, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	p.Stderr = s.logs
	if err := s.space.Start(p); err != nil {
		return err
	}
	gone, at := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(gone)
		s.listen(out, at)
		p.Wait()
	}()
	select {
	case addr := <-at:
		s.mu.Lock()
		s.addr, s.process, s.gone = addr, p, gone
		s.mu.Unlock()
		return s.answers(ctx, "/healthz")
	case <-gone:
		return fmt.Errorf("it ended: %s", p.ProcessState)
	}
}

// listen takes what a server says: where it is, and how to become its owner.
func (s *Server) listen(out io.Reader, at chan<- string) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			at <- m[1]
		}
		if m := second.FindStringSubmatch(lines.Text()); m != nil {
			s.mu.Lock()
			s.door = m[1]
			s.mu.Unlock()
		}
		if m := invites.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case s.invites <- m[1]:
			default: // it was said before
			}
		}
	}
}

// Ready waits until the server says that it is ready for more than its process.
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return s.answers(ctx, "/readyz")
}

// answers waits until the server says at a path that all is well.
func (s *Server) answers(ctx context.Context, path string) error {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		answer, err := client.Get(s.URL() + path)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// Kill ends the process at once, as nothing else can be sure to.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop asks the process to end, and waits until it has.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

// Pause stops the process where it stands, and Continue lets it run again.
func (s *Server) Pause() error { return s.signal(syscall.SIGSTOP) }

// Continue lets a paused process run again.
func (s *Server) Continue() error { return s.signal(syscall.SIGCONT) }

func (s *Server) running() (*exec.Cmd, chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process, s.gone
}

func (s *Server) signal(signal os.Signal) error {
	process, _ := s.running()
	if process == nil {
		return errors.New("the server does not run")
	}
	return process.Process.Signal(signal)
}

func (s *Server) end(signal os.Signal) error {
	process, gone := s.running()
	if process == nil {
		return nil
	}
	process.Process.Signal(signal)
	var err error
	select {
	case <-gone:
	case <-time.After(startTime):
		err = fmt.Errorf("the server does not end on %s", signal)
		process.Process.Kill()
		<-gone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = nil
	return err
}

// Close ends the process and everything that was opened for it.
func (s *Server) Close() error {
	return errors.Join(s.Kill(), s.logs.Close())
}

// Usage is what the process takes from the machine.
type Usage struct {
	RSS int64 // bytes in memory
	FDs int   // open files
}

func (u Usage) String() string {
	return fmt.Sprintf("%.1f MiB, %d files", float64(u.RSS)/(1<<20), u.FDs)
}

// Usage looks at what the process takes now; zero where the system can't tell.
func (s *Server) Usage() Usage {
	process, _ := s.running()
	if process == nil {
		return Usage{}
	}
	proc := filepath.Join("/proc", strconv.Itoa(process.Process.Pid))
	var u Usage
	if files, err := os.ReadDir(filepath.Join(proc, "fd")); err == nil {
		u.FDs = len(files)
	}
	if statm, err := os.ReadFile(filepath.Join(proc, "statm")); err == nil {
		if fields := bytes.Fields(statm); len(fields) > 1 {
			pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			u.RSS = pages * int64(os.Getpagesize())
		}
	}
	return u
}
