package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/search"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// house is a Maru whose messages are searched.
type house struct {
	testing.TB
	*store.Store
	*testdb.DB
	index *search.Index
}

// each runs a test in an empty house on each kind of database.
func each(t *testing.T, test func(h *house)) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		test(&house{t, s, db, search.New(s, testdb.Logger(t))})
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// post posts a message and returns its number.
func (h *house) post(by chat.Actor, room, body string) int64 {
	h.Helper()
	m, _, err := h.PostMessage(h.Context(), by, room, chat.Draft{Body: body})
	h.must(err)
	return m.Seq
}

// catchUp brings the index to where the logs are, and checks it.
func (h *house) catchUp() {
	h.Helper()
	h.must(h.index.CatchUp(h.Context()))
	faults, err := h.index.Faults(h.Context())
	h.must(err)
	if len(faults) > 0 {
		h.Fatalf("the index is not what the messages are: %d faults\n%s", len(faults), strings.Join(faults[:min(10, len(faults))], "\n"))
	}
}

// find returns the hits of a question, each as room:number.
func (h *house) find(by chat.Actor, ask chat.Question) string {
	h.Helper()
	var list []string
	for {
		hits, err := h.index.Find(h.Context(), by, ask)
		h.must(err)
		for _, hit := range hits.Hits {
			if hit.Message.Deleted || !slices.Equal(hit.Marks, search.Marks(ask.Text, hit.Message.Body)) {
				h.Fatalf("%q gives %+v", ask.Text, hit)
			}
			list = append(list, fmt.Sprint(hit.Message.Room, ":", hit.Message.Seq))
		}
		if hits.Next == 0 {
			return strings.Join(list, " ")
		}
		if len(hits.Hits) != chat.SearchPage {
			h.Fatalf("a page of %d hits is followed by another", len(hits.Hits))
		}
		ask.Before = hits.Next
	}
}

// expect fails the test where a question has other hits than these.
func (h *house) expect(by chat.Actor, question, want string) {
	h.Helper()
	if got := h.find(by, chat.Question{Text: question}); got != want {
		h.Errorf("%q finds %q, want %q", question, got, want)
	}
}

// A message is found as it stands: edited by its new text, deleted not at all.
func TestFollowsEdits(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		first, second := h.post(mina, "lobby", "바닷가 사진"), h.post(mina, "lobby", "산 사진")
		h.expect(mina, "사진", "")
		h.catchUp()
		h.expect(mina, "사진", fmt.Sprint("lobby:", second, " lobby:", first))
		_, err := h.EditMessage(h.Context(), mina, "lobby", first, "바닷가 그림")
		h.must(err)
		h.expect(mina, "사진", fmt.Sprint("lobby:", second)) // before the index knows
		h.catchUp()
		h.expect(mina, "사진", fmt.Sprint("lobby:", second))
		h.expect(mina, "그림 바닷", fmt.Sprint("lobby:", first))
		h.must(h.DeleteMessage(h.Context(), mina, "lobby", second))
		h.expect(mina, "사진", "")
		h.catchUp()
		h.expect(mina, "사진", "")
		if texts := h.Must(`SELECT body FROM search_texts`); texts != "바닷가 그림" {
			t.Errorf("the index holds %q", texts)
		}
	})
}

