package feed

import (
	"net/netip"
	"sync"
	"time"

	"maru/internal/chat"
)

// Limits say how many streams one user and one address may have open; 0 means
// no limit.
type Limits struct {
	PerUser    int
	PerAddress int
}

// Streams is the register of all streams and long polls of this node: it counts
// them against the limits, and ends them when their credentials end or the node
// stops.
type Streams struct {
	limits Limits

	mu        sync.Mutex
	tickets   map[int64]map[*Ticket]struct{} // by user
	addresses map[netip.Addr]int
	stopping  bool
}

// Ticket is one stream's place in the register.
type Ticket struct {
	streams *Streams
	actor   chat.Actor
	address netip.Addr
	done    chan struct{}
	reason  chat.Kind // set before done is closed
}

// NewStreams makes an empty register.
func NewStreams(limits Limits) *Streams {
	return &Streams{limits: limits, tickets: map[int64]map[*Ticket]struct{}{}, addresses: map[netip.Addr]int{}}
}

// Enter registers a stream. New ones are refused at a limit; old ones are never
// put out for them. Leave must be called at its end.
func (s *Streams) Enter(actor chat.Actor, address netip.Addr) (*Ticket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		return nil, chat.Refuse(chat.Busy, "stopping").Later(2 * time.Second)
	case s.limits.PerUser > 0 && len(s.tickets[actor.ID]) >= s.limits.PerUser:
		return nil, chat.Refuse(chat.Limited, "streams_of_user", s.limits.PerUser).Later(10 * time.Second)
	case s.limits.PerAddress > 0 && s.addresses[address] >= s.limits.PerAddress:
		return nil, chat.Refuse(chat.Limited, "streams_of_address", s.limits.PerAddress).Later(10 * time.Second)
	}
	t := &Ticket{streams: s, actor: actor, address: address, done: make(chan struct{})}
	if s.tickets[actor.ID] == nil {
		s.tickets[actor.ID] = map[*Ticket]struct{}{}
	}
	s.tickets[actor.ID][t] = struct{}{}
	s.addresses[address]++
	return t, nil
}

// Leave takes the stream out of the register.
func (t *Ticket) Leave() {
	s := t.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tickets[t.actor.ID], t)
	if len(s.tickets[t.actor.ID]) == 0 {
		delete(s.tickets, t.actor.ID)
	}
	if s.addresses[t.address]--; s.addresses[t.address] == 0 {
		delete(s.addresses, t.address)
	}
}

// Done is closed when the stream has to end; Reason says why.
func (t *Ticket) Done() <-chan struct{} { return t.done }

// Reason is why the stream has to end: Unauthenticated where its credential has
// ended, Busy where the node stops. It may be asked when Done is closed.
func (t *Ticket) Reason() chat.Kind { return t.reason }

// end ends the stream, once; s.mu is held.
func (t *Ticket) end(reason chat.Kind) {
	if t.reason == "" {
		t.reason = reason
		close(t.done)
	}
}

// End ends the streams that run under a credential that ended.
func (s *Streams) End(e chat.Ending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.tickets[e.User] {
		if e.Covers(t.actor) {
			t.end(chat.Unauthenticated)
		}
	}
}

// Stop ends all streams and lets no new ones in.
func (s *Streams) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for _, of := range s.tickets {
		for t := range of {
			t.end(chat.Busy)
		}
	}
}

// Stopping reports whether no new streams are let in.
func (s *Streams) Stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// Open returns how many streams are open.
func (s *Streams) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, of := range s.tickets {
		n += len(of)
	}
	return n
}
