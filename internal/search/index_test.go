package search_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/search"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// wait fails the test where something is not so within a while.
func (h *house) wait(what string, so func() bool) {
	h.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatal("still not so: " + what)
		}
	}
}

// Where the event of the cursor is not in the log any more, as after a failover that
// lost some, the room is gone through anew. An id of what was lost can have become
// another message's.
func TestReset(t *testing.T) {
	for _, longer := range []bool{false, true} {
		t.Run(fmt.Sprint("longer=", longer), func(t *testing.T) {
			each(t, func(h *house) {
				mina := testdb.User(h, h.Store, "mina")
				_, err := h.OpenRoom(h.Context(), mina, chat.NewRoom{Slug: "hall", Name: "hall", Kind: chat.Open})
				h.must(err)
				for i := range 10 {
					h.post(mina, "lobby", fmt.Sprint("옛날 이야기 ", i))
				}
				h.catchUp()
				h.LoseTail(1, 5)
				lost := h.Must(`SELECT coalesce(max(id), 0) + 1 FROM messages`)
				if h.Kind == "postgres" {
					h.Must(fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('messages', 'id'), %s, false)`, lost))
				} else {
					h.Must(fmt.Sprintf(`INSERT INTO messages (id, room_id, author_id, body) VALUES (%s, 2, 1, '새 이야기 0')`, lost))
				}
				h.post(mina, "hall", "새 이야기 1")
				if longer {
					for i := range 10 {
						h.post(mina, "lobby", fmt.Sprint("새 이야기 ", i))
					}
				}
				h.index.SetEvents(3)
				h.catchUp()
				if got := strings.Count(h.find(mina, chat.Question{Text: "옛날 이야기"}), "lobby"); got != 4 {
					t.Errorf("%d of the 4 old messages are found", got)
				}
				if got := h.find(mina, chat.Question{Text: "새 이야기", Room: "hall"}); !strings.HasPrefix(got, "hall:") {
					t.Errorf("the new ones in the other room: %q", got)
				}
			})
		})
	}
}

// Wherever it is cut off, nothing of a batch is lost, and nothing is there twice.
func TestCutOff(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		for i := range 120 {
			h.post(mina, "lobby", fmt.Sprintf("number n%d of 백스물", i))
		}
		for cut := time.Duration(0); ; cut += 300 * time.Microsecond {
			ctx, stop := context.WithTimeout(h.Context(), cut)
			x := search.New(h.Store, testdb.Logger(h))
			x.SetEvents(3)
			err := x.CatchUp(ctx)
			stop()
			if err == nil {
				break
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				h.Fatal(err)
			}
		}
		h.catchUp()
		if got := strings.Count(h.find(mina, chat.Question{Text: "백스물"}), "lobby"); got != 120 {
			t.Errorf("%d of 120 are found", got)
		}
	})
}

// Of two batches that were prepared from the same state, one is written.
func TestOvertaken(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		for i := range 3 { // the first time the count is not there yet
			h.post(mina, "lobby", fmt.Sprint("tea ", i))
			first, err := h.index.Prepared(h.Context())
			h.must(err)
			h.post(mina, "lobby", fmt.Sprint("more tea ", i))
			second, err := search.New(h.Store, testdb.Logger(h)).Prepared(h.Context())
			h.must(err)
			h.must(second())
			if err := first(); !errors.Is(err, search.ErrOvertaken) {
				h.Error("written over another:", err)
			}
		}
		h.catchUp()
		h.Must(`DELETE FROM search_rooms; DELETE FROM search_texts; DELETE FROM search_blocks;`)
		h.expect(mina, "tea", "")
		h.catchUp()
		h.expect(mina, "more tea", "lobby:7 lobby:5 lobby:3")
	})
}

// The index makes way for who wrote before a batch too: on one CPU nobody gets to
// write while one is prepared.
func TestMakesWay(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		x := search.New(h.Store, testdb.Logger(h))
		x.SetEvents(1)
		for _, one := range []struct {
			what   string
			do     func()
			others bool
		}{
			{"nobody", func() {}, false},
			{"somebody", func() { h.post(mina, "lobby", "tea"); h.post(mina, "lobby", "more tea") }, true},
			{"the index alone", func() { h.must(x.Step(h.Context())) }, false},
			{"somebody before the index", func() { h.post(mina, "lobby", "tea"); h.must(x.Step(h.Context())) }, true},
			{"nobody again", func() {}, false},
		} {
			if one.do(); x.Others() != one.others {
				h.Errorf("%s wrote: others have, it says: %v", one.what, !one.others)
			}
		}
	})
}

// Where many have written, whoever has waited longest is first; a room that is gone
// through from its beginning is last.
func TestWhoIsFirst(t *testing.T) {
	each(t, func(h *house) {
		testdb.User(h, h.Store, "mina")
		for slug, messages := range map[string]int{"little": 1, "more": 3, "waiting": 70, "old": 300} {
			h.Must(fmt.Sprintf(`INSERT INTO rooms (slug, name) VALUES ('%s', 'x')`, slug))
			h.Must(strings.Repeat(fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body) SELECT id, 1, 'tea' FROM rooms WHERE slug = '%s';`, slug), messages))
		}
		for _, step := range []struct {
			events int64
			done   string
		}{
			{70, "waiting:70"},
			{4, "little:1 more:3 waiting:70"},
			{50, "little:1 more:3 old:50 waiting:70"},
		} {
			h.index.SetEvents(step.events)
			h.must(h.index.Step(h.Context()))
			done := h.Must(`SELECT r.slug || ':' || c.seq FROM search_rooms c JOIN rooms r ON r.id = c.room_id ORDER BY r.slug`)
			if got := strings.Join(strings.Fields(done), " "); got != step.done {
				h.Errorf("after %d more events: %s, want %s", step.events, got, step.done)
			}
		}
	})
}

