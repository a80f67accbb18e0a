package feed_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/store"
	"maru/internal/testdb"
)

// Without a single hint everything still comes: at the next sweep.
func TestSweepAlone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx, stop := context.WithCancel(context.Background())
		f, err := feed.New(ctx, s, testdb.Logger(t))
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(func() { f.Run(ctx) })
		defer running.Wait()
		defer stop()
		mina := testdb.User(t, s, "mina")
		walk := reader(t, s, f, mina, chat.Position{From: chat.FromHead})
		defer walk.Close()
		if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x"}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-walk.Moved():
		case <-time.After(10 * time.Second):
			t.Fatal("nothing came without a hint")
		}
		frames, err := walk.Next(ctx, 10)
		if err != nil || len(frames) != 2 || frames[1].Name() != "message" {
			t.Fatal(frames, err)
		}
	})
}

// A reader that falls far behind the ring reads the tables, and holds nobody up.
func TestSlowReader(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx, stop := context.WithCancel(context.Background())
		f, err := feed.New(ctx, s, testdb.Logger(t))
		if err != nil {
			t.Fatal(err)
		}
		f.Ring = 5
		var running sync.WaitGroup
		running.Go(func() { f.Run(ctx) })
		running.Go(func() { s.Watch(ctx, f.Awake, f.Hint) })
		defer running.Wait()
		defer stop()
		mina := testdb.User(t, s, "mina")
		slow, quick := reader(t, s, f, mina, chat.Position{}), reader(t, s, f, mina, chat.Position{})
		defer slow.Close()
		defer quick.Close()
		const posts = 100
		for range posts {
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		drain := func(r *feed.Reader, most int) (seen int) {
			for r.Cursor().Seq < posts+1 {
				<-r.Moved()
				frames, err := r.Next(ctx, most)
				if err != nil {
					t.Fatal(err)
				}
				for _, frame := range frames {
					if seen++; frame.Seq != int64(seen) {
						t.Fatalf("number %d came as number %d", frame.Seq, seen)
					}
				}
			}
			return seen
		}
		if n := drain(quick, 64); n != posts+1 {
			t.Error(n)
		}
		if n := drain(slow, 3); n != posts+1 {
			t.Error(n)
		}
	})
}

// A room that several commits name at once is read once, and its history is still
// the one that it was.
func TestNamedTwice(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx, stop := context.WithCancel(context.Background())
		var mu sync.Mutex
		var said strings.Builder
		log := slog.New(slog.NewTextHandler(writing(func(p []byte) {
			mu.Lock()
			defer mu.Unlock()
			said.Write(p)
		}), nil))
		f, err := feed.New(ctx, s, log)
		if err != nil {
			t.Fatal(err)
		}
		mina := testdb.User(t, s, "mina")
		db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'before')`)
		walk := reader(t, s, f, mina, chat.Position{From: chat.FromHead})
		defer walk.Close()
		db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'x')`)
		f.Hint(chat.Hint{Touches: []chat.Touch{{Room: 1}, {Room: 2}, {Room: 1}}})
		var running sync.WaitGroup
		running.Go(func() { f.Run(ctx) })
		defer running.Wait()
		defer stop()
		<-walk.Moved()
		for _, want := range []string{"message", ""} {
			frames, err := walk.Next(ctx, 10)
			if err != nil || len(frames) > 1 || len(frames) == 0 != (want == "") || want != "" && frames[0].Name() != want {
				t.Fatal(want, frames, err)
			}
			time.Sleep(200 * time.Millisecond)
		}
		mu.Lock()
		defer mu.Unlock()
		if said.Len() > 0 {
			t.Error("the feed says ", said.String())
		}
	})
}

// writing is a writer that calls itself.
type writing func(p []byte)

func (w writing) Write(p []byte) (int, error) { w(p); return len(p), nil }
