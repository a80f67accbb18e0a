package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"
)

// load is who asks and who reads: one thread and one epoll set for all, without
// an allocation for a delivery, so that it is never slower than who is measured.
//
// A message has its number in this program in its text. So each delivery tells
// how long it took, and in the end each message tells who did not get it.
type load struct {
	poll   int
	pause  time.Duration // between two looks; 0: wait until something comes
	buf    []byte
	ready  []syscall.EpollEvent
	wires  []*wire // by descriptor
	failed error   // somebody was refused or cut off

	pids     []int // of those who serve
	database int   // the process whose children do the work of their PostgreSQL; 0: there is none

	readers  map[int]int // how many each room has
	caughtUp int         // readers that have had all that was there
	idle     []*caller   // who has waited longest is first: none is so quiet that he is put out
	rooms    int         // messages go to them in turn

	first    int // the number of messages[0]
	messages []message
	sent     int // of them
	answers  int
	seen     int // deliveries
	faults   int // events that did not follow the one before
	each     hist
}

// message is what is known of one request, which need not be a post.
type message struct {
	due, answered, last time.Duration
	seen, of            int // readers
}

// wire is a connection, or the pipes of a shell.
type wire struct {
	in, out int
	rest    []byte // what came and is not whole yet
	end     end
}

// end is who takes what comes over a wire; it gives back what is not whole.
type end interface {
	take(l *load, b []byte) (rest []byte, err error)
}

var started = time.Now()

func now() time.Duration { return time.Since(started) }

// lookPause spares the server what a reader costs that sleeps on the same
// machine: each write would have to wake it on the other CPU, which a network
// card's would not.
const lookPause = 500 * time.Microsecond

func newLoad(pause time.Duration) (*load, error) {
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &load{
		poll: poll, pause: pause, buf: make([]byte, 1<<20), ready: make([]syscall.EpollEvent, 1024),
		readers: map[int]int{}, rooms: 1,
	}, err
}

// dial connects. On the loopback that takes no time.
func dial(addr string) (int, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return 0, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	err = errors.Join(syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}))
	return fd, err
}

// add listens to a wire.
func (l *load) add(in, out int, e end) (*wire, error) {
	for len(l.wires) <= in {
		l.wires = append(l.wires, nil)
	}
	w := &wire{in: in, out: out, end: e}
	l.wires[in] = w
	return w, errors.Join(syscall.SetNonblock(in, true),
		syscall.EpollCtl(l.poll, syscall.EPOLL_CTL_ADD, in, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(in)}))
}

// send sends a request, which is short enough to be taken at once.
func (w *wire) send(b []byte) error {
	if n, err := syscall.Write(w.out, b); err != nil || n < len(b) {
		return fmt.Errorf("sending a request: %d of %d bytes: %w", n, len(b), err)
	}
	return nil
}

func (l *load) hangUp(w *wire) {
	l.wires[w.in] = nil
	syscall.Close(w.in)
	if w.out != w.in {
		syscall.Close(w.out)
	}
}

// close hangs up on everybody, and waits until that was noticed.
func (l *load) close() {
	for _, w := range l.wires {
		if w != nil {
			l.hangUp(w)
		}
	}
	syscall.Close(l.poll)
	time.Sleep(time.Second)
}

// drive takes what comes until a time, or until done. Before each look it calls
// act, which says until when it has nothing to do.
func (l *load) drive(until time.Duration, act func(t time.Duration) time.Duration, done func() bool) error {
	for l.failed == nil && !done() {
		t := now()
		if t >= until {
			break
		}
		if wait := min(until, act(t)) - now(); wait > 0 {
			l.look(wait)
		} else {
			l.look(0)
		}
	}
	return l.failed
}

// look takes what has come. Where that is little it rests before the next look.
func (l *load) look(wait time.Duration) {
	ms := 0
	if l.pause == 0 {
		ms = int(wait.Milliseconds()) // the last part of one is waited for by looking
	}
	n, err := syscall.EpollWait(l.poll, l.ready, ms)
	if err != nil && err != syscall.EINTR {
		l.failed = err
	}
	if rest := min(wait, l.pause); n < 32 && rest > 0 {
		syscall.Nanosleep(&syscall.Timespec{Nsec: int64(rest)}, nil)
	}
	for _, e := range l.ready[:max(0, n)] {
		if w := l.wires[e.Fd]; w != nil {
			l.read(w)
		}
	}
}

func (l *load) read(w *wire) {
	had := copy(l.buf, w.rest)
	n, err := syscall.Read(w.in, l.buf[had:])
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return
	case err == nil && n == 0:
		err = fmt.Errorf("the server has hung up on a %T", w.end)
	case err == nil:
		var rest []byte
		rest, err = w.end.take(l, l.buf[:had+n])
		w.rest = append(w.rest[:0], rest...)
	}
	if err != nil {
		l.failed = errors.Join(l.failed, err)
		l.hangUp(w)
	}
}

// digits reads the number that b begins with.
func digits(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// mark stands before the number, and nowhere else in an event.
const mark = '='

// text is a message's text: its number, and sixty bytes in all.
func text(n int) string {
	return fmt.Sprintf("%c%010d so we went down the hole and nobody asked why we", mark, n)
}

// delivered notes that a reader has what b holds.
func (l *load) delivered(b []byte, t time.Duration) {
	at := bytes.IndexByte(b, mark)
	if at < 0 {
		return
	}
	n := digits(b[at+1:]) - l.first
	if n < 0 || n >= len(l.messages) {
		return // of a measure before this one
	}
	m := &l.messages[n]
	m.seen++
	m.last = t
	l.seen++
	l.each.add(t - m.due)
}