// What others write into the tables is found too, and needs nothing of the index:
// not even that it is there.
func TestFindsForeignRows(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		h.Must(`ALTER TABLE search_texts RENAME TO a; ALTER TABLE search_blocks RENAME TO b; ALTER TABLE search_rooms RENAME TO c;
			INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, '주문 하나'), (1, 1, '주문 둘');
			UPDATE messages SET body = '취소 하나' WHERE seq = 1; DELETE FROM messages WHERE seq = 2;
			ALTER TABLE a RENAME TO search_texts; ALTER TABLE b RENAME TO search_blocks; ALTER TABLE c RENAME TO search_rooms;`)
		h.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, '주문 셋')`)
		h.catchUp()
		h.expect(mina, "주문", "lobby:5")
		h.expect(mina, "취소", "lobby:1")
		h.Must(`UPDATE messages SET body = '취소 셋' WHERE seq = 5; DELETE FROM messages WHERE seq = 1`)
		h.catchUp()
		h.expect(mina, "취소", "lobby:5")
		h.expect(mina, "주문", "")
	})
}

// Nobody finds what they may not read, from the moment on at which they may not.
func TestRights(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		mina, bora := testdb.User(h, h.Store, "mina"), testdb.User(h, h.Store, "bora")
		open := func(slug string, kind chat.RoomKind, members ...int64) {
			_, err := h.OpenRoom(ctx, mina, chat.NewRoom{Slug: slug, Name: slug, Kind: kind, Members: members})
			h.must(err)
			h.post(mina, slug, "secret of "+slug)
		}
		open("open", chat.Open)
		open("closed", chat.Closed, bora.ID)
		open("alone", chat.Closed)
		_, _, err := h.OpenDirect(ctx, mina, "direct", []int64{bora.ID})
		h.must(err)
		h.post(mina, "direct", "secret of both")
		h.catchUp()
		h.expect(mina, "secret", "direct:3 alone:2 closed:3 open:2")
		h.expect(bora, "secret", "direct:3 closed:3 open:2")
		h.must(h.RemoveMember(ctx, bora, "closed", bora.ID))
		h.expect(bora, "secret", "direct:3 open:2")
		for slug, want := range map[string]chat.Kind{"closed": chat.NotFound, "alone": chat.NotFound, "nowhere": chat.NotFound, "open": chat.Internal} {
			_, err := h.index.Find(ctx, bora, chat.Question{Text: "secret", Room: slug})
			if err == nil && want == chat.NotFound || err != nil && chat.KindOf(err) != want {
				t.Errorf("%s: %v", slug, err)
			}
		}
		closed := chat.Closed
		_, err = h.ChangeRoom(ctx, mina, "open", chat.RoomChanges{Kind: &closed})
		h.must(err)
		h.expect(bora, "secret", "direct:3")
		h.must(h.DeleteRoom(ctx, mina, "alone"))
		h.expect(mina, "secret", "direct:3 closed:3 open:2")
		h.catchUp()
		if texts := h.Must(`SELECT body FROM search_texts WHERE body LIKE '%alone%'`); texts != "" {
			t.Errorf("of a deleted room the index holds %q", texts)
		}
	})
}

// Who came by a site finds nothing beyond what the site shows.
func TestReach(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		_, err := h.OpenRoom(h.Context(), mina, chat.NewRoom{Slug: "hall", Name: "hall", Kind: chat.Open})
		h.must(err)
		h.post(mina, "lobby", "tea in the lobby")
		h.post(mina, "hall", "tea in the hall")
		h.catchUp()
		h.expect(mina, "tea", "hall:2 lobby:2")
		visitor := mina
		visitor.Reach = &chat.Reach{Rooms: []int64{1}}
		h.expect(visitor, "tea", "lobby:2")
		if _, err := h.index.Find(h.Context(), visitor, chat.Question{Text: "tea", Room: "hall"}); chat.KindOf(err) != chat.NotFound {
			t.Error("in a room beyond:", err)
		}
		visitor.Reach = &chat.Reach{Rooms: []int64{1, 2}, Named: []string{"hall"}}
		h.expect(visitor, "tea", "hall:2")
		visitor.Reach = &chat.Reach{}
		h.expect(visitor, "tea", "")
	})
}

// The filters are a room and an author, by id or name.
func TestFilters(t *testing.T) {
	each(t, func(h *house) {
		mina, bora := testdb.User(h, h.Store, "mina"), testdb.User(h, h.Store, "Bora")
		_, err := h.OpenRoom(h.Context(), mina, chat.NewRoom{Slug: "hall", Name: "hall", Kind: chat.Open})
		h.must(err)
		h.post(mina, "lobby", "tea at one")
		h.post(bora, "lobby", "tea at two")
		h.post(bora, "hall", "tea at three")
		h.catchUp()
		for _, test := range []struct{ room, author, want string }{
			{"", "", "hall:3 lobby:4 lobby:2"},
			{"lobby", "", "lobby:4 lobby:2"},
			{"", fmt.Sprint(bora.ID), "hall:3 lobby:4"},
			{"", "@bora", "hall:3 lobby:4"},
			{"lobby", "@BORA", "lobby:4"},
			{"hall", "@mina", ""},
			{"", "@nobody", ""},
			{"", "999", ""},
		} {
			if got := h.find(mina, chat.Question{Text: "tea", Room: test.room, Author: test.author}); got != test.want {
				t.Errorf("in %q by %q: %q, want %q", test.room, test.author, got, test.want)
			}
		}
		for _, ask := range []chat.Question{{Text: ""}, {Text: " ?! "}, {Text: "tea", Author: "bora"}, {Text: "tea", Author: "-1"}, {Text: strings.Repeat("tea ", 100)}} {
			if _, err := h.index.Find(h.Context(), mina, ask); err == nil || chat.KindOf(err) == chat.Internal {
				t.Errorf("%+v: %v", ask, err)
			}
		}
	})
}

// A row that is shown as deleted, because it can't be shown as it is, is not found.
func TestFindsNothingOfBadRows(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		testdb.User(h, h.Store, "bora")
		h.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'tea of bora'), (1, 1, 'tea of mina')`)
		if h.Kind == "sqlite" {
			h.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, CAST(x'74656120ff' AS TEXT))`)
			h.Must(`DROP TRIGGER users_before_delete; DELETE FROM users WHERE id = 2`)
		} else {
			h.Must(`ALTER TABLE users DISABLE TRIGGER ALL; DELETE FROM users WHERE id = 2`)
		}
		h.must(h.index.CatchUp(h.Context()))
		h.expect(mina, "tea", "lobby:2")
	})
}

// What retention removes goes from the index.
func TestRetention(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		for i := range 30 {
			h.post(mina, "lobby", fmt.Sprintf("number n%d of 서른", i))
		}
		h.index.SetEvents(7)
		h.catchUp()
		keep := chat.Retention{Messages: 3}
		_, err := h.ChangeRoom(h.Context(), mina, "lobby", chat.RoomChanges{Retention: &keep})
		h.must(err)
		h.must(upkeep.RetainNow(h.Context(), h.Store.Database(), time.Now()))
		h.expect(mina, "서른", "lobby:31 lobby:30 lobby:29")
		h.catchUp()
		h.expect(mina, "서른", "lobby:31 lobby:30 lobby:29")
		if n := h.Must(`SELECT count(*) FROM search_blocks WHERE term = 'n1'`); n != "0" {
			t.Error("a word that retention has removed is in the index")
		}
	})
}
