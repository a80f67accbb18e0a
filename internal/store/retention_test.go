package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

func keep(t *testing.T, s *store.Store, actor chat.Actor, r chat.Retention) {
	t.Helper()
	if _, err := s.ChangeRoom(context.Background(), actor, "lobby", chat.RoomChanges{Retention: &r}); err != nil {
		t.Fatal(err)
	}
	if err := upkeep.RetainNow(context.Background(), s.Database(), time.Now()); err != nil {
		t.Fatal(err)
	}
}

// The newest N messages stay, the numbers stay whole, and what a change was
// about that is gone is a number with nothing to show.
func TestRetentionByCount(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		say := func(n int) {
			t.Helper()
			for i := range n {
				if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint(i), Nonce: fmt.Sprint("n", i)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		say(10) // 2 to 11; 1 is the joining
		if _, err := s.EditMessage(ctx, mina, "lobby", 3, "edited"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EditMessage(ctx, mina, "lobby", 9, "edited"); err != nil {
			t.Fatal(err)
		}
		keep(t, s, mina, chat.Retention{Messages: 5})
		events, state, err := s.Events(ctx, chat.Room{ID: 1, Slug: "lobby"}, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := describe(events), "message:7:5 message:8:6 message:9:edited:edited message:10:8 message:11:9 void message:9:edited:edited"; got != want || state.Floor != 6 {
			t.Errorf("floor %d: %q, want %q", state.Floor, got, want)
		}
		if got := db.Must(`SELECT count(*) FROM messages WHERE seq <= 6; SELECT count(*) FROM changes WHERE seq <= 6; SELECT count(*) FROM nonces`); got != "0\n0\n5" {
			t.Error(got)
		}
		page, err := s.Messages(ctx, mina, "lobby", chat.PageRequest{Limit: 50})
		if err != nil || len(page.Messages) != 5 || page.Floor != 6 {
			t.Error(page, err)
		}
		for what, err := range map[string]error{
			"reading":  second(s.Message(ctx, mina, "lobby", 3)),
			"editing":  second(s.EditMessage(ctx, mina, "lobby", 3, "x")),
			"deleting": s.DeleteMessage(ctx, mina, "lobby", 3),
		} {
			if chat.KindOf(err) != chat.NotFound {
				t.Errorf("%s what is gone: %v", what, err)
			}
		}
		if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x", ReplyTo: 3}); chat.KindOf(err) != chat.Invalid {
			t.Error("a reply to what is gone:", err)
		}
		// A nonce outlives its message.
		m, fresh, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "1", Nonce: "n1"})
		if err != nil || fresh || m.Seq != 3 || !m.Deleted || m.Body != "" || m.Author.ID != mina.ID {
			t.Error(m, fresh, err)
		}
		if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "other", Nonce: "n1"}); chat.KindOf(err) != chat.Conflict {
			t.Error(err)
		}
		if out, err := db.Shell(`INSERT INTO messages (room_id, author_id, body, nonce) VALUES (1, 1, 'x', 'n1')`); err == nil || !strings.Contains(out, "nonce is used already") {
			t.Error(out, err)
		}
		db.Must(`UPDATE nonces SET until = 5 WHERE nonce = 'n1'`)
		keep(t, s, mina, chat.Retention{Messages: 5})
		if m, fresh, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "1", Nonce: "n1"}); err != nil || !fresh {
			t.Error(m, fresh, err)
		}
		keep(t, s, mina, chat.Retention{})
		say(3)
		if got := db.Must(`SELECT floor FROM rooms WHERE id = 1`); got != "6" {
			t.Error("a room that keeps everything has the floor", got)
		}
		db.Audit()
	})
}

// By age a prefix goes: what is old but stands behind something young stays.
func TestRetentionByAge(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina := testdb.User(t, s, "mina")
		day := 24 * time.Hour.Milliseconds()
		now := time.Now().UnixMilli()
		for _, age := range []int64{40, 31, 29, 35, 2} {
			db.Must(fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body, at) VALUES (1, 1, 'age %d', %d)`, age, now-age*day))
		}
		keep(t, s, mina, chat.Retention{Days: 30})
		if got := db.Must(`SELECT body FROM messages ORDER BY seq; SELECT floor FROM rooms WHERE id = 1`); got != "age 29\nage 35\nage 2\n2" {
			t.Error(got)
		}
		keep(t, s, mina, chat.Retention{Days: 1})
		if got := db.Must(`SELECT count(*) FROM messages; SELECT floor FROM rooms WHERE id = 1`); got != "0\n5" {
			t.Error(got)
		}
		db.Audit()
		if _, _, err := s.PostMessage(context.Background(), mina, "lobby", chat.Draft{Body: "new"}); err != nil {
			t.Fatal(err)
		}
		db.Audit()
	})
}

// A deletion that was broken off between raising the floor and removing the rows
// is finished; nobody was shown the rows meanwhile.
func TestRetentionIsFinished(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		for i := range 6 {
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		db.Must(`UPDATE rooms SET floor = 4, floor_tag = (SELECT tag FROM messages WHERE seq = 4) WHERE id = 1`)
		page, err := s.Messages(ctx, mina, "lobby", chat.PageRequest{Limit: 50})
		if err != nil || len(page.Messages) != 3 {
			t.Error(len(page.Messages), err)
		}
		if err := upkeep.RetainNow(ctx, s.Database(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if got := db.Must(`SELECT count(*) FROM messages; SELECT count(*) FROM changes`); got != "3\n0" {
			t.Error(got)
		}
		db.Audit()
	})
}

// While retention removes tens of thousands of rows, a post waits for one chunk
// at most: far less than all of it takes.
func TestRetentionLetsPostsPass(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		for range 20 {
			db.Must(`INSERT INTO messages (room_id, author_id, body)
				WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT 1, 1, 'row ' || i FROM n`)
		}
		if _, err := s.ChangeRoom(ctx, mina, "lobby", chat.RoomChanges{Retention: &chat.Retention{Messages: 10}}); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		began := time.Now()
		var took time.Duration
		all.Go(func() {
			if err := upkeep.RetainNow(ctx, s.Database(), time.Now()); err != nil {
				t.Error(err)
			}
			took = time.Since(began)
		})
		passed := 0
		for len(db.Must(`SELECT count(*) FROM messages`)) > 2 {
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x"}); err != nil {
				t.Fatal(err)
			}
			passed++
		}
		all.Wait()
		if passed < 5 {
			t.Errorf("only %d posts passed in %v", passed, took)
		}
		db.Audit()
	})
}

// The rows of a deleted room go when nobody can be reading them any more; its
// last event stays.
func TestDeletedRoomIsEmptied(t *testing.T) {
	now := time.Now()
	s, err := store.Open(context.Background(), store.Options{Dir: t.TempDir(), Log: testdb.Logger(t), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	mina := testdb.User(t, s, "mina")
	if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: "r", Name: "r", Kind: chat.Open}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.PostMessage(ctx, mina, "r", chat.Draft{Body: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteRoom(ctx, mina, "r"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"member:mina:joined:owner message:2:x room:r::open", "room:r::open"} {
		if err := upkeep.RetainNow(ctx, s.Database(), now); err != nil {
			t.Fatal(err)
		}
		events, _, err := s.Events(ctx, chat.Room{ID: 2, Slug: "r"}, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(events); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		now = now.Add(2 * time.Hour)
	}
}
