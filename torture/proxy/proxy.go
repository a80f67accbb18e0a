// Package proxy does to connections what networks do: it cuts them at the worst
// places, swallows one direction or both, and slows them down. Each client has
// a proxy of its own, and all that happens by chance comes from one seed.
package proxy

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Cut is a way in which a connection ends, or goes bad.
type Cut string

// The cuts. Those that wait for a place in what the server sends happen at a
// place near to it where the place does not come.
const (
	Reset       Cut = "reset"        // both ends get a reset
	Fin         Cut = "fin"          // both ends are closed in order
	HalfOpen    Cut = "half-open"    // the client is gone and the server does not know
	HoleDown    Cut = "hole-down"    // what the server sends is swallowed
	HoleUp      Cut = "hole-up"      // what the client sends is swallowed
	HoleBoth    Cut = "hole-both"    // both
	InData      Cut = "in-data"      // inside of `data:`
	InRune      Cut = "in-rune"      // between two bytes of one character
	BeforeBlank Cut = "before-blank" // between the data and the empty line
	AfterID     Cut = "after-id"     // behind the line of an id
	LoseReply   Cut = "lose-reply"   // the server has done it, and its answer is lost
)

// Cuts are all of them.
var Cuts = []Cut{Reset, Fin, HalfOpen, HoleDown, HoleUp, HoleBoth, InData, InRune, BeforeBlank, AfterID, LoseReply}

// Texture is how a connection behaves from its first byte to its last.
type Texture string

// The textures of connections while the proxy is rough.
const (
	Smooth Texture = ""
	Late   Texture = "late"   // 50 to 500 ms on the way
	Sliced Texture = "sliced" // a few bytes at a time
)

// Proxy stands between one client and a server.
type Proxy struct {
	listener net.Listener
	server   func() string
	done     func(Cut) // called when a cut has happened
	running  sync.WaitGroup
	halfOpen time.Duration // how long the server is left alone with a line whose client is gone

	mu     sync.Mutex
	rng    *rand.Rand
	rough  bool
	closed bool
	armed  Cut // waits for bytes from the server
	links  map[*link]struct{}
}

// New starts a proxy in front of the address that server names at each new
// connection; where that refuses it, server is asked once more, as what stands in
// front of several nodes would do. What it calls done for has happened on the wire.
func New(server func() string, seed uint64, done func(Cut)) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		listener: listener, server: server, done: done, halfOpen: 3 * time.Second,
		rng: rand.New(rand.NewPCG(seed, 1)), links: map[*link]struct{}{},
	}
	p.running.Go(p.accept)
	return p, nil
}

// Addr is the address that the client goes to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Roughen turns the textures of new connections on or off. Turned off, it also
// forgets the cut that waits, heals the textures and ends what hangs in a hole.
func (p *Proxy) Roughen(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rough = on
	if on {
		return
	}
	p.armed = ""
	for l := range p.links {
		l.heal()
	}
}

// Cut does it to the connections that are open: now, or as soon as the place
// comes. With none open, it waits for the first byte from the server.
func (p *Proxy) Cut(c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if needsBytes(c) || len(p.links) == 0 {
		p.armed = c
		return
	}
	for l := range p.links {
		l.cut(c)
	}
	p.done(c)
}

// LeadsTo reports whether a connection to a server's address is open.
func (p *Proxy) LeadsTo(addr string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if l.server.RemoteAddr().String() == addr {
			return true
		}
	}
	return false
}

// Close ends all connections and the proxy.
func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for l := range p.links {
		l.reset()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.carry(client.(*net.TCPConn)) })
	}
}

// carry joins a client's connection to one to the server until both are closed.
func (p *Proxy) carry(client *net.TCPConn) {
	to, err := net.DialTimeout("tcp", p.server(), time.Second)
	if err != nil {
		to, err = net.DialTimeout("tcp", p.server(), time.Second)
	}
	if err != nil {
		client.SetLinger(0)
		client.Close()
		return
	}
	l := &link{proxy: p, client: client, server: to.(*net.TCPConn), closed: make(chan struct{})}
	p.mu.Lock()
	l.texture, l.late = p.weave()
	p.links[l] = struct{}{}
	if p.closed {
		l.reset()
	}
	p.mu.Unlock()
	var up sync.WaitGroup
	up.Go(l.up)
	l.down()
	up.Wait()
	l.reset()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// weave chooses the texture of a connection; p.mu is held.
func (p *Proxy) weave() (Texture, time.Duration) {
	if !p.rough {
		return Smooth, 0
	}
	switch n := p.rng.IntN(10); {
	case n < 2:
		return Late, time.Duration(50+p.rng.IntN(450)) * time.Millisecond
	case n < 3:
		return Sliced, 0
	}
	return Smooth, 0
}

// spring returns how many of these bytes from the server may still pass before
// the cut that waits happens, and which it is; "" where none does.
func (p *Proxy) spring(b []byte, tries *int) (int, Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.armed == "" {
		return len(b), ""
	}
	at, found := place(p.armed, b, p.rng)
	// What never has the place, a poll for one, is cut somewhere all the same.
	if *tries++; !found && *tries < 3 {
		return len(b), ""
	}
	c := p.armed
	p.armed = ""
	return at, c
}

// abrupt throws a coin between a reset and a close in order.
func (p *Proxy) abrupt() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rng.IntN(2) == 0
}
