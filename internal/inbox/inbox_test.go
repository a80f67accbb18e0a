package inbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/inbox"
	"maru/internal/store"
	"maru/internal/testdb"
)

// desk is the inboxes of one node, woken by a feed as in a server.
type desk struct {
	t     *testing.T
	db    *testdb.DB
	boxes *inbox.Inboxes
}

func newDesk(t *testing.T, s *store.Store, db *testdb.DB, somebody chat.Actor) *desk {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	d := &desk{t, db, inbox.New(s, testdb.Logger(t))}
	f, err := feed.New(ctx, s, testdb.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	f.OnMove(d.boxes.Touched, d.boxes.Swept)
	reading, start, err := s.Resume(ctx, somebody, chat.Lobby, chat.Position{})
	if err != nil {
		t.Fatal(err)
	}
	f.Open(reading, start) // the feed looks at all rooms where somebody reads
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	running.Go(func() { d.boxes.Run(ctx) })
	running.Go(func() { s.Watch(ctx, f.Awake, f.Hint) })
	t.Cleanup(func() { stop(); running.Wait() })
	return d
}

// tray is what one who reads has been told.
type tray struct {
	user chat.Actor
	stop func()

	mu   sync.Mutex
	told []chat.InboxRoom
}

// read reads a user's inbox until the test ends.
func (d *desk) read(user chat.Actor) *tray {
	ctx, cancel := context.WithCancel(context.Background())
	r := &tray{user: user}
	wake := make(chan struct{}, 1)
	box := d.boxes.Enter(user.ID, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	var running sync.WaitGroup
	running.Go(func() {
		defer box.Leave()
		for {
			if box.Moved() {
				rooms := box.Next()
				r.mu.Lock()
				r.told = append(r.told, rooms...)
				r.mu.Unlock()
			}
			select {
			case <-wake:
			case <-ctx.Done():
				return
			}
		}
	})
	r.stop = func() { cancel(); running.Wait() }
	d.t.Cleanup(r.stop)
	return r
}

// has reports whether the last that was told of each of the user's rooms is where
// it stands.
func (d *desk) has(r *tray) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := map[string]string{}
	for _, room := range r.told {
		last[room.Slug] = fmt.Sprint(room.Head)
	}
	rooms := d.db.Must(fmt.Sprintf(`SELECT r.slug || ' ' || r.head FROM rooms r JOIN members m ON m.room_id = r.id WHERE m.user_id = %d AND r.deleted_at IS NULL`, r.user.ID))
	for line := range strings.Lines(rooms) {
		if slug, head, _ := strings.Cut(strings.TrimSpace(line), " "); last[slug] != head {
			return false
		}
	}
	return true
}

func (d *desk) wait(what string, is func() bool) {
	d.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("after 20 s it is not so that %s", what)
		}
	}
}

// Whatever people do, by the store and past it: at rest everybody has been told
// where each of his rooms stands, and nobody ever of a room at a number at which
// he was no member.
func TestInboxes(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		seed := rand.Uint64()
		t.Log("seed", seed)
		dice := rand.New(rand.NewPCG(seed, 0))
		var people []chat.Actor
		for i := range 5 {
			people = append(people, testdb.User(t, s, fmt.Sprint("user", i)))
		}
		d := newDesk(t, s, db, people[0])
		var readers []*tray
		for step := range 250 {
			if step%50 == 0 {
				readers = append(readers, d.read(people[len(readers)]))
			}
			d.command(s, dice, people, step)
			time.Sleep(time.Duration(dice.IntN(20)) * time.Millisecond)
			if again := readers[dice.IntN(len(readers))]; step%40 == 39 {
				again.stop()
				readers = append(readers, d.read(again.user))
				readers = slices.DeleteFunc(readers, func(r *tray) bool { return r == again })
			}
		}
		told := 0
		for _, r := range readers {
			d.wait("everybody knows where his rooms stand", func() bool { return d.has(r) })
			r.stop()
			d.check(r)
			d.same(r.user)
			told += len(r.told)
		}
		if told == 0 { // one alone may be in rooms that were all deleted before he came
			t.Error("nobody was told anything")
		}
	})
}

// same waits until a new reader is told of the rooms that are the user's, and of no
// others. One of which somebody has just gone may be told of until the next look.
func (d *desk) same(user chat.Actor) {
	d.t.Helper()
	d.wait("a new reader is told of his rooms alone", func() bool {
		r := d.read(user)
		defer r.stop()
		d.wait("a new reader knows where the rooms stand", func() bool { return d.has(r) })
		r.mu.Lock()
		defer r.mu.Unlock()
		return d.db.Must(fmt.Sprintf(`SELECT count(*) FROM rooms r JOIN members m ON m.room_id = r.id
			WHERE m.user_id = %d AND r.deleted_at IS NULL`, user.ID)) == fmt.Sprint(len(r.told))
	})
}

