package feed_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
)

// The core of the feed under random schedules and a clock that costs no time:
// hints are lost, doubled and late, the tables are slow and sometimes fail,
// readers are slow, the ring holds five events, retention moves on. Each seed is
// one schedule. MARU_SEEDS says how many.
func TestSchedules(t *testing.T) {
	seeds := 1000
	if n, err := strconv.Atoi(os.Getenv("MARU_SEEDS")); err == nil {
		seeds = n
	}
	first := rand.Uint64()
	t.Logf("%d seeds from %d on", seeds, first)
	for i := range seeds {
		synctest.Test(t, func(t *testing.T) { schedule(t, first+uint64(i)) })
		if t.Failed() {
			t.Fatalf("seed %d", first+uint64(i))
		}
	}
}

// world is a room's log in memory, with everything that readers of it may see.
type world struct {
	mu     sync.Mutex
	rand   *rand.Rand
	events []chat.Event // the one with number n stands at n-1
	floor  int64
	texts  map[int64]int   // how often a message was edited; -1: deleted
	let    map[int64]int64 // up to which number a user was let in, again
}

const closedRoom = 1

func (w *world) chance(percent int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(100) < percent
}

func (w *world) pause(most time.Duration) {
	w.mu.Lock()
	d := time.Duration(w.rand.Int64N(int64(most)))
	w.mu.Unlock()
	time.Sleep(d)
}

var errAway = errors.New("the tables are away")

