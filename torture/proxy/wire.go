package proxy

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Trouble is what is wrong between a node and its database.
type Trouble string

// The troubles. What is held up is not lost: as by TCP, it is delivered when the
// trouble is over, also where the sender has long given up. That is how a commit
// comes late.
const (
	None     Trouble = ""
	Denied   Trouble = "denied"    // connections are reset and refused
	Held     Trouble = "held"      // nothing passes
	HeldUp   Trouble = "held-up"   // nothing passes to the database
	HeldDown Trouble = "held-down" // nothing passes from the database
)

// Troubles are all of them.
var Troubles = []Trouble{Denied, Held, HeldUp, HeldDown}

// Wire stands between a node and its database.
type Wire struct {
	listener net.Listener
	network  string // of the database
	address  string
	running  sync.WaitGroup

	muted     bool
	swallowed atomic.Int64

	mu      sync.Mutex
	trouble Trouble
	over    chan struct{} // closed when the trouble is
	open    map[net.Conn]struct{}
	closed  bool
}

// NewWire starts a wire to a database. A muted one, to a PostgreSQL, swallows
// what that announces.
func NewWire(network, address string, muted bool) (*Wire, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &Wire{
		listener: listener, network: network, address: address, muted: muted,
		over: make(chan struct{}), open: map[net.Conn]struct{}{},
	}
	w.running.Go(w.accept)
	return w, nil
}

// Addr is the address that the node goes to.
func (w *Wire) Addr() string { return w.listener.Addr().String() }

// Swallowed is how many announcements were swallowed.
func (w *Wire) Swallowed() int64 { return w.swallowed.Load() }

// Trouble begins a trouble, or ends the one that there is.
func (w *Wire) Trouble(t Trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.over)
	w.trouble, w.over = t, make(chan struct{})
	if t == Denied {
		w.reset()
	}
}

// reset ends all connections without a good-bye; w.mu is held.
func (w *Wire) reset() {
	for c := range w.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
}

// Close ends all connections and the wire.
func (w *Wire) Close() {
	w.listener.Close()
	w.Trouble(None)
	w.mu.Lock()
	w.closed = true
	w.reset()
	w.mu.Unlock()
	w.running.Wait()
}

func (w *Wire) accept() {
	for {
		node, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.running.Go(func() { w.carry(node) })
	}
}

// carry joins a node's connection to one to the database until either is closed.
func (w *Wire) carry(node net.Conn) {
	if !w.enter(node) {
		return
	}
	defer w.leave(node)
	database, err := net.Dial(w.network, w.address)
	if err != nil || !w.enter(database) {
		node.(*net.TCPConn).SetLinger(0)
		return
	}
	defer w.leave(database)
	var up sync.WaitGroup
	up.Go(func() {
		w.pass(database, node, HeldUp)
		database.Close()
	})
	var down io.Reader = database
	if w.muted {
		down = &mute{Reader: database, swallowed: &w.swallowed}
	}
	w.pass(node, down, HeldDown)
	node.Close()
	up.Wait()
}

// enter keeps a connection, unless none may be open just now.
func (w *Wire) enter(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[c] = struct{}{}
	if w.closed || w.trouble == Denied {
		w.reset()
		delete(w.open, c)
		return false
	}
	return true
}

func (w *Wire) leave(c net.Conn) {
	c.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, c)
}

// pass carries bytes in one direction, and the end behind them, as long as
// nothing holds them up.
func (w *Wire) pass(to io.Writer, from io.Reader, held Trouble) {
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		w.wait(held)
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait returns when nothing is held up in a direction.
func (w *Wire) wait(held Trouble) {
	for {
		w.mu.Lock()
		trouble, over := w.trouble, w.over
		w.mu.Unlock()
		if trouble != Held && trouble != held {
			return
		}
		<-over
	}
}
