package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// However many ask for the room of a party, at however many nodes, one is made
// and everybody is given it.
func TestOneDirectRoom(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		nodes := []*store.Store{s, db.Open()}
		people := []chat.Actor{testdb.User(t, s, "mina"), testdb.User(t, s, "bora"), testdb.User(t, s, "cho")}
		var ids []int64
		for _, p := range people {
			ids = append(ids, p.ID)
		}
		for round := range 5 {
			// Each round its own party: the three, and one more.
			party := append(slices.Clone(ids), testdb.User(t, s, fmt.Sprint("guest", round)).ID)
			var fresh atomic.Int64
			var slugs sync.Map
			var all sync.WaitGroup
			for i := range 24 {
				all.Go(func() {
					room, made, err := nodes[i%2].OpenDirect(ctx, people[i%3], "", party)
					if err != nil {
						t.Error(err)
						return
					}
					if made {
						fresh.Add(1)
					}
					slugs.Store(room.Slug, true)
				})
			}
			all.Wait()
			different := 0
			slugs.Range(func(any, any) bool { different++; return true })
			if fresh.Load() != 1 || different != 1 {
				t.Errorf("%d were made, and there are %d", fresh.Load(), different)
			}
		}
		if got := db.Must(`SELECT count(*) FROM rooms WHERE kind = 'direct'; SELECT count(*) FROM members`); got != "5\n20" {
			t.Error(got)
		}
		db.Audit()
	})
}

func TestDirectRooms(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora, cho := testdb.User(t, s, "mina"), testdb.User(t, s, "bora"), testdb.User(t, s, "cho")
		open := func(actor chat.Actor, wantFresh bool, others ...int64) chat.RoomView {
			t.Helper()
			room, fresh, err := s.OpenDirect(ctx, actor, "", others)
			if err != nil || fresh != wantFresh {
				t.Fatal(room, fresh, err)
			}
			return room
		}
		with := func(room chat.RoomView) (names string) {
			for _, u := range room.With {
				names += u.DisplayName + " "
			}
			return names
		}
		first := open(bora, true, mina.ID)
		if first.Name != "" || first.Kind != chat.Direct || first.Role != chat.RoomOwner || first.Head != 2 || with(first) != "mina " {
			t.Errorf("%+v", first)
		}
		if again := open(mina, false, bora.ID, bora.ID, mina.ID); again.Slug != first.Slug || with(again) != "bora " || again.Role != chat.RoomMember {
			t.Errorf("%+v", again)
		}
		three := open(mina, true, cho.ID, bora.ID)
		alone := open(mina, true)
		if three.Slug == first.Slug || with(three) != "bora cho " || alone.Slug == first.Slug || alone.With == nil || with(alone) != "" {
			t.Errorf("%+v %+v", three, alone)
		}
		// The list has them, each under those whom it is with, with what is unread.
		if _, _, err := s.PostMessage(ctx, bora, first.Slug, chat.Draft{Body: "안녕"}); err != nil {
			t.Fatal(err)
		}
		rooms, err := s.Rooms(ctx, mina)
		if err != nil || len(rooms) != 4 {
			t.Fatal(rooms, err)
		}
		for _, r := range rooms {
			want := map[string]string{first.Slug: "bora ", three.Slug: "bora cho "}[r.Slug]
			unread := map[string]int{first.Slug: 1}[r.Slug]
			if with(r) != want || r.Unread != unread || (r.With == nil) != (r.Slug == "lobby") {
				t.Errorf("%+v", r)
			}
		}
		if rooms, err := s.Rooms(ctx, cho); err != nil || len(rooms) != 2 || with(rooms[0]) != "mina bora " {
			t.Error(rooms, err)
		}
		// Whoever is in it stays who is in it.
		for what, err := range map[string]error{
			"adding":      second(s.SetMember(ctx, bora, first.Slug, cho.ID, "")),
			"a role":      second(s.SetMember(ctx, bora, first.Slug, mina.ID, chat.RoomModerator)),
			"removing":    s.RemoveMember(ctx, bora, first.Slug, mina.ID),
			"by an admin": s.RemoveMember(ctx, mina, first.Slug, bora.ID),
		} {
			if chat.KindOf(err) != chat.Forbidden {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := s.SetMember(ctx, cho, first.Slug, cho.ID, ""); chat.KindOf(err) != chat.NotFound {
			t.Error("joining:", err)
		}
		// Behind a leaving the room is the one of those who are left, and no
		// longer that of the party.
		if err := s.RemoveMember(ctx, mina, three.Slug, mina.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Room(ctx, mina, three.Slug); chat.KindOf(err) != chat.NotFound {
			t.Error("who left still sees the room:", err)
		}
		if left, err := s.Room(ctx, cho, three.Slug); err != nil || with(left) != "bora " {
			t.Error(left, err)
		}
		if pair := open(cho, true, bora.ID); pair.Slug == three.Slug {
			t.Error("what is left of a room is given as that of another party")
		}
		if anew := open(mina, true, bora.ID, cho.ID); anew.Slug == three.Slug {
			t.Error("who left was put back")
		}
		if err := s.DeleteRoom(ctx, bora, first.Slug); err != nil {
			t.Fatal(err)
		}
		if anew := open(mina, true, bora.ID); anew.Slug == first.Slug {
			t.Error("a deleted room was opened")
		}
		db.Audit()
		if a, err := upkeep.Verify(ctx, s.Database()); err != nil || len(a.Faults) > 0 {
			t.Error(a.Faults, err)
		}
	})
}

// Who can't be in a direct room is named, and nothing is left of the try; a room
// that is there is given whatever has become of its members.
func TestDirectRoomsWithNobody(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora, cho := testdb.User(t, s, "mina"), testdb.User(t, s, "bora"), testdb.User(t, s, "cho")
		there, _, err := s.OpenDirect(ctx, mina, "", []int64{cho.ID})
		if err != nil {
			t.Fatal(err)
		}
		disabled := true
		if _, err := s.Govern(ctx, mina, cho.ID, store.UserChanges{Disabled: &disabled}); err != nil {
			t.Fatal(err)
		}
		before := db.Must(`SELECT count(*) FROM rooms; SELECT count(*) FROM members; SELECT count(*) FROM changes`)
		var seventeen []int64
		for i := range int64(17) {
			seventeen = append(seventeen, i+1)
		}
		for _, test := range []struct {
			others []int64
			kind   chat.Kind
		}{
			{[]int64{bora.ID, 99}, chat.NotFound}, {[]int64{bora.ID, cho.ID}, chat.NotFound}, {[]int64{0}, chat.Invalid}, {seventeen, chat.TooLarge},
		} {
			if _, _, err := s.OpenDirect(ctx, mina, "", test.others); err == nil || chat.KindOf(err) != test.kind {
				t.Errorf("with %v: %v", test.others, err)
			}
		}
		if after := db.Must(`SELECT count(*) FROM rooms; SELECT count(*) FROM members; SELECT count(*) FROM changes`); after != before {
			t.Errorf("something was left: %q, then %q", before, after)
		}
		if room, fresh, err := s.OpenDirect(ctx, mina, "", []int64{cho.ID}); err != nil || fresh || room.Slug != there.Slug {
			t.Error(room, fresh, err)
		}
		db.Audit()
	})
}
