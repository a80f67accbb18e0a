package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/chat"
)

// Log is what the feed reads.
type Log interface {
	// Heads returns where each room's log stands.
	Heads(ctx context.Context) (map[int64]chat.RoomState, error)
	// Events returns the events of a room after a number, at most limit, and
	// where the log stands.
	Events(ctx context.Context, room chat.Room, after int64, limit int) ([]chat.Event, chat.RoomState, error)
	// Extracts is Events for several rooms at once.
	Extracts(ctx context.Context, asked []chat.Extract) ([]chat.Extracted, error)
	// ReadingAgain lets a user in again to a room, by what the tables say now. It
	// refuses where the user may not read the room any more.
	ReadingAgain(ctx context.Context, room chat.Room, user int64) (chat.Reading, error)
	// Continue finds the place of a cursor in a log whose history may be another
	// than it was.
	Continue(ctx context.Context, room chat.Room, at chat.Cursor) (chat.Start, error)
	// Made returns those rooms, by their slugs, that have been made.
	Made(ctx context.Context, slugs []string) (map[string]chat.Room, error)
	// EndingsAfter returns the credentials that ended after a number, and the
	// newest number, which is smaller in tables that have lost the newest endings.
	EndingsAfter(ctx context.Context, after int64) ([]chat.Ending, int64, error)
}

const (
	// sweepEvery is how often the feed looks at all rooms without any hint.
	sweepEvery = time.Second
	// lookPause is the longest pause behind a look that took long.
	lookPause = 10 * time.Millisecond
	// roomKept is how long a room without readers is followed: who reloads a
	// page finds the ring as it was.
	roomKept = time.Minute
	// ringSize is how many events a room's ring holds.
	ringSize = 512
)

// Feed follows the logs of the rooms that have readers on this node.
type Feed struct {
	Ring int // how many events a room's ring holds; to be set before there are any

	log    Log
	logger *slog.Logger
	hinted chan struct{} // there is something in hint
	swept  atomic.Int64  // when the last sweep that went well began

	// Whom the feed tells what it sees.
	onTouched func([]chat.Touch)
	onSwept   func(map[int64]chat.RoomState)

	mu       sync.Mutex
	onEnding []func(chat.Ending)
	rooms    map[int64]*Room
	hint     chat.Hint // what Run has not looked at yet
	endings  int64     // the newest ending that was dealt with; Run's alone
	twins    int64     // how many rooms are kept beside another of their id
	known    int       // how many rooms there were at the last sweep; Run's alone
}

// New makes a feed of a log, which tells of the credentials that end from now on.
func New(ctx context.Context, log Log, logger *slog.Logger) (*Feed, error) {
	f := &Feed{
		Ring: ringSize, log: log, logger: logger, hinted: make(chan struct{}, 1), rooms: map[int64]*Room{},
		onTouched: func([]chat.Touch) {}, onSwept: func(map[int64]chat.RoomState) {},
	}
	f.swept.Store(time.Now().UnixNano())
	var err error
	_, f.endings, err = log.EndingsAfter(ctx, 0)
	return f, err
}

// OnEnding has ended called with each credential that ends, before those who were
// to hear of it so far: who forgets what was known of it comes before who looks
// at it again. It must not wait.
func (f *Feed) OnEnding(ended func(chat.Ending)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.onEnding = append([]func(chat.Ending){ended}, f.onEnding...)
}

// OnMove has touched called with what hints name, and swept with where all logs
// stand when the feed looks at all. Both are to be set before Run, and must not
// wait. What they are given is not changed any more.
func (f *Feed) OnMove(touched func([]chat.Touch), swept func(map[int64]chat.RoomState)) {
	f.onTouched, f.onSwept = touched, swept
}

// Hint tells the feed what may have been committed. It never waits.
func (f *Feed) Hint(h chat.Hint) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(h)
}

// add is Hint; f.mu is held.
func (f *Feed) add(h chat.Hint) {
	f.hint.Add(h)
	select {
	case f.hinted <- struct{}{}:
	default:
	}
}

// Awake reports whether anybody reads here.
func (f *Feed) Awake() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.rooms) > 0
}

// Run follows the logs until ctx ends: those that a hint names, and all of them
// once a second.
func (f *Feed) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for behind := false; ; {
		all := behind
		select {
		case <-ctx.Done():
			return
		case <-f.hinted:
		case <-tick.C:
			f.forget(time.Now())
			all = true
		}
		began := time.Now()
		err := f.look(ctx, all)
		switch {
		case err == nil && behind:
			f.logger.Info("following the logs again")
		case err == nil:
		case !behind && ctx.Err() == nil:
			// The next look tries again; readers wait, and miss nothing.
			f.logger.Error("following the logs", "error", err)
		}
		behind = err != nil
		// Where many rooms have to be read, that takes a while: the hints of as
		// long a while share the next look.
		if took := time.Since(began); took > time.Millisecond {
			time.Sleep(min(took, lookPause))
		}
	}
}

// Lag is how long ago the feed last looked at all rooms and had all that is new:
// at most a second, where all is well.
func (f *Feed) Lag() time.Duration { return time.Since(time.Unix(0, f.swept.Load())) }

