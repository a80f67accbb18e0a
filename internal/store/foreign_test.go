package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// Watch notices what a stranger commits.
func TestWatch(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		testdb.User(t, s, "mina")
		ctx, cancel := context.WithCancel(context.Background())
		hints := make(chan struct{}, 1000)
		var watching sync.WaitGroup
		watching.Go(func() {
			err := s.Watch(ctx, func() bool { return true }, func() { hints <- struct{}{} })
			if err != nil {
				t.Error(err)
			}
		})
		defer watching.Wait()
		defer cancel()
		hinted := func(what string) {
			t.Helper()
			select {
			case <-hints:
			case <-time.After(5 * time.Second):
				t.Fatal("no hint of ", what)
			}
			time.Sleep(50 * time.Millisecond)
			for len(hints) > 0 {
				<-hints
			}
		}
		hinted("what was there before")
		db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'x')`)
		hinted("a stranger's row")
		if _, _, err := s.PostMessage(ctx, chat.Actor{User: chat.User{ID: 1}}, "lobby", chat.Draft{Body: "x"}); err != nil {
			t.Fatal(err)
		}
		hinted("a post")
		db.Must(`SELECT * FROM messages`)
		select {
		case <-hints:
			t.Error("a hint of nothing")
		case <-time.After(100 * time.Millisecond):
		}
	})
}
