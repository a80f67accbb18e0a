package feed_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/store"
	"maru/internal/testdb"
)

// Whoever waits for a page's room hears all of it from number 1 on, whether he came
// before it was made, was let in before and came after, or finds somebody there
// who came later; and whether a hint names the room or not.
func TestPageIsBound(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx, stop := context.WithCancel(context.Background())
		f, err := feed.New(ctx, s, testdb.Logger(t))
		if err != nil {
			t.Fatal(err)
		}
		site := chat.Site{Name: "shop", Origins: []string{"https://shop.example"}, Pages: true}
		page, err := site.Page("https://shop.example/a")
		if err != nil {
			t.Fatal(err)
		}
		mina := testdb.User(t, s, "mina")
		mina.Reach = site.Reach()
		nobody := chat.Actor{Reach: site.Reach()}
		let := func(actor chat.Actor) (chat.Reading, chat.Start) {
			t.Helper()
			reading, start, err := s.Resume(ctx, actor, page.Slug, chat.Position{From: chat.FromNewest})
			if err != nil {
				t.Fatal(err)
			}
			return reading, start
		}
		say := func(body string) {
			t.Helper()
			if _, _, err := s.PostMessage(ctx, mina, page.Slug, chat.Draft{Body: body, Page: page}); err != nil {
				t.Fatal(err)
			}
		}
		early, start := let(nobody)
		if early.Room.Made() || early.Head != 0 || early.Member {
			t.Fatal(early)
		}
		readers := []*feed.Reader{f.Open(early, start)}
		say("first")
		made, start := let(mina)
		if !made.Room.Made() || made.Head != 2 {
			t.Fatal(made)
		}
		readers = append(readers, f.Open(made, start), f.Open(early, chat.Start{})) // the last was let in before
		for i, r := range readers {
			if same := r.Room() == readers[0].Room(); same != (i < 2) {
				t.Errorf("reader %d stands in the room of the first: %v", i, same)
			}
			defer r.Close()
		}
		var running sync.WaitGroup
		running.Go(func() { f.Run(ctx) })
		defer running.Wait()
		defer stop()
		got := make([][]int64, len(readers))
		until := func(last int64) {
			t.Helper()
			for i, r := range readers {
				for len(got[i]) == 0 || got[i][len(got[i])-1] < last {
					frames, err := r.Next(ctx, 10)
					if err != nil {
						t.Fatal(i, err)
					}
					for _, frame := range frames {
						got[i] = append(got[i], frame.Seq)
					}
					if len(frames) > 0 {
						continue
					}
					select {
					case <-r.Moved():
					case <-time.After(10 * time.Second):
						t.Fatalf("reader %d has %v", i, got[i])
					}
				}
			}
		}
		say("second")
		running.Go(func() { s.Watch(ctx, f.Awake, f.Hint) })
		say("third")
		until(4)
		say("fourth")
		until(5)
		for i, seqs := range got {
			if !slices.Equal(seqs, []int64{1, 2, 3, 4, 5}) {
				t.Errorf("reader %d has %v", i, seqs)
			}
		}
		db.Audit()
	})
}