func (w *world) Heads(context.Context) (map[int64]chat.RoomState, error) {
	w.pause(5 * time.Millisecond)
	if w.chance(3) {
		return nil, errAway
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return map[int64]chat.RoomState{closedRoom: w.state()}, nil
}

func (w *world) state() chat.RoomState {
	head := int64(len(w.events))
	return chat.RoomState{Head: head, HeadTag: chat.Tag(head * 7), Floor: w.floor}
}

func (w *world) Made(context.Context, []string) (map[string]chat.Room, error) { return nil, nil }

func (w *world) EndingsAfter(context.Context, int64) ([]chat.Ending, int64, error) {
	return nil, 0, nil
}

func (w *world) Extracts(ctx context.Context, asked []chat.Extract) ([]chat.Extracted, error) {
	return extracts(ctx, w, asked)
}

func (w *world) Events(_ context.Context, _ chat.Room, after int64, limit int) ([]chat.Event, chat.RoomState, error) {
	w.pause(10 * time.Millisecond)
	if w.chance(3) {
		return nil, chat.RoomState{}, errAway
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []chat.Event
	for seq := max(after, w.floor) + 1; seq <= int64(len(w.events)) && len(out) < limit; seq++ {
		e := w.events[seq-1]
		if e.Ref > w.floor {
			e.Message = w.message(e.Ref)
		}
		out = append(out, e)
	}
	return out, w.state(), nil
}

func (w *world) ReadingAgain(_ context.Context, room chat.Room, user int64) (chat.Reading, error) {
	w.pause(5 * time.Millisecond)
	if w.chance(3) {
		return chat.Reading{}, errAway
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	member := true
	for _, e := range w.events {
		if e.User == user {
			member = e.Change == chat.Joined
		}
	}
	w.let[user] = int64(len(w.events))
	if !member {
		return chat.Reading{}, chat.NoSuchThing()
	}
	return chat.Reading{Room: room, RoomState: w.state(), Right: chat.Right{User: user, Member: true}}, nil
}

// Continue finds every cursor good: the world has one history.
func (w *world) Continue(_ context.Context, _ chat.Room, at chat.Cursor) (chat.Start, error) {
	return chat.Start{After: at}, nil
}

// message is a message as it stands: its text counts its edits.
func (w *world) message(seq int64) *chat.Message {
	if w.texts[seq] < 0 {
		return &chat.Message{Room: "r", Seq: seq, Deleted: true}
	}
	return &chat.Message{Room: "r", Seq: seq, Body: fmt.Sprintf("text-%d.", w.texts[seq])}
}

// commit appends one event of a random kind, and returns what a hint may say of it.
func (w *world) commit(members []int64) chat.Touch {
	w.mu.Lock()
	defer w.mu.Unlock()
	seq := int64(len(w.events)) + 1
	e := chat.Event{Cursor: chat.Cursor{Seq: seq, Tag: chat.Tag(seq * 7)}, RoomKind: chat.Closed}
	old := 1 + w.rand.Int64N(seq)
	_, known := w.texts[old]
	switch n := w.rand.IntN(20); {
	case n < 4 && known && w.texts[old] >= 0:
		e.Change, e.Ref = chat.Edited, old
		w.texts[old]++
	case n < 6 && known && w.texts[old] >= 0:
		e.Change, e.Ref = chat.Deleted, old
		w.texts[old] = -1
	case n == 6:
		user := members[w.rand.IntN(len(members))]
		e.Change, e.User, e.Member = chat.Removed, user, &chat.MemberChange{Room: "r", Change: chat.Removed}
	case n == 7:
		user := members[w.rand.IntN(len(members))]
		e.Change, e.User, e.Member = chat.Joined, user, &chat.MemberChange{Room: "r", Change: chat.Joined}
	case n == 8:
		e.Change, e.Member = chat.Profiled, &chat.MemberChange{Room: "r", Change: chat.Profiled}
	default:
		e.Change, e.Ref = chat.Posted, seq
		w.texts[seq] = 0
	}
	w.events = append(w.events, e)
	if w.rand.IntN(15) == 0 {
		w.floor = max(w.floor, seq-w.rand.Int64N(12)-1)
	}
	touch := chat.Touch{Room: closedRoom}
	if e.Change == chat.Posted && w.rand.IntN(4) > 0 {
		e.Message = w.message(seq)
		touch.Before, touch.Event = chat.Cursor{Seq: seq - 1, Tag: chat.Tag((seq - 1) * 7)}, &e
	}
	return touch
}

func schedule(t *testing.T, seed uint64) {
	w := &world{rand: rand.New(rand.NewPCG(seed, 0)), texts: map[int64]int{}, let: map[int64]int64{}}
	ctx, stop := context.WithCancel(t.Context())
	f, err := feed.New(ctx, w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f.Ring = 5
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	members := []int64{11, 12, 13, 14, 15, 16}
	written := make(chan struct{})
	running.Go(func() {
		defer close(written)
		for range 60 {
			w.pause(200 * time.Millisecond)
			hint := chat.Hint{Touches: []chat.Touch{w.commit(members)}, All: w.chance(20)}
			switch {
			case w.chance(30): // the hint is lost
			case w.chance(30):
				running.Go(func() { w.pause(2 * time.Second); f.Hint(hint) })
			default:
				f.Hint(hint)
				f.Hint(hint)
			}
		}
	})
	for _, user := range members {
		running.Go(func() {
			w.pause(4 * time.Second)
			walk(t, w, f, user, written)
		})
	}
	<-written
	time.Sleep(30 * time.Second)
	stop()
	running.Wait()
}

// walk is one reader from a random place to the end of its right, or of the log.
func walk(t *testing.T, w *world, f *feed.Feed, user int64, written <-chan struct{}) {
	w.mu.Lock()
	opened := chat.Reading{Room: chat.Room{ID: closedRoom, Slug: "r", Kind: chat.Closed}, RoomState: w.state(), Right: chat.Right{User: user, Member: true}}
	w.let[user] = opened.Head
	at := w.floor
	if opened.Head > w.floor {
		at += w.rand.Int64N(opened.Head - w.floor)
	}
	w.mu.Unlock()
	r := f.Open(opened, chat.Start{After: chat.Cursor{Seq: at}})
	defer r.Close()
	for !r.Ended() {
		known := max(f.At(closedRoom), w.letIn(user))
		frames, err := r.Next(context.Background(), 1+int(user%7))
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		for _, frame := range frames {
			at = w.check(t, frame, at, known, user)
		}
		if w.chance(20) {
			w.pause(3 * time.Second) // a slow reader
		}
		if len(frames) > 0 {
			continue
		}
		select {
		case <-r.Moved():
		case <-time.After(20 * time.Second):
			select {
			case <-written:
				if w.mu.Lock(); at != int64(len(w.events)) {
					t.Errorf("a reader stopped at %d of %d", at, len(w.events))
				}
				w.mu.Unlock()
				return
			default:
			}
		}
	}
}

// letIn is up to which number a user was let in.
func (w *world) letIn(user int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.let[user]
}

// check takes one frame of a reader that stood at a number, and returns where
// the reader stands then.
func (w *world) check(t *testing.T, f *feed.Frame, at, known, user int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.Name() {
	case "gap":
		if w.floor <= at {
			t.Errorf("a gap at %d, the floor is %d", at, w.floor)
		}
		var floor int64
		fmt.Sscanf(string(f.Data()), `{"room":"r","from":%d,"floor":%d}`, new(int64), &floor)
		return floor
	case "gone":
		// Either the last event took the right away, or one that retention has
		// removed since.
		if last := w.events[at-1]; (last.Change != chat.Removed || last.User != user || at <= w.let[user]) && at > w.floor {
			t.Errorf("gone after %d, which is %s of %d", at, last.Change, last.User)
		}
		return at
	}
	if f.Seq != at+1 {
		t.Errorf("after %d came %d", at, f.Seq)
	}
	if before := w.events[max(at, 1)-1]; at > w.let[user] && before.Change == chat.Removed && before.User == user {
		t.Errorf("%d came behind the end of the right at %d", f.Seq, at)
	}
	e := w.events[f.Seq-1]
	if e.Ref == 0 || f.Name() == "void" {
		return f.Seq
	}
	// What was edited or deleted before the feed had come so far, or before the
	// reader was let in, is shown as that.
	edits, deleted := 0, false
	for _, later := range w.events[:max(f.Seq, known)] {
		if later.Ref == e.Ref {
			edits += map[bool]int{true: 1}[later.Change == chat.Edited]
			deleted = deleted || later.Change == chat.Deleted
		}
	}
	shown := string(f.Data())
	if deleted && strings.Contains(shown, "text-") {
		t.Errorf("a deleted text at %d: %s", f.Seq, shown)
	}
	for old := range edits {
		if strings.Contains(shown, fmt.Sprintf("text-%d.", old)) {
			t.Errorf("an old text at %d: %s", f.Seq, shown)
		}
	}
	return f.Seq
}

// extracts answers from a log that knows only one room at a time.
func extracts(ctx context.Context, log feed.Log, asked []chat.Extract) (found []chat.Extracted, err error) {
	for _, ask := range asked {
		events, state, err := log.Events(ctx, ask.Room, ask.After, ask.Limit)
		if err != nil {
			return nil, err
		}
		found = append(found, chat.Extracted{Events: events, RoomState: state})
	}
	return found, nil
}