// look looks at what was hinted at, or at all rooms. What a commit of this node
// has put behind the tip of a room, as the hint tells, needs no reading.
func (f *Feed) look(ctx context.Context, all bool) (err error) {
	f.mu.Lock()
	hint := f.hint
	f.hint = chat.Hint{}
	f.mu.Unlock()
	f.onTouched(hint.Touches)
	var behind []*Room
	named := map[*Room]bool{} // those behind, each of which is read once
	for touches := hint.Touches; len(touches) > 0; {
		n := 1
		for n < len(touches) && touches[n].Room == touches[0].Room {
			n++
		}
		if r := f.room(touches[0].Room); r != nil && !named[r] && !r.extend(touches[:n]) {
			named[r] = true
			behind = append(behind, r)
		}
		touches = touches[n:]
	}
	if all || hint.All {
		return f.sweep(ctx)
	}
	return f.follow(ctx, behind)
}

// room returns a room that is followed, or nil.
func (f *Feed) room(id int64) *Room {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rooms[id]
}

// sweep looks at all rooms once and reads what is new.
func (f *Feed) sweep(ctx context.Context) error {
	began := time.Now()
	ended, newest, err := f.log.EndingsAfter(ctx, f.endings)
	if err != nil {
		return err
	}
	for _, e := range ended {
		f.tell(e)
	}
	f.endings = newest
	held := f.held()
	if len(held) == 0 {
		f.swept.Store(began.UnixNano())
		return nil
	}
	heads, err := f.log.Heads(ctx)
	if err != nil {
		return err
	}
	f.onSwept(heads)
	if err := f.await(ctx, held, len(heads)); err != nil {
		return err
	}
	var behind []*Room
	for _, r := range held {
		if !r.Identity().Made() {
			continue
		}
		state, there := heads[r.Identity().ID]
		r.raise(state.Floor)
		switch tip := r.tip(); {
		case state.Head == tip.Seq && (tip.Tag == 0 || state.HeadTag == tip.Tag):
		case !there: // a copy from before the room took the tables' place
			r.restart(chat.RoomState{}, chat.Cursor{})
		default:
			behind = append(behind, r)
		}
	}
	if err := f.follow(ctx, behind); err != nil {
		return err
	}
	f.swept.Store(began.UnixNano())
	return nil
}

// followAtOnce is how many rooms are read at once.
const followAtOnce = 100

// follow reads what stands behind the tips of rooms. It reads the tips too, whose
// tags tell whether this is still the history that was followed: a database that
// took over from another may have lost the end of it.
func (f *Feed) follow(ctx context.Context, rooms []*Room) (err error) {
	for len(rooms) > 0 {
		some := rooms[:min(len(rooms), followAtOnce)]
		rooms = rooms[len(some):]
		asked := make([]chat.Extract, len(some))
		for i, r := range some {
			asked[i] = chat.Extract{Room: r.Identity(), After: max(0, r.at()-1), Limit: chat.MaxEvents}
		}
		found, failed := f.log.Extracts(ctx, asked)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		for i, r := range some {
			more, failed := f.take(ctx, r, found[i])
			err = errors.Join(err, failed)
			if more {
				rooms = append(rooms, r)
			}
		}
	}
	return err
}

// take puts behind a room's tip what was read from the tip on, and reports
// whether there is more.
func (f *Feed) take(ctx context.Context, r *Room, found chat.Extracted) (more bool, err error) {
	tip, events := r.tip(), found.Events
	r.raise(found.Floor)
	if tip.Seq > found.Floor {
		same := len(events) > 0 && events[0].Seq == tip.Seq && (tip.Tag == 0 || events[0].Tag == tip.Tag)
		if !same {
			return false, f.part(ctx, r, found.RoomState)
		}
		events = events[1:]
	} else if found.Head < tip.Seq {
		return false, f.part(ctx, r, found.RoomState)
	}
	r.append(events)
	return r.at() < found.Head && len(events) > 0, nil
}

// part goes on in another history. As far as the ring remembers the last one, it
// finds where both part.
func (f *Feed) part(ctx context.Context, r *Room, state chat.RoomState) error {
	var cut chat.Cursor
	if known := r.remembered(); len(known) > 0 {
		events, now, err := f.log.Events(ctx, r.Identity(), known[0].Seq-1, len(known))
		if err != nil {
			return err
		}
		state = now
		for i, e := range events {
			if i < len(known) && e.Cursor == known[i] {
				cut = e.Cursor
			}
		}
	}
	f.logger.Warn("the history of a room is another than it was", "room", r.Identity().ID, "followed", r.tip().String(), "common", cut.String(), "now", state.HeadCursor().String())
	r.restart(state, cut)
	return nil
}

func (f *Feed) held() []*Room {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]*Room, 0, len(f.rooms))
	for _, r := range f.rooms {
		list = append(list, r)
	}
	return list
}

// enter counts a reader into a room, which is followed from then on.
func (f *Feed) enter(of chat.Reading) *Room {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.meet(of.Room)
	r, ok := f.rooms[of.Room.ID]
	if !ok {
		r = newRoom(of, f.Ring)
		f.rooms[of.Room.ID] = r
	}
	r.mu.Lock()
	r.readers++
	r.mu.Unlock()
	if !ok && of.Room.Made() {
		// What was committed since the head was read had nobody to hint for.
		f.add(chat.Hint{Touches: []chat.Touch{{Room: r.ID}}})
	}
	return r
}

func (f *Feed) leave(r *Room) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.readers--; r.readers == 0 {
		r.empty = time.Now()
	}
}

// forget lets rooms go that have had no reader for a while, and bytes that were
// made for readers who stood at one place.
func (f *Feed) forget(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, r := range f.rooms {
		r.mu.Lock()
		clear(r.shared)
		r.tray = r.tray.Since(now.Add(-SignalKept))
		if r.readers == 0 && now.Sub(r.empty) > roomKept {
			delete(f.rooms, id)
		}
		r.mu.Unlock()
	}
}
