package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// reactions writes those of a message in short.
func reactions(m *chat.Message) string {
	var words []string
	for _, r := range m.Reactions {
		words = append(words, r.Emoji+strings.Trim(fmt.Sprint(r.Users), "[]"))
	}
	return strings.Join(words, ", ")
}

func TestReactions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora, cho := testdb.User(t, s, "mina"), testdb.User(t, s, "bora"), testdb.User(t, s, "cho")
		for _, body := range []string{"one", "two"} { // 2 and 3
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: body}); err != nil {
				t.Fatal(err)
			}
		}
		head := func() int64 {
			t.Helper()
			r, err := s.Room(ctx, mina, "lobby")
			if err != nil {
				t.Fatal(err)
			}
			return r.Head
		}
		// did checks that something has succeeded, has added so many events, and has
		// left the message with these reactions.
		at := head()
		did := func(what string, err error, events int64, want string) {
			t.Helper()
			m, missing := s.Message(ctx, mina, "lobby", 2)
			if err != nil || missing != nil {
				t.Fatal(what, err, missing)
			}
			if now := head(); reactions(m) != want || now != at+events {
				t.Errorf("%s: %d events and %q, want %d and %q", what, now-at, reactions(m), events, want)
			}
			at = head()
		}
		did("the first", s.React(ctx, mina, "lobby", 2, "👍"), 1, "👍1")
		did("again", s.React(ctx, mina, "lobby", 2, "👍"), 0, "👍1")
		did("who is not in the room joins", s.React(ctx, bora, "lobby", 2, "❤"), 2, "👍1, ❤️2")
		did("in another form", s.React(ctx, bora, "lobby", 2, "❤️"), 0, "👍1, ❤️2")
		did("a third", s.React(ctx, cho, "lobby", 2, "👍"), 2, "👍1 3, ❤️2")
		did("the other, too", s.React(ctx, cho, "lobby", 2, "❤️"), 1, "👍1 3, ❤️2 3")
		did("taken back", s.Unreact(ctx, mina, "lobby", 2, "👍"), 1, "❤️2 3, 👍3")
		did("taken back again", s.Unreact(ctx, mina, "lobby", 2, "👍"), 0, "❤️2 3, 👍3")
		did("what was never there", s.Unreact(ctx, mina, "lobby", 2, "👎"), 0, "❤️2 3, 👍3")
		did("once more", s.React(ctx, mina, "lobby", 2, "👍"), 1, "❤️2 3, 👍3 1")
		if err := s.RemoveMember(ctx, cho, "lobby", cho.ID); err != nil {
			t.Fatal(err)
		}
		at = head()
		did("again by who has left", s.React(ctx, cho, "lobby", 2, "👍"), 0, "❤️2 3, 👍3 1")
		did("taken back by who has left", s.Unreact(ctx, cho, "lobby", 2, "👍"), 1, "❤️2 3, 👍1")
		if view, err := s.Room(ctx, cho, "lobby"); err != nil || view.Member {
			t.Error("taking a reaction back joined:", view, err)
		}
		for what, test := range map[string]struct {
			err  error
			kind chat.Kind
		}{
			"letters":               {s.React(ctx, mina, "lobby", 2, "yes"), chat.Invalid},
			"two emoji":             {s.React(ctx, mina, "lobby", 2, "👍👍"), chat.Invalid},
			"letters, taken back":   {s.Unreact(ctx, mina, "lobby", 2, "yes"), chat.Invalid},
			"no message":            {s.React(ctx, mina, "lobby", 99, "👍"), chat.NotFound},
			"a joining":             {s.React(ctx, mina, "lobby", 1, "👍"), chat.NotFound},
			"no message taken back": {s.Unreact(ctx, mina, "lobby", 99, "👍"), chat.NotFound},
			"no room":               {s.React(ctx, mina, "nowhere", 2, "👍"), chat.NotFound},
		} {
			if test.err == nil || chat.KindOf(test.err) != test.kind {
				t.Errorf("%s: %v", what, test.err)
			}
		}
		// An edit leaves them, a deletion takes them for good.
		_, err := s.EditMessage(ctx, mina, "lobby", 2, "edited")
		did("an edit", err, 1, "❤️2 3, 👍1")
		did("a deletion", s.DeleteMessage(ctx, mina, "lobby", 2), 1, "")
		if err := s.React(ctx, mina, "lobby", 2, "👍"); chat.KindOf(err) != chat.NotFound {
			t.Error("a reaction to a deleted message:", err)
		}
		did("taken back from a deleted message", s.Unreact(ctx, bora, "lobby", 2, "❤️"), 0, "")
		if got := db.Must(`SELECT count(*) FROM reactions; SELECT sum(reacted) FROM messages`); got != "0\n0" {
			t.Error(got)
		}
		db.Audit()
		if a, err := upkeep.Verify(ctx, s.Database()); err != nil || len(a.Faults) > 0 {
			t.Error(a.Faults, err)
		}
	})
}