// command does one thing in one of a few rooms.
func (d *desk) command(s *store.Store, dice *rand.Rand, people []chat.Actor, step int) {
	d.t.Helper()
	ctx := context.Background()
	slug := fmt.Sprint("room-", dice.IntN(6))
	who, other := people[dice.IntN(len(people))], people[dice.IntN(len(people))]
	var err error
	switch dice.IntN(12) {
	case 0, 1:
		_, err = s.OpenRoom(ctx, who, chat.NewRoom{Slug: slug, Name: slug, Kind: []chat.RoomKind{chat.Open, chat.Closed}[dice.IntN(2)], Members: []int64{other.ID}})
	case 2:
		_, err = s.SetMember(ctx, people[0], slug, other.ID, "")
	case 3:
		err = s.RemoveMember(ctx, people[0], slug, other.ID)
	case 4:
		err = s.RemoveMember(ctx, who, slug, who.ID)
	case 5:
		if dice.IntN(6) == 0 {
			err = s.DeleteRoom(ctx, people[0], slug)
		}
	case 6:
		d.db.Must(fmt.Sprintf(`INSERT INTO members (room_id, user_id) SELECT id, %[1]d FROM rooms WHERE slug = '%[2]s' AND deleted_at IS NULL AND kind <> 'direct'
			AND NOT EXISTS (SELECT 1 FROM members WHERE room_id = rooms.id AND user_id = %[1]d)`, other.ID, slug))
	case 7:
		d.db.Must(fmt.Sprintf(`DELETE FROM members WHERE user_id = %d AND room_id = (SELECT id FROM rooms WHERE slug = '%s' AND deleted_at IS NULL)`, other.ID, slug))
	default:
		_, _, err = s.PostMessage(ctx, who, slug, chat.Draft{Body: fmt.Sprint("step ", step)})
	}
	if kind := chat.KindOf(err); err != nil && kind != chat.NotFound && kind != chat.Forbidden && kind != chat.Conflict {
		d.t.Fatal(err)
	}
}

// check holds what was told against the logs.
func (d *desk) check(r *tray) {
	d.t.Helper()
	for _, room := range r.told {
		last := d.db.Must(fmt.Sprintf(`SELECT kind FROM changes WHERE room_id = %d AND user_id = %d AND seq <= %d AND kind IN ('joined', 'left', 'removed') ORDER BY seq DESC LIMIT 1`,
			room.ID, r.user.ID, room.Head))
		if last != "joined" {
			d.t.Errorf("user %d was told of %s at %d, and is %q there", r.user.ID, room.Slug, room.Head, last)
		}
	}
}

// After a failover that has lost the end of a log, and after a time without tables,
// everything is told that is so then.
func TestInboxesBegin(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		d := newDesk(t, s, db, mina)
		for _, slug := range []string{"a", "b"} {
			if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: slug, Name: slug, Kind: chat.Closed, Members: []int64{bora.ID}}); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				if _, _, err := s.PostMessage(ctx, bora, slug, chat.Draft{Body: "x"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		r := d.read(bora)
		d.wait("bora knows where the rooms stand", func() bool { return d.has(r) })
		db.LoseTail(2, 4)
		d.wait("bora knows that a room stands where it did", func() bool { return d.has(r) })
		r.mu.Lock()
		again := slices.IndexFunc(r.told, func(room chat.InboxRoom) bool { return room.Slug == "a" && room.Head == 4 })
		if again < 0 || !slices.ContainsFunc(r.told[again-1:], func(room chat.InboxRoom) bool { return room.Slug == "b" }) {
			t.Errorf("bora was told %v", r.told)
		}
		r.mu.Unlock()
		if db.Kind == "postgres" {
			back := db.Away()
			time.Sleep(1500 * time.Millisecond)
			back()
		}
		d.wait("one can post", func() bool {
			_, _, err := s.PostMessage(ctx, bora, "b", chat.Draft{Body: "y", Nonce: "n"})
			return err == nil
		})
		d.wait("bora knows of the new message", func() bool { return d.has(r) })
		if err := s.RemoveMember(ctx, mina, "b", bora.ID); err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		r.told = nil
		r.mu.Unlock()
		if _, _, err := s.PostMessage(ctx, mina, "b", chat.Draft{Body: "not for bora"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2500 * time.Millisecond)
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.told) > 0 {
			t.Errorf("bora was told %+v", r.told)
		}
	})
}

// A replica that stopped behind is promoted, and its log goes on beyond where the
// other's had been: whoever was removed in the lost part is a member still.
func TestInboxesFailOver(t *testing.T) {
	t.Parallel()
	pair := testdb.NewPair(t)
	s := pair.Open()
	ctx := context.Background()
	mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
	if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: "a", Name: "a", Kind: chat.Closed, Members: []int64{bora.ID}}); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, s, nil, mina)
	r := d.read(bora)
	last := func() int64 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.told) == 0 {
			return 0
		}
		return r.told[len(r.told)-1].Head
	}
	post := func() {
		d.wait("a post is stored", func() bool {
			_, _, err := s.PostMessage(ctx, mina, "a", chat.Draft{Body: "x"})
			return err == nil
		})
	}
	post()
	d.wait("bora knows of it", func() bool { return last() == 3 })
	pair.Copy()
	if err := s.RemoveMember(ctx, mina, "a", bora.ID); err != nil {
		t.Fatal(err)
	}
	post()
	time.Sleep(2500 * time.Millisecond)
	if last() != 3 {
		t.Errorf("bora was told of %d", last())
	}
	pair.FailOver()
	for range 5 {
		post()
	}
	d.wait("bora, who is a member again, knows of the new ones", func() bool { return last() >= 8 })
}
