package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// echo is a server that answers each line with itself, and tells of the end of
// each connection.
func echo(t *testing.T) (addr func() string, ended <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	ends := make(chan error, 8)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, err := io.Copy(c, c)
				ends <- err
			}()
		}
	}()
	return func() string { return listener.Addr().String() }, ends
}

// wire is a client's connection through a proxy to an echo.
type wire struct {
	t    *testing.T
	p    *Proxy
	conn net.Conn
	in   *bufio.Reader
	cuts chan Cut
	ends <-chan error
}

func newWire(t *testing.T) *wire {
	t.Helper()
	addr, ends := echo(t)
	cuts := make(chan Cut, 8)
	p, err := New(addr, 1, func(c Cut) { cuts <- c })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	w := &wire{t: t, p: p, conn: conn, in: bufio.NewReader(conn), cuts: cuts, ends: ends}
	w.say("hello\n")
	w.hear("hello\n")
	return w
}

func (w *wire) say(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w.conn, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) hear(text string) {
	w.t.Helper()
	w.conn.SetReadDeadline(time.Now().Add(patience))
	if got, err := w.in.ReadString('\n'); got != text {
		w.t.Fatalf("%q came, not %q: %v", got, text, err)
	}
}

// end waits until the client's connection ends, and returns what came before.
func (w *wire) end() (string, error) {
	w.t.Helper()
	w.conn.SetReadDeadline(time.Now().Add(patience))
	got, err := io.ReadAll(w.in)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Fatal("the connection does not end")
	}
	return string(got), err
}

// silent fails where anything comes.
func (w *wire) silent() {
	w.t.Helper()
	w.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if got, err := w.in.ReadString('\n'); !errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Fatalf("%q came: %v", got, err)
	}
}

func (w *wire) cut(c Cut) {
	w.t.Helper()
	w.p.Cut(c)
	if needsBytes(c) {
		w.say("data: 안녕하세요\n\n")
	}
	select {
	case got := <-w.cuts:
		if got != c {
			w.t.Fatalf("%s happened, not %s", got, c)
		}
	case <-time.After(patience):
		w.t.Fatalf("%s does not happen", c)
	}
}

func TestEnds(t *testing.T) {
	for _, c := range []Cut{Reset, Fin, InData, InRune, BeforeBlank, LoseReply} {
		t.Run(string(c), func(t *testing.T) {
			w := newWire(t)
			w.cut(c)
			got, err := w.end()
			if c == Fin && err != nil || c == Reset && err == nil {
				t.Errorf("the connection ended with %v", err)
			}
			if len(got) >= len("data: 안녕하세요\n\n") || c == LoseReply && got != "" {
				t.Errorf("%q came", got)
			}
		})
	}
}

func TestHoles(t *testing.T) {
	for _, c := range []Cut{HoleUp, HoleDown, HoleBoth} {
		t.Run(string(c), func(t *testing.T) {
			w := newWire(t)
			w.cut(c)
			w.say("lost\n")
			w.silent()
			w.p.Roughen(false) // what hangs is ended when the faults end
			if got, _ := w.end(); got != "" {
				t.Errorf("%q came through a hole", got)
			}
		})
	}
}

func TestHalfOpen(t *testing.T) {
	w := newWire(t)
	w.p.halfOpen = 200 * time.Millisecond
	w.cut(HalfOpen)
	if _, err := w.end(); err == nil {
		t.Error("the client was told that all was well")
	}
	select {
	case err := <-w.ends:
		t.Errorf("the server has noticed: %v", err)
	case <-time.After(100 * time.Millisecond): // still open
	}
	select {
	case <-w.ends:
	case <-time.After(patience):
		t.Error("the server's side is never ended")
	}
}

func TestTextures(t *testing.T) {
	w := newWire(t)
	for l := range w.p.links {
		l.mu.Lock()
		l.texture, l.late = Sliced, 50*time.Millisecond
		l.mu.Unlock()
	}
	text := strings.Repeat("가나다", 50) + "\n"
	began := time.Now()
	w.say(text)
	w.hear(text)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it came after %s", took)
	}
}

// A server that refuses is passed over.
func TestPassesOver(t *testing.T) {
	addr, _ := echo(t)
	next := []string{"127.0.0.1:1", addr()}
	p, err := New(func() string {
		defer func() { next = next[1:] }()
		return next[0]
	}, 1, func(Cut) {})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w := &wire{t: t, p: p, conn: conn, in: bufio.NewReader(conn)}
	w.say("hello\n")
	w.hear("hello\n")
}

func TestNobodyThere(t *testing.T) {
	p, err := New(func() string { return "127.0.0.1:1" }, 1, func(Cut) {})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		return // told at once
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("without a server the client is told %v", err)
	}
}