// A server that stops does not wait for a batch of long texts to be taken apart.
func TestStopsBetweenTexts(t *testing.T) {
	each(t, func(h *house) {
		h.post(testdb.User(h, h.Store, "mina"), "lobby", "tea")
		ctx, cancel := context.WithCancel(h.Context())
		cancel()
		if _, err := h.index.Prepared(ctx); !errors.Is(err, context.Canceled) {
			t.Error("the batch was made all the same:", err)
		}
		h.catchUp()
	})
}

// A copy has no index, and makes one.
func TestCopyMakesItsOwn(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		h.post(mina, "lobby", "copied tea")
		h.catchUp()
		s, db := testdb.New(h)
		to := &house{h.TB, s, db, search.New(s, testdb.Logger(h))}
		h.must(upkeep.Copy(h.Context(), h.Database(), s.Database(), func(string, int64, bool) {}))
		to.expect(mina, "tea", "")
		if n, err := to.index.Behind(h.Context()); n != 2 || err != nil {
			t.Error(n, err)
		}
		to.catchUp()
		to.expect(mina, "tea", "lobby:2")
		if n, err := to.index.Behind(h.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
}

// What is posted is found at once, with no other help than the hint.
func TestRun(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		stop := h.run(h.Store, h.index)
		for i := range 5 {
			seq := h.post(mina, "lobby", fmt.Sprintf("tea n%d", i))
			h.wait("found", func() bool {
				return h.find(mina, chat.Question{Text: fmt.Sprintf(`"n%d"`, i)}) == fmt.Sprint("lobby:", seq)
			})
		}
		stop()
		h.catchUp()
	})
}

// run lets an index follow the logs until it is stopped.
func (h *house) run(s *store.Store, x *search.Index) (stop func()) {
	ctx, cancel := context.WithCancel(h.Context())
	var running sync.WaitGroup
	running.Go(func() { x.Run(ctx) })
	running.Go(func() { s.Watch(ctx, func() bool { return true }, x.Hint) })
	return func() { cancel(); running.Wait() }
}

// Of several nodes one follows the logs, and when it is gone another does.
func TestOneNodeFollows(t *testing.T) {
	s, db := testdb.NewPostgres(t)
	h := &house{t, s, db, search.New(s, testdb.Logger(t))}
	mina := testdb.User(h, s, "mina")
	stopFirst := h.run(s, h.index)
	found := func(body string) func() bool {
		seq := h.post(mina, "lobby", body)
		return func() bool { return h.find(mina, chat.Question{Text: body}) == fmt.Sprint("lobby:", seq) }
	}
	h.wait("the first works", found("first"))
	another := db.Open()
	stopSecond := h.run(another, search.New(another, testdb.Logger(t)))
	const holders = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	h.wait("both work together", found("second"))
	if n := h.Must(holders); n != "1" {
		t.Errorf("%s nodes follow", n)
	}
	stopFirst()
	h.wait("the other goes on", found("third"))
	// A connection that is cut ends the work under it, and it begins again.
	h.Must(`SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'`)
	h.wait("it begins again", found("fourth"))
	stopSecond()
	h.catchUp()
}

// Of long lists what is found is the same, from page to page.
func TestLongLists(t *testing.T) {
	each(t, func(h *house) {
		mina := testdb.User(h, h.Store, "mina")
		_, err := h.OpenRoom(h.Context(), mina, chat.NewRoom{Slug: "hall", Name: "hall", Kind: chat.Open})
		h.must(err)
		// Two rooms in turns: the second comes between what is there of the first.
		var sql strings.Builder
		sql.WriteString("BEGIN;")
		want := map[string]int{}
		for i := range 4000 {
			body := "바다"
			if i%2 == 0 {
				body += " 하늘"
			}
			if i%700 == 0 {
				body += " 구름"
			}
			for _, question := range []string{"바다", "하늘", "하늘 바다", "바다 구름", "하늘 구름"} {
				if search.Marks(question, body) != nil {
					want[question]++
				}
			}
			fmt.Fprintf(&sql, "INSERT INTO messages (room_id, author_id, body) VALUES (%d, 1, '%s');", 1+i/3%2, body)
		}
		h.Must(sql.String() + "COMMIT;")
		h.index.SetEvents(500)
		h.catchUp()
		for question, n := range want {
			if got := len(strings.Fields(h.find(mina, chat.Question{Text: question}))); got != n {
				t.Errorf("%q finds %d, want %d", question, got, n)
			}
		}
		h.Must(`DELETE FROM messages WHERE room_id = 1 AND seq % 3 = 0`)
		h.catchUp()
	})
}
