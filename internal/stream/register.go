package stream

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
)

// Limits say how many streams one user and one address may have open; 0 means
// no limit.
type Limits struct {
	PerUser    int
	PerAddress int
}

// byeTime is how long a stream that left net/http may take for its last words
// when the node stops.
const byeTime = time.Second

// register is who has a stream or a long poll open on this node: it counts them
// against the limits, and ends them when their credentials end or the node stops.
type register struct {
	limits Limits

	mu        sync.Mutex
	tickets   map[int64][]*Ticket // by user
	addresses map[netip.Addr]int
	trays     map[int64]feed.Tray // what the streams of a user alone are told
	newest    atomic.Uint32       // the number of the newest signal in trays
	stopping  bool
	handed    int           // how many streams have left net/http
	empty     chan struct{} // closed when stopping and handed is 0
}

// Ticket is one stream's place in the register.
type Ticket struct {
	register   *register
	user       int64
	credential chat.Credential
	reach      *chat.Reach
	address    netip.Addr
	at         int                       // in register.tickets of the user
	reason     atomic.Pointer[chat.Kind] // nil while the stream may go on
	late       *time.Timer               // ends it with its credential; nil where that has no end
	// One of both tells the stream that reason was set, or that there is a signal
	// for its user.
	bell chan struct{} // of one place; nil until somebody listens
	rung func()
}

func newRegister(limits Limits) register {
	return register{
		limits: limits, tickets: map[int64][]*Ticket{}, addresses: map[netip.Addr]int{},
		trays: map[int64]feed.Tray{}, empty: make(chan struct{}),
	}
}

// Enter registers a stream. New ones are refused at a limit; old ones are never
// put out for them. Leave must be called at its end.
func (s *register) Enter(actor chat.Actor, address netip.Addr) (*Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		return nil, chat.Refuse(chat.Busy, "stopping").Later(2 * time.Second)
	case s.limits.PerUser > 0 && !actor.Reads() && len(s.tickets[actor.ID]) >= s.limits.PerUser:
		return nil, chat.Refuse(chat.Limited, "streams_of_user", s.limits.PerUser).Later(10 * time.Second)
	case s.limits.PerAddress > 0 && s.addresses[address] >= s.limits.PerAddress:
		return nil, chat.Refuse(chat.Limited, "streams_of_address", s.limits.PerAddress).Later(10 * time.Second)
	}
	t := &Ticket{register: s, user: actor.ID, credential: actor.Credential, reach: actor.Reach, address: address, at: len(s.tickets[actor.ID])}
	s.tickets[actor.ID] = append(s.tickets[actor.ID], t)
	s.addresses[address]++
	if actor.Until != 0 {
		t.late = time.AfterFunc(time.Until(actor.Until.Time()), t.expire)
	}
	return t, nil
}

// Leave takes the stream out of the register.
func (t *Ticket) Leave() {
	s := t.register
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.late != nil {
		t.late.Stop()
	}
	s.remove(t)
	if s.addresses[t.address]--; s.addresses[t.address] == 0 {
		delete(s.addresses, t.address)
	}
	if t.rung != nil {
		s.handed--
		s.checkEmpty()
	}
}

// remove takes a ticket from those of its user; s.mu is held.
func (s *register) remove(t *Ticket) {
	of := s.tickets[t.user]
	last := len(of) - 1
	if last == 0 {
		delete(s.tickets, t.user)
		return
	}
	of[t.at], of[last].at = of[last], t.at
	of[last] = nil
	s.tickets[t.user] = of[:last]
}

// Bell rings when there is news for the stream: it may have to end, for which
// Reason says why. It rings at first for what came before somebody listened.
func (t *Ticket) Bell() <-chan struct{} {
	t.register.mu.Lock()
	defer t.register.mu.Unlock()
	if t.bell == nil {
		t.bell = make(chan struct{}, 1)
		t.ring()
	}
	return t.bell
}

// Reason is why the stream has to end: Unauthenticated where its credential has
// ended, Busy where the node stops, "" while it may go on.
func (t *Ticket) Reason() chat.Kind {
	if reason := t.reason.Load(); reason != nil {
		return *reason
	}
	return ""
}

// handOver has a function called instead of Bell, for a stream that no goroutine
// waits for. It must not wait.
func (t *Ticket) handOver(rung func()) {
	t.register.mu.Lock()
	defer t.register.mu.Unlock()
	t.register.handed++
	t.rung = rung
	if t.Reason() != "" {
		rung()
	}
}

// expire ends the stream with the time of its credential.
func (t *Ticket) expire() {
	t.register.mu.Lock()
	defer t.register.mu.Unlock()
	t.end(chat.Unauthenticated)
}

// end ends the stream, once; s.mu is held.
func (t *Ticket) end(reason chat.Kind) {
	if t.reason.CompareAndSwap(nil, &reason) {
		t.ring()
	}
}

// ring tells the stream that there is news; s.mu is held.
func (t *Ticket) ring() {
	if t.rung != nil {
		t.rung()
		return
	}
	select {
	case t.bell <- struct{}{}:
	default: // it has not heard it yet, or nobody listens
	}
}

// End ends the streams that run under a credential that ended.
func (s *register) End(e chat.Ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := func(of []*Ticket) {
		for _, t := range of {
			if e.Covers(chat.Actor{User: chat.User{ID: t.user}, Credential: t.credential}) {
				t.end(chat.Unauthenticated)
			}
		}
	}
	if e.User != 0 {
		end(s.tickets[e.User])
		return
	}
	for _, of := range s.tickets {
		end(of)
	}
}

// Stop ends all streams and lets no new ones in. Those that left net/http, which
// does not wait for them when it stops, have said good-bye when Stop returns, or
// have had their time for it.
func (s *register) Stop() {
	s.mu.Lock()
	if !s.stopping {
		s.stopping = true
		for _, of := range s.tickets {
			for _, t := range of {
				t.end(chat.Busy)
			}
		}
		s.checkEmpty()
	}
	s.mu.Unlock()
	select {
	case <-s.empty:
	case <-time.After(2 * byeTime):
	}
}

// checkEmpty tells Stop when it need not wait; s.mu is held.
func (s *register) checkEmpty() {
	if s.stopping && s.handed == 0 {
		select {
		case <-s.empty:
		default:
			close(s.empty)
		}
	}
}

// Stopping reports whether no new streams are let in.
func (s *register) Stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// Open returns how many streams are open.
func (s *register) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, of := range s.tickets {
		n += len(of)
	}
	return n
}
