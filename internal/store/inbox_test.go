package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// Of each room it is told where it stands, and who has come and gone behind an
// event; and where that event is not in the log any more, that nobody can tell.
func TestMoves(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		for i := range 120 { // 2 to 121
			if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: fmt.Sprint("r", i), Name: "r", Kind: chat.Closed, Members: []int64{bora.ID}}); err != nil {
				t.Fatal(err)
			}
		}
		moves := func(since map[int64]chat.Cursor) []chat.Move {
			t.Helper()
			list, err := s.Moves(ctx, since)
			if err != nil || len(list) != len(since) {
				t.Fatal(list, err)
			}
			return list
		}
		all := map[int64]chat.Cursor{1000: {Seq: 4, Tag: 5}}
		for id := int64(2); id <= 121; id++ {
			all[id] = chat.Cursor{}
		}
		joined := []chat.MemberMove{{User: mina.ID, Member: true}, {User: bora.ID, Member: true}}
		for i, m := range moves(all) {
			switch {
			case i == 120:
				if !m.Deleted || m.Room.ID != 1000 {
					t.Errorf("%+v", m)
				}
			case m.Room != (chat.InboxRoom{ID: int64(i + 2), Slug: fmt.Sprint("r", i), Head: 2}), m.Deleted, m.Parted, !slices.Equal(m.Members, joined):
				t.Errorf("%+v", m)
			}
		}
		at := moves(map[int64]chat.Cursor{2: {}})[0].Head
		for range 3 {
			if _, _, err := s.PostMessage(ctx, bora, "r0", chat.Draft{Body: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.RemoveMember(ctx, bora, "r0", bora.ID); err != nil {
			t.Fatal(err)
		}
		left := []chat.MemberMove{{User: bora.ID}}
		if m := moves(map[int64]chat.Cursor{2: at})[0]; m.Room.Head != 6 || m.Parted || !slices.Equal(m.Members, left) {
			t.Errorf("%+v", m)
		}
		if m := moves(map[int64]chat.Cursor{2: {Seq: 5}})[0]; !slices.Equal(m.Members, left) {
			t.Errorf("%+v", m)
		}
		for _, other := range []chat.Cursor{{Seq: at.Seq, Tag: at.Tag ^ 1}, {Seq: 7, Tag: 1}} {
			if m := moves(map[int64]chat.Cursor{2: other})[0]; !m.Parted {
				t.Errorf("behind %s: %+v", other, m)
			}
		}
		keep := chat.RoomChanges{Retention: &chat.Retention{Messages: 1}}
		if _, err := s.ChangeRoom(ctx, mina, "r0", keep); err != nil {
			t.Fatal(err)
		}
		if err := upkeep.RetainNow(ctx, s.Database(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if m := moves(map[int64]chat.Cursor{2: at})[0]; !m.Parted {
			t.Errorf("behind the floor: %+v", m)
		}
		if err := s.DeleteRoom(ctx, mina, "r1"); err != nil {
			t.Fatal(err)
		}
		if m := moves(map[int64]chat.Cursor{3: {}})[0]; !m.Deleted {
			t.Errorf("%+v", m)
		}

		ids := []int64{99999}
		for i := range 60 {
			ids = append(ids, testdb.User(t, s, fmt.Sprint("user", i)).ID)
		}
		list, err := s.Memberships(ctx, append(ids, bora.ID))
		if err != nil || len(list) != 118 {
			t.Fatal(len(list), err)
		}
		for _, m := range list {
			if m.User != bora.ID || m.Room.Head != 2 || m.Room.ID < 4 {
				t.Errorf("%+v", m)
			}
		}
	})
}
