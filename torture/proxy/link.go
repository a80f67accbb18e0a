package proxy

import (
	"net"
	"sync"
	"time"
)

// link is one connection of the client with its twin to the server.
type link struct {
	proxy          *Proxy
	client, server *net.TCPConn
	closed         chan struct{}
	once           sync.Once

	mu       sync.Mutex
	texture  Texture
	late     time.Duration
	holeUp   bool
	holeDown bool
	half     bool // only the client's side is closed
}

// reset ends both sides without a good-bye.
func (l *link) reset() {
	l.client.SetLinger(0)
	l.server.SetLinger(0)
	l.close()
}

func (l *link) close() {
	l.client.Close()
	l.server.Close()
	l.once.Do(func() { close(l.closed) })
}

// cut does it to an open connection.
func (l *link) cut(c Cut) {
	switch c {
	case HoleUp, HoleDown, HoleBoth:
		l.mu.Lock()
		l.holeUp = l.holeUp || c != HoleDown
		l.holeDown = l.holeDown || c != HoleUp
		l.mu.Unlock()
	case HalfOpen:
		l.mu.Lock()
		l.half = true
		l.mu.Unlock()
		l.client.SetLinger(0)
		l.client.Close()
		l.proxy.running.Go(func() {
			select {
			case <-time.After(l.proxy.halfOpen):
				l.reset()
			case <-l.closed:
			}
		})
	case Fin:
		l.close()
	default:
		l.reset()
	}
}

// heal makes an old connection a good one, or ends it where it hangs.
func (l *link) heal() {
	l.mu.Lock()
	hangs := l.holeUp || l.holeDown || l.half
	l.texture, l.late = Smooth, 0
	l.mu.Unlock()
	if hangs {
		l.reset()
	}
}

// feel returns how the connection is just now.
func (l *link) feel() (texture Texture, late time.Duration, holeUp, holeDown, half bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.texture, l.late, l.holeUp, l.holeDown, l.half
}

// up carries what the client sends.
func (l *link) up() {
	b := make([]byte, 16<<10)
	for {
		n, err := l.client.Read(b)
		if _, _, hole, _, _ := l.feel(); n > 0 && !hole {
			if _, err := l.server.Write(b[:n]); err != nil {
				l.reset()
				return
			}
		}
		if err != nil {
			l.leave()
			return
		}
	}
}

// leave is what happens when the client has hung up. The server hears of it,
// but not through a hole, and not of a client that is half gone.
func (l *link) leave() {
	_, _, holeUp, _, half := l.feel()
	switch {
	case half:
	case holeUp:
		l.cut(HalfOpen)
	default:
		l.reset()
	}
}

// down carries what the server sends.
func (l *link) down() {
	b := make([]byte, 16<<10)
	tries := 0
	for {
		n, err := l.server.Read(b)
		if !l.deliver(b[:n], &tries) {
			return
		}
		if err != nil {
			l.client.CloseWrite() // what was written before is read first
			l.client.SetReadDeadline(time.Now().Add(time.Second))
			return
		}
	}
}

// deliver gives bytes of the server to the client, and reports whether the
// connection goes on.
func (l *link) deliver(b []byte, tries *int) bool {
	texture, late, _, hole, half := l.feel()
	if hole || half || len(b) == 0 {
		return true // swallowed: the server must not feel it
	}
	passes, c := l.proxy.spring(b, tries)
	if late > 0 {
		select {
		case <-time.After(late):
		case <-l.closed:
			return false
		}
	}
	if !l.write(b[:passes], texture) && c == "" {
		return false
	}
	if c == "" {
		return true
	}
	l.proxy.done(c)
	if needsBytes(c) && l.proxy.abrupt() {
		c = Fin // cuts at a place come as a close in order, too
	}
	l.cut(c)
	_, _, _, hole, half = l.feel()
	return hole || half
}

// sliceMost is how many bytes pass at a time at most where it is sliced.
const sliceMost = 7

func (l *link) write(b []byte, texture Texture) bool {
	for len(b) > 0 {
		n := len(b)
		if texture == Sliced {
			n = min(n, 1+(n%sliceMost))
		}
		if _, err := l.client.Write(b[:n]); err != nil {
			if _, _, _, _, half := l.feel(); half {
				return true
			}
			l.reset()
			return false
		}
		b = b[n:]
	}
	return true
}
