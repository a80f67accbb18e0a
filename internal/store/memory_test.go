package store_test

import (
	"testing"

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
