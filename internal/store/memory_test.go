package store_test

import (
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// Who has shown a credential is known again, and not a moment longer than it is
// good, whoever ends it; and one kind is never taken for the other.
func TestCredentialsAreForgotten(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := t.Context()
		owner, mina := testdb.User(t, s, "owner"), testdb.User(t, s, "mina")
		hear(t, s)
		session, secret := chat.HashSecret("a"), chat.HashSecret("b")
		if err := s.OpenSession(ctx, mina.ID, session, ""); err != nil {
			t.Fatal(err)
		}
		token, err := s.MakeToken(ctx, mina, "x", secret)
		if err != nil {
			t.Fatal(err)
		}
		good := func(what string, want bool) {
			t.Helper()
			for range 2 { // from the tables, and from memory
				a, err := s.ActorOfSession(ctx, session)
				b, err2 := s.ActorOfToken(ctx, secret)
				if (err == nil) != want || (err2 == nil) != want {
					t.Fatal(what, err, err2)
				}
				if want && (a.ID != mina.ID || b.ID != mina.ID || b.Credential != chat.TokenCredential(token.ID)) {
					t.Fatal(what, a, b)
				}
				if _, err := s.ActorOfToken(ctx, session); err == nil {
					t.Fatal(what, ": a session was taken for a token")
				}
				if _, err := s.ActorOfSession(ctx, secret); err == nil {
					t.Fatal(what, ": a token was taken for a session")
				}
			}
		}
		good("at first", true)
		if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "x"}); err != nil {
			t.Fatal(err)
		}
		good("after a post", true)
		if _, err := s.Rename(ctx, mina, "Mina M"); err != nil {
			t.Fatal(err)
		}
		if a, err := s.ActorOfToken(ctx, secret); err != nil || a.DisplayName != "Mina M" {
			t.Error("after a new name", a, err)
		}
		where := s
		if db.Kind == "postgres" {
			where = db.Open() // another node
		}
		disabled := true
		if _, err := where.Govern(ctx, owner, mina.ID, store.UserChanges{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		good("after the account was disabled", false)
	})
}

// A store that has written nothing yet remembers like any other.
func TestCredentialsOfAReopenedStore(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina := testdb.User(t, s, "mina")
		session := chat.HashSecret("a")
		if err := s.OpenSession(t.Context(), mina.ID, session, ""); err != nil {
			t.Fatal(err)
		}
		again := db.Open()
		for range 2 {
			if a, err := again.ActorOfSession(t.Context(), session); err != nil || a.ID != mina.ID {
				t.Fatal(a, err)
			}
		}
	})
}

// A head is remembered while nothing is committed, and no longer: not past a post,
// a right that ended, or what another program wrote.
func TestHeadIsForgotten(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := t.Context()
		owner, mina := testdb.User(t, s, "owner"), testdb.User(t, s, "mina")
		hear(t, s)
		room, err := s.OpenRoom(ctx, owner, chat.NewRoom{Slug: "attic", Name: "Attic", Kind: chat.Closed, Members: []int64{mina.ID}})
		if err != nil {
			t.Fatal(err)
		}
		head := func(want int64) {
			t.Helper()
			for range 2 { // from the tables, and from memory
				at, err := s.Head(ctx, mina, room.Slug)
				if err != nil || at.Seq != want {
					t.Fatal(at, err, "instead of", want)
				}
			}
		}
		head(2)
		if _, _, err := s.PostMessage(ctx, owner, room.Slug, chat.Draft{Body: "x"}); err != nil {
			t.Fatal(err)
		}
		head(3)
		db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (2, 1, 'from elsewhere')`)
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if at, err := s.Head(ctx, mina, room.Slug); err != nil || at.Seq > 3 {
				break
			}
		}
		head(4)
		if err := s.RemoveMember(ctx, owner, room.Slug, mina.ID); err != nil {
			t.Fatal(err)
		}
		if at, err := s.Head(ctx, mina, room.Slug); chat.KindOf(err) != chat.NotFound {
			t.Error("after the removal", at, err)
		}
	})
}
