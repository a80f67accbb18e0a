package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// People are found who are in an open room, or with whom one shares another.
func TestUsers(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		people := map[string]chat.Actor{}
		for _, name := range []string{"mina", "open", "closed", "direct", "ended", "alone", "disabled", "한글"} {
			people[name] = testdb.User(t, s, name)
		}
		mina := people["mina"]
		in := func(slug string, kind chat.RoomKind, who chat.Actor, others ...int64) {
			t.Helper()
			if _, err := s.OpenRoom(ctx, who, chat.NewRoom{Slug: slug, Name: slug, Kind: kind, Members: others}); err != nil {
				t.Fatal(err)
			}
		}
		in("a", chat.Open, people["open"])
		in("b", chat.Closed, mina, people["closed"].ID, people["disabled"].ID, people["한글"].ID)
		in("c", chat.Closed, mina, people["ended"].ID)
		in("d", chat.Closed, people["alone"])
		if err := s.DeleteRoom(ctx, mina, "c"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.OpenDirect(ctx, people["direct"], "", []int64{mina.ID}); err != nil {
			t.Fatal(err)
		}
		disabled := true
		if _, err := s.Govern(ctx, mina, people["disabled"].ID, store.UserChanges{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		find := func(who chat.Actor, typed, want string) {
			t.Helper()
			users, err := s.Users(ctx, who, typed)
			if err != nil || users == nil {
				t.Fatal(users, err)
			}
			var got []string
			for _, u := range users {
				got = append(got, u.Name)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s looks for %q and finds %v, not %s", who.Name, typed, got, want)
			}
		}
		find(mina, "", "closed direct open 한글")
		find(people["alone"], "", "open")
		find(people["open"], "min", "")
		find(mina, "OPE", "open")
		find(mina, "o", "open closed")
		find(mina, "ㅎㄱ", "한글")
		find(mina, "ㅎ글", "한글")
		find(mina, "%", "")
		find(mina, "_", "")
		find(mina, `\`, "")
		// A name is looked for as it is now, whoever has changed it.
		if _, err := s.Rename(ctx, people["open"], "Zoë 가람"); err != nil {
			t.Fatal(err)
		}
		db.Must(`UPDATE users SET display_name = 'Élan' WHERE name = 'closed'`)
		find(mina, "zoë", "open")
		find(mina, "ㄱㄹ", "open")
		find(mina, "éla", "closed")
		find(mina, "op", "open")
		if got := db.Must(`SELECT count(*) FROM users WHERE search_key IS NULL`); got != "1" {
			t.Error(got)
		}
		for typed, kind := range map[string]chat.Kind{strings.Repeat("x", 65): chat.TooLarge, "a\xff": chat.Invalid, "a\x00": chat.Invalid} {
			if _, err := s.Users(ctx, mina, typed); chat.KindOf(err) != kind {
				t.Errorf("%.10q: %v", typed, err)
			}
		}
	})
}

// Of more people than are looked at, those whose names begin with what is sought
// are found.
func TestUsersAmongMany(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina, last := testdb.User(t, s, "mina"), testdb.User(t, s, "zz")
		if _, err := s.Rename(t.Context(), last, "xa"); err != nil {
			t.Fatal(err)
		}
		db.Must(`INSERT INTO users (name, name_key, display_name, search_key)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			SELECT 'ax' || i, 'ax' || i, 'ax' || i, '
ax' || i || '
ax' || i FROM n`)
		db.Must(`INSERT INTO members (room_id, user_id) SELECT 1, id FROM users`)
		users, err := s.Users(t.Context(), mina, "x")
		if err != nil || len(users) != 20 || users[0].ID != last.ID {
			t.Error(fmt.Sprint(users), err)
		}
	})
}
