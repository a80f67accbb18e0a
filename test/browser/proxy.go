package browser

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy stands between a browser and a server and does what networks do. It
// knows just enough of HTTP/1.1 to tell a stream and a post from the rest: a
// browser sends one request at a time on a connection, and its head in one go.
type Proxy struct {
	listener net.Listener
	server   func() string

	mu     sync.Mutex
	links  map[*link]struct{}
	mode   Mode
	turned chan struct{} // closed when the mode changes
	lose   string        // the beginning of the request whose reply is lost next
	lost   chan struct{} // closed when it is
	opened int           // streams, ever
	asked  int           // preflights, ever
}

// Mode is what the proxy does to what passes.
type Mode struct {
	Shut   bool // every new connection is closed at once
	Stall  bool // what the server sends waits until this is off again
	Late   bool // what the browser sends waits until this is off again
	Hold   bool // the body of a stream is held back until it ends
	Break  bool // a stream is cut as soon as its head has passed
	Short  bool // a stream is cut as soon as it has caught up
	Hasty  bool // a question that waits for its answer is cut
	Slices int  // the server's bytes pass so many at a time, unless 0
}

// link is one connection of the browser with its twin to the server.
type link struct {
	proxy           *Proxy
	browser, server net.Conn
	closed          chan struct{}
	once            sync.Once

	mu     sync.Mutex
	head   string // of the newest request
	body   bool   // of the answer to it has begun
	losing bool   // the answer to it is thrown away
	dead   bool   // it carries nothing more, and is not closed
}

// StartProxy starts a proxy in front of a server.
func StartProxy(t testing.TB, s *Server) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, server: func() string { return s.addr }, links: map[*link]struct{}{}, turned: make(chan struct{})}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { p.carry(c) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.Cut()
		running.Wait()
	})
	return p
}

// URL is the address that a browser goes to.
func (p *Proxy) URL() string { return "http://" + p.listener.Addr().String() }

// Set changes what the proxy does, from the next bytes on.
func (p *Proxy) Set(m Mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = m
	close(p.turned)
	p.turned = make(chan struct{})
}

// Cut ends all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.close()
	}
}

// Deafen makes all connections that there are now carry nothing more, either
// way, and tell neither side.
func (p *Proxy) Deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.mu.Lock()
		l.dead = true
		l.mu.Unlock()
	}
}

// LoseReply lets the next request that begins so reach the server, and throws
// its answer away with the connection. What it returns is closed then.
func (p *Proxy) LoseReply(request string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose, p.lost = request, make(chan struct{})
	return p.lost
}

// Streams returns how many streams are open, and how many ever were.
func (p *Proxy) Streams() (open, ever int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.mu.Lock()
		if l.streams() {
			open++
		}
		l.mu.Unlock()
	}
	return open, p.opened
}

// Preflights returns how often a browser asked whether a page may send something.
func (p *Proxy) Preflights() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *Proxy) now() Mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode
}

func (p *Proxy) carry(browser net.Conn) {
	defer browser.Close()
	if p.now().Shut {
		return
	}
	server, err := net.Dial("tcp", p.server())
	if err != nil {
		return
	}
	l := &link{proxy: p, browser: browser, server: server, closed: make(chan struct{})}
	p.mu.Lock()
	p.links[l] = struct{}{}
	p.mu.Unlock()
	var there sync.WaitGroup
	there.Go(l.forth)
	l.back()
	l.close()
	there.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (l *link) close() {
	// Without lingering the other side gets a reset: a cut, not a good-bye.
	if c, ok := l.browser.(*net.TCPConn); ok {
		c.SetLinger(0)
	}
	l.browser.Close()
	l.server.Close()
	l.once.Do(func() { close(l.closed) })
}

// leave gives the browser time to read what was written: a reset throws away
// what it has not read.
func (l *link) leave() {
	if c, ok := l.browser.(*net.TCPConn); ok {
		c.CloseWrite()
	}
	select {
	case <-l.closed:
	case <-time.After(50 * time.Millisecond):
	}
}

// pass waits until the mode lets bytes pass, or the link is closed.
func (l *link) pass(stopped func(Mode) bool) {
	for {
		l.proxy.mu.Lock()
		mode, turned := l.proxy.mode, l.proxy.turned
		l.proxy.mu.Unlock()
		l.mu.Lock()
		dead := l.dead
		l.mu.Unlock()
		if !dead && !stopped(mode) {
			return
		}
		select {
		case <-turned:
		case <-l.closed:
			return
		}
	}
}

// streams reports whether a stream runs; l.mu is held.
func (l *link) streams() bool {
	return strings.Contains(l.head, "/events") && strings.Contains(strings.ToLower(l.head), "accept: text/event-stream")
}

// forth carries what the browser sends.
func (l *link) forth() {
	defer l.close()
	chunk := make([]byte, 64<<10)
	for {
		n, err := l.browser.Read(chunk)
		if n > 0 {
			l.note(chunk[:n])
			l.pass(func(m Mode) bool { return m.Late })
			if _, err := l.server.Write(chunk[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// note remembers what a request asks, where these bytes begin one.
func (l *link) note(p []byte) {
	head, _, whole := bytes.Cut(p, []byte("\r\n\r\n"))
	if !whole || !bytes.Contains(head, []byte(" HTTP/1.1\r\n")) {
		return
	}
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head, l.body = string(head), false
	if l.streams() {
		l.proxy.opened++
	}
	if strings.HasPrefix(l.head, "OPTIONS ") {
		l.proxy.asked++
	}
	if l.proxy.mode.Hasty && strings.Contains(l.head, "?wait=") {
		go l.close()
	}
	if l.proxy.lose != "" && strings.HasPrefix(l.head, l.proxy.lose) {
		l.proxy.lose, l.losing = "", true
	}
}

// back carries what the server sends, or does to it what the mode says.
func (l *link) back() {
	chunk := make([]byte, 64<<10)
	var held []byte
	for {
		n, err := l.server.Read(chunk)
		l.pass(func(m Mode) bool { return m.Stall })
		pass := append(held, chunk[:n]...)
		held = nil
		if n > 0 {
			pass, held, err = l.treat(pass, err)
		}
		if err != nil {
			l.browser.Write(append(pass, held...))
			l.leave()
			return
		}
		if !l.write(pass) {
			return
		}
	}
}

// treat divides the bytes of an answer into what passes and what is held.
func (l *link) treat(p []byte, err error) (pass, held []byte, _ error) {
	mode := l.proxy.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.losing {
		close(l.proxy.lost)
		return nil, nil, net.ErrClosed
	}
	if mode.Short && l.streams() && bytes.Contains(p, []byte("event: caught-up")) {
		return p, nil, net.ErrClosed
	}
	if !l.streams() || !mode.Hold && !mode.Break {
		return p, nil, err
	}
	if l.body {
		return nil, p, err
	}
	head, _, whole := bytes.Cut(p, []byte("\r\n\r\n"))
	if !whole {
		return nil, p, err
	}
	l.body = true
	if mode.Break {
		return p[:len(head)+4], nil, net.ErrClosed
	}
	return p[:len(head)+4], p[len(head)+4:], err
}

// write sends bytes to the browser, in slices if so asked.
func (l *link) write(p []byte) bool {
	slice := l.proxy.now().Slices
	for len(p) > 0 {
		n := len(p)
		if slice > 0 {
			n = min(slice, n)
			time.Sleep(time.Millisecond)
		}
		if _, err := l.browser.Write(p[:n]); err != nil {
			return false
		}
		p = p[n:]
	}
	return true
}