// Only so many different emoji fit below a message, whoever adds them; more
// people may use those that are there.
func TestManyReactions(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x"}); err != nil {
			t.Fatal(err)
		}
		emoji := func(i int) string { return string(rune('😀' + i)) }
		for i := range chat.MaxReactions {
			if err := s.React(ctx, []chat.Actor{mina, bora}[i%2], "lobby", 2, emoji(i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.React(ctx, mina, "lobby", 2, "👍"); chat.KindOf(err) != chat.TooLarge {
			t.Error("one more:", err)
		}
		if out, err := db.Shell(`INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 1, '👍')`); err == nil || !strings.Contains(out, "at most 20 different") {
			t.Error("one more by a stranger:", out)
		}
		if err := s.React(ctx, bora, "lobby", 2, emoji(0)); err != nil {
			t.Error("one that is there:", err)
		}
		db.Must(`INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 1, '😁')`)
		if err := s.Unreact(ctx, mina, "lobby", 2, emoji(2)); err != nil {
			t.Fatal(err)
		}
		if err := s.React(ctx, mina, "lobby", 2, "👍"); err != nil {
			t.Error("one in the place of another:", err)
		}
		db.Audit()
	})
}

// However many react at once, at however many nodes, each reaction is there
// once, and stands once in the log.
func TestReactionsTogether(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		nodes := []*store.Store{s, db.Open()}
		mina := testdb.User(t, s, "mina")
		if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x"}); err != nil {
			t.Fatal(err)
		}
		const people = 8
		var all sync.WaitGroup
		for p := range people {
			actor := testdb.User(t, s, fmt.Sprint("person", p))
			for n := range 4 {
				all.Go(func() {
					for _, emoji := range []string{"👍", "❤️", "😀"} {
						if err := nodes[n%2].React(ctx, actor, "lobby", 2, emoji); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		all.Wait()
		m, err := s.Message(ctx, mina, "lobby", 2)
		if err != nil || len(m.Reactions) != 3 {
			t.Fatal(m, err)
		}
		for _, r := range m.Reactions {
			if len(r.Users) != people {
				t.Error(r)
			}
		}
		if got := db.Must(`SELECT count(*) FROM changes WHERE kind = 'react'; SELECT count(*) FROM changes WHERE kind = 'joined'`); got != fmt.Sprint(3*people, "\n", people+1) {
			t.Error(got)
		}
		db.Audit()
	})
}

// Reactions are read with the page, the list of rooms and the log alike, for as
// many messages as there are, and retention takes them with their messages.
func TestReactionsAreRead(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		testdb.User(t, s, "bora")
		db.Must(`INSERT INTO messages (room_id, author_id, body) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) SELECT 1, 1, 'x' FROM n`)
		db.Must(`INSERT INTO reactions (room_id, seq, user_id, emoji) SELECT 1, seq, 2, '👍' FROM messages WHERE seq % 2 = 0 ORDER BY seq`)
		db.Must(`INSERT INTO reactions (room_id, seq, user_id, emoji) SELECT 1, seq, 1, '👍' FROM messages WHERE seq % 4 = 0 ORDER BY seq`)
		want := func(seq int64) string {
			return []string{"👍2 1", "", "👍2", ""}[seq%4]
		}
		page, err := s.Messages(ctx, mina, "lobby", chat.PageRequest{Limit: 200, After: 1})
		if err != nil || len(page.Messages) != 200 {
			t.Fatal(len(page.Messages), err)
		}
		for _, m := range page.Messages {
			if reactions(m) != want(m.Seq) {
				t.Errorf("%d: %s", m.Seq, reactions(m))
			}
		}
		if rooms, err := s.Rooms(ctx, mina); err != nil || reactions(rooms[0].Last) != want(250) {
			t.Error(rooms, err)
		}
		events, _, err := s.Events(ctx, chat.Room{ID: 1, Slug: "lobby"}, 0, 1000)
		if err != nil || len(events) != 250+125+62 {
			t.Fatal(len(events), err)
		}
		for _, e := range events {
			if e.Message == nil || e.Message.Seq != e.Ref || reactions(e.Message) != want(e.Ref) {
				t.Errorf("%d: %+v", e.Seq, e)
			}
		}
		keep(t, s, mina, chat.Retention{Messages: 10})
		if got := db.Must(`SELECT min(seq), count(*) FROM reactions; SELECT count(*) FROM messages`); got != "242|7\n10" {
			t.Error(got)
		}
		events, _, err = s.Events(ctx, chat.Room{ID: 1, Slug: "lobby"}, 240, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.Ref <= 240 && e.Name() != "void" || e.Ref > 240 && reactions(e.Message) != want(e.Ref) {
				t.Errorf("%d: %+v", e.Seq, e)
			}
		}
		db.Audit()
		if a, err := upkeep.Verify(ctx, s.Database()); err != nil || len(a.Faults) > 0 {
			t.Error(a.Faults, err)
		}
	})
}
