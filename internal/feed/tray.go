package feed

import (
	"slices"
	"time"

	"maru/internal/chat"
)

// Sign is one signal as it goes over the wire. It is immutable.
type Sign struct {
	number uint32 // in its tray
	at     time.Time
	about  int64 // the user
	behind int64 // the number of the event that it stands behind
	wire   []byte
}

// NewSign makes the sign of a signal that stands behind a number of a log.
func NewSign(s chat.Signal, behind int64) Sign {
	return Sign{at: time.Now(), about: s.User.ID, behind: behind, wire: Say("signal", s).wire}
}

// Wire is the signal as it is sent.
func (s Sign) Wire() []byte { return s.wire }

const (
	// SignalKept is how long a signal waits for readers: who is slow misses it.
	SignalKept = 3 * time.Second
	// trayMost is how many signals wait at most.
	trayMost = 250
)

// Tray holds the newest signals for some streams, oldest first. As with the log,
// nothing is pushed to a stream: it takes what is behind the number that it has.
type Tray []Sign

// Put adds a signal under a number.
func (t Tray) Put(number uint32, s Sign) Tray {
	if len(t) == trayMost {
		t = t[1:]
	}
	s.number = number
	return append(t, s)
}

// Behind returns what came after a number.
func (t Tray) Behind(number uint32) Tray {
	i := len(t)
	for i > 0 && int32(t[i-1].number-number) > 0 { // the numbers may go round
		i--
	}
	return t[i:]
}

// Since returns what is not older than a time; nil where that is nothing, so that
// an empty tray holds no memory.
func (t Tray) Since(at time.Time) Tray {
	i := slices.IndexFunc(t, func(s Sign) bool { return !s.at.Before(at) })
	if i < 0 {
		return nil
	}
	return t[i:]
}

// Tell tells the streams of a room, if it has any, what stands behind a head of
// its log. Who has not walked up to there yet is told then.
func (f *Feed) Tell(room, head int64, list ...chat.Signal) {
	r := f.room(room)
	if r == nil {
		return
	}
	signs := make([]Sign, len(list))
	for i, s := range list {
		signs[i] = NewSign(s, head)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range signs {
		r.tray = r.tray.Put(r.newest.Add(1), s)
	}
	r.rouse(SignalCame)
}

// Newest is the number of the room's newest signal.
func (r *Room) Newest() uint32 { return r.newest.Load() }

// Told returns what a reader who stands at a number of the log has not been told
// yet, and the number of the last signal that is done with. A signal does not
// overtake the event that it stands behind, which may end the reader's right.
func (r *Room) Told(user, at int64, heard uint32) (wires [][]byte, last uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.tray.Behind(heard) {
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
