package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// A copy, to the other kind of database and back, has the same rows, ids,
// numbers and tags, so a cursor that was good stays good; and it goes on from
// there.
func TestCopy(t *testing.T) {
	ctx := context.Background()
	first, firstDB := testdb.New(t)
	scene(t, first)
	mina := chat.Actor{User: chat.User{ID: 1, Name: "mina", Role: chat.ServerOwner}}
	for i := range 450 {
		if _, _, err := first.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint("한글 ", i, ` "quoted" \ 'x' `), Nonce: fmt.Sprint("c-", i)}); err != nil {
			t.Fatal(err)
		}
	}
	keep(t, first, mina, chat.Retention{Messages: 400})
	second, secondDB := testdb.NewPostgres(t)
	third, thirdDB := testdb.New(t)
	const state = `SELECT id, name, name_key, display_name, search_key, kind, role, created_at FROM users ORDER BY id;
		SELECT id, slug, kind, party, head, head_tag, floor, floor_tag, keep_messages, created_at, deleted_at FROM rooms ORDER BY id;
		SELECT room_id, user_id, role, joined_at, read_seq FROM members ORDER BY 1, 2;
		SELECT id, room_id, seq, tag, author_id, body, nonce, posted, reply_to, at, edited_at, deleted_at, reacted FROM messages ORDER BY id;
		SELECT room_id, seq, user_id, emoji, added FROM reactions ORDER BY added;
		SELECT author_id, room_id, nonce, seq, until FROM nonces ORDER BY nonce;
		SELECT room_id, seq, tag, kind, ref, user_id, role, room_kind, at FROM changes ORDER BY 1, 2;`
	want := firstDB.Must(state)
	tables := map[string]int64{}
	for _, step := range []struct {
		from, to *store.Store
		db       *testdb.DB
	}{{first, second, secondDB}, {second, third, thirdDB}} {
		err := upkeep.Copy(ctx, step.from.Database(), step.to.Database(), func(table string, rows int64, done bool) {
			if done {
				tables[table] = rows
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := step.db.Must(state); got != want {
			t.Errorf("%s has another state than it was copied from:\n%s\n---\n%s", step.db.Kind, got, want)
		}
		if tables["messages"] != 402 || tables["reactions"] != 1 || tables["counters"] != 2 || tables["users"] != 2 {
			t.Error(tables)
		}
		step.db.Audit()
	}
	if err := upkeep.Copy(ctx, first.Database(), third.Database(), func(string, int64, bool) {}); err == nil || !strings.Contains(err.Error(), "in use already") {
		t.Error("copied over what was there:", err)
	}
	for _, s := range []*store.Store{second, third} {
		m, fresh, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "on it goes", Nonce: "new"})
		if err != nil || !fresh || m.Seq != 456 {
			t.Error(m, fresh, err)
		}
		m, fresh, err = s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: `한글 449 "quoted" \ 'x' `, Nonce: "c-449"})
		if err == nil && fresh {
			t.Error("a nonce was forgotten", m)
		}
		testdb.User(t, s, "new here")
		if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Name: "new room", Kind: chat.Open}); err != nil {
			t.Error(err)
		}
	}
	secondDB.Audit()
	thirdDB.Audit()
	if out, err := secondDB.Shell(`INSERT INTO messages (room_id, author_id, body, seq) VALUES (1, 1, 'x', 9)`); err == nil {
		t.Error("the guards of the copy still sleep: ", out)
	}
	if out, err := thirdDB.Shell(`INSERT INTO messages (room_id, author_id, body, seq) VALUES (1, 1, 'x', 9)`); err == nil {
		t.Error("the guards of the copy still sleep: ", out)
	}
}
