package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// Nine shells write at once beside the store, some of them killed in the
// middle: whatever was committed is numbered, and a reader that follows sees
// each number once, in order.
func TestStrangersTogether(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		testdb.User(t, s, "bora")
		room := chat.Room{ID: 1, Slug: "lobby"}
		seed := uint64(time.Now().UnixNano())
		t.Log("seed", seed)
		var all sync.WaitGroup
		for w := range 9 {
			all.Go(func() { shell(t, db, w, rand.New(rand.NewPCG(seed, uint64(w)))) })
		}
		all.Go(func() {
			for i := range 200 {
				if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint("post ", i)}); err != nil {
					t.Error(err)
				}
			}
		})
		stop := make(chan struct{})
		followed := make(chan int64)
		go func() {
			var at int64
			for ended := false; ; {
				events, state, err := s.Events(ctx, room, at, 7)
				if err != nil {
					t.Error(err)
					break
				}
				for _, e := range events {
					if e.Seq != at+1 {
						t.Errorf("after %d came %d", at, e.Seq)
					}
					if e.Name() == "void" {
						t.Errorf("nothing stands at %d", e.Seq)
					}
					at = e.Seq
				}
				if ended && at == state.Head {
					break
				}
				select {
				case <-stop:
					ended = true
				default:
				}
			}
			followed <- at
		}()
		all.Wait()
		close(stop)
		at := <-followed
		if got := db.Must(`SELECT head FROM rooms WHERE id = 1`); got != fmt.Sprint(at) {
			t.Errorf("followed to %d, the head is %s", at, got)
		}
		db.Audit()
	})
}

// shell writes some hundred rows through one long run of the database's shell;
// every third is killed before it has ended.
func shell(t *testing.T, db *testdb.DB, w int, r *rand.Rand) {
	var b strings.Builder
	begin, ignored := "BEGIN IMMEDIATE", "INSERT OR IGNORE INTO messages (room_id, author_id, body) VALUES (1, 2, '');\n"
	if db.Kind == "postgres" {
		begin, ignored = "BEGIN", "INSERT INTO messages (room_id, author_id, body) SELECT 1, 2, '' WHERE false ON CONFLICT DO NOTHING;\n"
	}
	for i := range 60 {
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&b, "UPDATE messages SET body = 'edited %d' WHERE id = (SELECT max(id) - %d FROM messages) AND deleted_at IS NULL;\n", i, r.IntN(20))
		case 1:
			fmt.Fprintf(&b, "DELETE FROM messages WHERE id = (SELECT max(id) - %d FROM messages);\n", r.IntN(20))
		case 2:
			b.WriteString(begin + "; INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'undone'); ROLLBACK;\n")
		case 3:
			b.WriteString(ignored)
		default:
			fmt.Fprintf(&b, "INSERT INTO messages (room_id, author_id, body) VALUES (1, %d, 'shell %d %d');\n", 1+r.IntN(2), w, i)
		}
	}
	cmd := db.Command()
	cmd.Stdin = strings.NewReader(b.String())
	if w%3 != 0 {
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("shell %d: %v %s", w, err, out)
		}
		return
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return
	}
	time.Sleep(time.Duration(5+r.IntN(150)) * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
}

// heard collects the hints of a store.
type heard struct {
	mu    sync.Mutex
	hints []chat.Hint
}

func hear(t *testing.T, s *store.Store) *heard {
	ctx, cancel := context.WithCancel(context.Background())
	h := &heard{}
	var watching sync.WaitGroup
	watching.Go(func() {
		err := s.Watch(ctx, func() bool { return true }, func(hint chat.Hint) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.hints = append(h.hints, hint)
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); watching.Wait() })
	return h
}

// take waits until there is a hint that is asked for, lets the others that come
// with it come, and returns all of them.
func (h *heard) take(t *testing.T, what string, asked func(chat.Hint) bool) []chat.Hint {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		h.mu.Lock()
		found := slices.ContainsFunc(h.hints, asked)
		h.mu.Unlock()
		if found {
			break
		}
		if time.Now().After(end) {
			t.Fatal("no hint of ", what)
		}
	}
	time.Sleep(50 * time.Millisecond)
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.hints
	h.hints = nil
	return all
}

