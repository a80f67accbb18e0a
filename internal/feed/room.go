package feed

import (
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/chat"
)

// Room is one room that has readers here. The goroutine that follows the logs
// appends to it; readers only look.
type Room struct {
	chat.Room // as the first reader met it

	made    atomic.Pointer[chat.Room] // of a page's, when its first message has made it
	checked bool                      // whether it is made; the feed's alone

	mu      sync.Mutex
	head    int64         // up to where the log was followed
	tag     chat.Tag      // of head; 0 where it is not known
	history int           // counts how often the log turned out to have another history
	cut     chat.Cursor   // where the last history and this one part; 0.0 where that is not known
	floor   int64         // up to where retention has removed
	ring    ring          // the newest events up to head
	wake    chan struct{} // closed, and made anew, when head moves or there are signals
	readers int
	empty   time.Time // when the last reader left
	// shared are stretches of the ring that streams walk over, by the number
	// before them, so that readers who stand at one place share the bytes.
	shared map[int64]*Stretch
	// followers write streams of the room. Each is nudged when head moves, or when
	// there are signals.
	followers map[Follower]struct{}

	newest atomic.Uint32 // the number of the newest signal
	tray   Tray
}

// Follower wants to hear when there is something for the streams of a room. Nudge
// must not wait, nor ask the room.
type Follower interface{ Nudge(why Cause) }

// Cause is why the streams of a room are gone over.
type Cause uint8

// The causes, which come together too.
const (
	LogMoved Cause = 1 << iota
	SignalCame
)

// Batch is how many events a stream asks for at once: so those who stand at one
// place share their bytes.
const Batch = 64

// sharedMost is how many stretches a room keeps: readers stand at one of few
// places, and the others can have theirs made.
const sharedMost = 8

func newRoom(of chat.Reading, size int) *Room {
	return &Room{Room: of.Room, head: of.Head, tag: of.HeadTag, ring: ring{size: size}, wake: make(chan struct{}), shared: map[int64]*Stretch{}, followers: map[Follower]struct{}{}}
}

// extend takes what commits of this node have put into the log, in its order. It
// is false where that does not simply continue what was followed.
func (r *Room) extend(touches []chat.Touch) bool {
	var events []chat.Event
	tip := r.tip()
	for _, t := range touches {
		switch {
		case t.Event == nil:
			return false
		case t.Event.Seq <= tip.Seq && len(events) == 0 && r.knows(t.Event.Cursor):
			continue
		case t.Before != tip || tip.Tag == 0:
			return false
		}
		tip = t.Event.Cursor
		events = append(events, *t.Event)
	}
	r.append(events)
	return true
}

// knows reports whether an event is in the ring.
func (r *Room) knows(at chat.Cursor) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ring.has(at)
}

// append takes the events behind head, in order and whole.
func (r *Room) append(events []chat.Event) {
	if len(events) == 0 {
		return
	}
	frames := make([]*Frame, len(events))
	for i, e := range events {
		frames[i] = Encode(r.Slug, e)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	redrawn := map[int64]bool{} // what was read together shows a message in one way
	for i, e := range events {
		switch {
		case e.Redraws():
			r.ring.drop()
		case e.Message != nil && e.Change != chat.Posted && !redrawn[e.Ref]:
			r.ring.redraw(e.Message)
			redrawn[e.Ref] = true
		}
		r.ring.push(frames[i])
		r.head, r.tag = e.Seq, e.Tag
	}
	r.stir()
}

// stir wakes everybody, since the log has moved; r.mu is held.
func (r *Room) stir() {
	clear(r.shared)
	r.rouse(LogMoved)
}

// rouse wakes everybody; r.mu is held.
func (r *Room) rouse(why Cause) {
	close(r.wake)
	r.wake = make(chan struct{})
	for f := range r.followers {
		f.Nudge(why)
	}
}

// restart goes on at the head of another history, which has nothing in common
// with what was followed behind cut. Every reader has to find its place again.
func (r *Room) restart(state chat.RoomState, cut chat.Cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring.drop()
	r.head, r.tag, r.floor = state.Head, state.HeadTag, state.Floor
	r.cut = cut
	r.history++
	r.stir()
}

// parted returns which history the room is in, and where it parted from the last.
func (r *Room) parted() (history int, cut chat.Cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.history, r.cut
}

// tip is the last event that was followed.
func (r *Room) tip() chat.Cursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	return chat.Cursor{Seq: r.head, Tag: r.tag}
}

// remembered are the cursors of the ring, oldest first.
func (r *Room) remembered() []chat.Cursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]chat.Cursor, len(r.ring.frames))
	for i, f := range r.ring.frames {
		list[i] = f.Cursor
	}
	return list
}

// raise takes note that retention has removed what stands up to a floor.
func (r *Room) raise(floor int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if floor <= r.floor {
		return
	}
	r.floor = floor
	if floor > r.head {
		r.head, r.tag = floor, 0
	}
	r.ring.raise(r.Slug, floor)
	clear(r.shared)
}

func (r *Room) at() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}

// after returns the frames behind a number of a history, where the ring has them
// all and has been followed at least up to the number known.
func (r *Room) after(history int, seq, known int64, most int) (*Stretch, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head < known || r.history != history {
		return nil, false
	}
	if seq >= r.head {
		return nothing, true
	}
	if s, ok := r.shared[seq]; ok && most == Batch {
		return s, true
	}
	frames, ok := r.ring.after(seq, most)
	if !ok {
		return nil, false
	}
	s := &Stretch{frames: frames}
	if most == Batch && len(r.shared) < sharedMost {
		r.shared[seq] = s
	}
	return s, true
}

// Join has a follower nudged from now on; Part ends it.
func (r *Room) Join(f Follower) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followers[f] = struct{}{}
}

// Part ends what Join began.
func (r *Room) Part(f Follower) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.followers, f)
}

// moved returns a channel that is closed when there may be something behind a
// number of a history.
func (r *Room) moved(history int, seq int64) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head > seq || r.history != history {
		return closed
	}
	return r.wake
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
