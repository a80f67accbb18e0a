package web

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// newcomers are the connections that have not asked for anything yet. Browsers
// open some ahead of need, and a server that stops would wait five seconds for
// each, with its port closed to all others.
type newcomers struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// newcomerTime is how long they may still ask when the server stops.
const newcomerTime = 250 * time.Millisecond

// note is told what becomes of each connection.
func (n *newcomers) note(c net.Conn, state http.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if state == http.StateNew {
		n.conns[c] = struct{}{}
	} else {
		delete(n.conns, c)
	}
}

// dismiss closes those that don't ask soon.
func (n *newcomers) dismiss() {
	time.Sleep(newcomerTime)
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		c.Close()
	}
}