// unread is whether a hint makes room 1 be read.
func unread(h chat.Hint) bool {
	return h.All || slices.ContainsFunc(h.Touches, func(t chat.Touch) bool { return t.Room == 1 && t.Event == nil })
}

// Watch notices what a stranger commits, and brings what the store posts.
func TestWatch(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina := testdb.User(t, s, "mina")
		post := func() *chat.Message {
			m, _, err := s.PostMessage(t.Context(), mina, "lobby", chat.Draft{Body: "x"})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		post() // joins
		h := hear(t, s)
		h.take(t, "what was there before", unread)
		db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'x')`)
		h.take(t, "a stranger's row", unread)
		var posted []chat.Touch
		for range 3 {
			m := post()
			hints := h.take(t, "a post", func(h chat.Hint) bool {
				return slices.ContainsFunc(h.Touches, func(t chat.Touch) bool { return t.Event != nil && t.Event.Seq == m.Seq })
			})
			for _, hint := range hints {
				posted = append(posted, hint.Touches...)
			}
		}
		page, err := s.Messages(t.Context(), mina, "lobby", chat.PageRequest{Limit: 4})
		if err != nil || len(posted) != 3 {
			t.Fatal(err, posted)
		}
		for i, touch := range posted {
			if seq := page.Messages[i].Seq; touch.Before.Seq != seq || touch.Event.Seq != seq+1 {
				t.Errorf("the post behind %d came as %+v", seq, touch)
			}
			if !reflect.DeepEqual(touch.Event.Message, page.Messages[i+1]) {
				t.Errorf("a hint brings %+v, the tables %+v", *touch.Event.Message, *page.Messages[i+1])
			}
			if i > 0 && touch.Before != posted[i-1].Event.Cursor {
				t.Errorf("the post before %+v is %+v", touch, posted[i-1].Event.Cursor)
			}
		}
		db.Must(`SELECT * FROM messages`)
		time.Sleep(100 * time.Millisecond)
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.hints) > 0 {
			t.Error("a hint of nothing: ", h.hints)
		}
	})
}

// A stranger's row is noticed among any number of own posts.
func TestWatchBusy(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina := testdb.User(t, s, "mina")
		h := hear(t, s)
		stop := make(chan struct{})
		var posting sync.WaitGroup
		for range 4 {
			posting.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, _, err := s.PostMessage(context.Background(), mina, "lobby", chat.Draft{Body: "x"}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		defer posting.Wait()
		defer close(stop)
		h.take(t, "what was there before", unread)
		for range 8 {
			db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'stranger')`)
			h.take(t, "a stranger's row", unread)
		}
	})
}

// The numbers of one transaction that writes many rows are whole, whatever else it
// does with the room, and takes back, between them.
func TestManyRowsOfOneTransaction(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina := testdb.User(t, s, "mina")
		db.Must(`CREATE TABLE nine (n bigint); INSERT INTO nine VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)`)
		const many = `INSERT INTO messages (room_id, author_id, body) SELECT 1, 1, 'row' FROM nine a, nine b, nine c; `
		db.Must(`BEGIN; ` + many + `UPDATE rooms SET topic = 'moved' WHERE id = 1; ` + many +
			`SAVEPOINT before; UPDATE rooms SET topic = 'never' WHERE id = 1; ` + many + `ROLLBACK TO SAVEPOINT before; ` + many +
			`UPDATE messages SET body = 'edited' WHERE seq < 100; DELETE FROM messages WHERE seq < 50; COMMIT; DROP TABLE nine`)
		room, err := s.Room(t.Context(), mina, "lobby")
		if want := int64(3*729 + 1 + 99 + 49); err != nil || room.Head != want || room.Topic != "moved" {
			t.Error(room, err, "want the number", want)
		}
		db.Audit()
	})
}
