package stream

import (
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
)

// audience is the streams of this node, as signals are told to them.
type audience struct{ *Streams }

// Tell tells the streams of a room, if it has any.
func (a audience) Tell(room, head int64, list ...chat.Signal) { a.feed.Tell(room, head, list...) }

// TellOwn tells the streams of the user whom a signal is about.
func (a audience) TellOwn(one chat.Signal) { a.register.tell(one) }

// Has reports whether a user has a stream.
func (a audience) Has(user int64) bool { return a.register.has(user) }

// tell tells the streams of the user whom a signal is about.
func (s *register) tell(one chat.Signal) {
	user, own := one.User.ID, feed.NewSign(one, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tickets[user]) == 0 {
		return
	}
	s.trays[user] = s.trays[user].Put(s.newest.Add(1), own)
	for _, t := range s.tickets[user] {
		t.ring()
	}
}

func (s *register) has(user int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tickets[user]) > 0
}

// told is what a stream of a user has not been told yet.
func (s *register) told(user int64, heard uint32) (wires [][]byte, last uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.trays[user].Behind(heard) {
		wires = append(wires, one.Wire())
	}
	return wires, s.newest.Load()
}

// forget lets signals go that nobody has taken for a while.
func (s *register) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for user, t := range s.trays {
		if s.trays[user] = t.Since(now.Add(-feed.SignalKept)); s.trays[user] == nil {
			delete(s.trays, user)
		}
	}
}
