package inbox

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"maru/internal/chat"
)

// Tables are what inboxes are made of.
type Tables interface {
	// Heads returns where each room's log stands.
	Heads(ctx context.Context) (map[int64]chat.RoomState, error)
	// Memberships returns the rooms that users are members of.
	Memberships(ctx context.Context, users []int64) ([]chat.Membership, error)
	// Moves returns what has become of rooms since events of their logs.
	Moves(ctx context.Context, since map[int64]chat.Cursor) ([]chat.Move, error)
}

// lookEvery is how often it is looked at most which rooms have moved.
const lookEvery = time.Second

// Inboxes are those of the users who read here. Their methods may be called from
// many goroutines, and do not wait for the tables.
type Inboxes struct {
	tables  Tables
	log     *slog.Logger
	moved   chan struct{} // of one place: rooms may have moved
	entered chan struct{} // of one place: somebody's inbox is not filled
	// known is the event of each room's log up to which it is known who has come and
	// gone; nil while nobody reads. It is Run's alone.
	known map[int64]chat.Cursor

	mu      sync.Mutex
	book    book
	touched map[int64]struct{}       // rooms that may have moved
	swept   map[int64]chat.RoomState // where all stood at a sweep, until that is dealt with
}

// New makes the inboxes of a node. Nobody reads one yet.
func New(tables Tables, log *slog.Logger) *Inboxes {
	return &Inboxes{
		tables: tables, log: log, moved: make(chan struct{}, 1), entered: make(chan struct{}, 1),
		book: newBook(), touched: map[int64]struct{}{},
	}
}

func rouse(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Touched says that rooms may have moved.
func (i *Inboxes) Touched(touches []chat.Touch) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.book.users) == 0 || len(touches) == 0 {
		return
	}
	for _, t := range touches {
		i.touched[t.Room] = struct{}{}
	}
	rouse(i.moved)
}

// Swept says where all rooms stand. The map is not changed any more.
func (i *Inboxes) Swept(heads map[int64]chat.RoomState) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.book.users) > 0 {
		i.swept = heads
		rouse(i.moved)
	}
}

// Run fills inboxes, and looks at what has moved at once where the last look is a
// second ago, until ctx ends.
func (i *Inboxes) Run(ctx context.Context) {
	next := time.NewTimer(0) // runs while there is no time to look again
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-i.entered:
		case <-next.C:
			select {
			case <-ctx.Done():
				return
			case <-i.entered:
			case <-i.moved:
			}
		}
		began := time.Now()
		asked, err := i.look(ctx)
		if err != nil && ctx.Err() == nil {
			i.log.Debug("looking at which rooms have moved", "error", err)
			rouse(i.moved) // the next look tries again
		}
		if next.Reset(0); asked {
			next.Reset(lookEvery - time.Since(began))
		}
	}
}

// look looks at the rooms that may have moved and at those of new users, and
// reports whether it had to ask the tables.
func (i *Inboxes) look(ctx context.Context) (asked bool, err error) {
	i.mu.Lock()
	touched, swept, reading := i.touched, i.swept, len(i.book.users) > 0
	i.touched, i.swept = map[int64]struct{}{}, nil
	i.mu.Unlock()
	if !reading {
		i.known = nil
		return false, nil
	}
	if i.known == nil {
		heads, err := i.tables.Heads(ctx)
		if err != nil {
			return true, err
		}
		i.known = make(map[int64]chat.Cursor, len(heads))
		for room, state := range heads {
			i.known[room] = state.HeadCursor()
		}
	} else if asked, err = i.follow(ctx, touched, swept); err != nil {
		return asked, err
	}
	filled, err := i.fill(ctx)
	return asked || filled, err
}

// follow asks what has become of the rooms that have moved.
func (i *Inboxes) follow(ctx context.Context, touched map[int64]struct{}, swept map[int64]chat.RoomState) (asked bool, err error) {
	since := map[int64]chat.Cursor{}
	for room := range touched {
		since[room] = i.known[room]
	}
	for room, state := range swept {
		if at, ok := i.known[room]; !ok || state.HeadCursor() != at {
			since[room] = at
		}
	}
	if len(since) == 0 {
		return false, nil
	}
	moves, err := i.tables.Moves(ctx, since)
	if err != nil {
		return true, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.book.count++
	for _, m := range moves {
		i.known[m.Room.ID] = m.Head
		i.book.move(m)
	}
	i.book.tell()
	return true, nil
}

// fill reads the rooms of those whose inboxes are not filled.
func (i *Inboxes) fill(ctx context.Context) (asked bool, err error) {
	i.mu.Lock()
	users := i.book.unfilled()
	i.mu.Unlock()
	if len(users) == 0 {
		return false, nil
	}
	list, err := i.tables.Memberships(ctx, users)
	if err != nil {
		return true, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.book.fill(users, list)
	return true, nil
}

// Reader reads a user's inbox.
type Reader struct {
	of    *Inboxes
	box   *box
	look  int64 // the last one that was read of
	wake  func()
	moved atomic.Bool
}

// Enter begins to read a user's inbox. wake is called when there may be something
// in it; it must not wait. Leave must be called at the end.
func (i *Inboxes) Enter(user int64, wake func()) *Reader {
	i.mu.Lock()
	defer i.mu.Unlock()
	r := &Reader{of: i, box: i.book.users[user], wake: wake}
	if r.box == nil {
		r.box = &box{user: user}
		i.book.users[user] = r.box
		rouse(i.entered)
	}
	r.moved.Store(r.box.filled)
	r.box.readers = append(r.box.readers, r)
	return r
}

// Leave ends what Enter began.
func (r *Reader) Leave() {
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	r.box.readers = slices.DeleteFunc(r.box.readers, func(other *Reader) bool { return other == r })
	if len(r.box.readers) == 0 {
		r.of.book.drop(r.box)
	}
}

// Moved reports whether Next may have something.
func (r *Reader) Moved() bool { return r.moved.Load() }

// Next returns the user's rooms that have moved, or have become his, since it was
// asked last; at first all. It is the caller's own.
func (r *Reader) Next() []chat.InboxRoom {
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	r.moved.Store(false)
	book := &r.of.book
	if !r.box.filled || book.stale {
		return nil
	}
	var list []chat.InboxRoom
	for _, room := range r.box.rooms {
		if room.moved > r.look && !room.deleted {
			list = append(list, room.InboxRoom)
		}
	}
	r.look = book.count
	slices.SortFunc(list, func(a, b chat.InboxRoom) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
