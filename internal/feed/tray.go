package feed

import (
	"slices"
	"time"

	"maru/internal/chat"
)

// sign is one signal as it goes over the wire. It is immutable.
type sign struct {
	number uint32 // in its tray
	at     time.Time
	about  int64 // the user
	behind int64 // the number of the event that it stands behind
	wire   []byte
}

func newSign(s chat.Signal, behind int64) sign {
	return sign{at: time.Now(), about: s.User.ID, behind: behind, wire: encodeData(chat.Cursor{}, "signal", s).wire}
}

const (
	// signalKept is how long a signal waits for readers: who is slow misses it.
	signalKept = 3 * time.Second
	// trayMost is how many signals wait at most.
	trayMost = 250
)

// tray holds the newest signals for some streams, oldest first. As with the log,
// nothing is pushed to a stream: it takes what is behind the number that it has.
type tray []sign

// put adds a signal under a number.
func (t tray) put(number uint32, s sign) tray {
	if len(t) == trayMost {
		t = t[1:]
	}
	s.number = number
	return append(t, s)
}

// behind returns what came after a number.
func (t tray) behind(number uint32) tray {
	i := len(t)
	for i > 0 && int32(t[i-1].number-number) > 0 { // the numbers may go round
		i--
	}
	return t[i:]
}

// since returns what is not older than a time; nil where that is nothing, so that
// an empty tray holds no memory.
func (t tray) since(at time.Time) tray {
	i := slices.IndexFunc(t, func(s sign) bool { return !s.at.Before(at) })
	if i < 0 {
		return nil
	}
	return t[i:]
}

// audience is the streams of a feed, as signals are told to them.
type audience struct{ *Feed }

// Tell tells the streams of a room, if it has any.
func (a audience) Tell(room, head int64, list ...chat.Signal) {
	r := a.room(room)
	if r == nil {
		return
	}
	signs := make([]sign, len(list))
	for i, s := range list {
		signs[i] = newSign(s, head)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range signs {
		r.tray = r.tray.put(r.newest.Add(1), s)
	}
	r.rouse(signalCame)
}

// TellOwn tells the streams of the user whom a signal is about.
func (a audience) TellOwn(one chat.Signal) {
	s, user, own := a.streams, one.User.ID, newSign(one, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tickets[user]) == 0 {
		return
	}
	s.trays[user] = s.trays[user].put(s.newest.Add(1), own)
	for t := range s.tickets[user] {
		t.ring()
	}
}

// Has reports whether a user has a stream.
func (a audience) Has(user int64) bool {
	a.streams.mu.Lock()
	defer a.streams.mu.Unlock()
	return len(a.streams.tickets[user]) > 0
}

// told returns what a reader who stands at a number of the log has not been told
// yet, and the number of the last signal that is done with. A signal does not
// overtake the event that it stands behind, which may end the reader's right.
func (r *room) told(user, at int64, heard uint32) (wires [][]byte, last uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.tray.behind(heard) {
		if s.behind > at {
			return wires, heard
		}
		heard = s.number
		if s.about != user {
			wires = append(wires, s.wire)
		}
	}
	return wires, r.newest.Load()
}

// told is what a stream of a user has not been told yet.
func (s *Streams) told(user int64, heard uint32) (wires [][]byte, last uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.trays[user].behind(heard) {
		wires = append(wires, one.wire)
	}
	return wires, s.newest.Load()
}

// forget lets signals go that nobody has taken for a while.
func (s *Streams) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for user, t := range s.trays {
		if s.trays[user] = t.since(now.Add(-signalKept)); s.trays[user] == nil {
			delete(s.trays, user)
		}
	}
}

// signals returns what this stream is to be told beside the log, now that it has
// all of that.
func (s *Stream) signals() []byte {
	r := s.reader
	if !s.rung && r.room.newest.Load() == s.heard {
		return nil
	}
	var wires, own [][]byte
	wires, s.heard = r.room.told(r.right.User, r.at.Seq, s.heard)
	if s.rung {
		s.rung = false
		own, s.own = s.ticket.streams.told(r.right.User, s.own)
	}
	if wires = append(wires, own...); len(wires) == 1 {
		return wires[0]
	}
	return slices.Concat(wires...)
}

// arrive counts the stream among those of its user who make the user present.
// One that is not counted yet tries again with each beat.
func (s *Stream) arrive() {
	if r := s.reader; !s.counted {
		s.counted = r.feed.Signals.Arrive(r.room.ID, r.right.User)
	}
}

// depart ends what arrive began.
func (s *Stream) depart() {
	if r := s.reader; s.counted {
		r.feed.Signals.Depart(r.room.ID, r.right.User)
	}
}
