package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// A database that took over from another may have lost the end of a log. Readers
// are told where the common history ends, or, where that can't be known, that
// there is none, and then get what is there now, in every way of reading.
func TestLostTail(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		for name, test := range map[string]struct {
			gained int    // how many posts came in the place of the five that were lost
			forget bool   // the ring does not remember
			first  string // event on a live stream
		}{
			"fewer":                 {3, false, "rewind"},
			"as many":               {5, false, "rewind"},
			"more":                  {8, false, "rewind"},
			"none":                  {0, false, "rewind"},
			"nothing is remembered": {3, true, "reset"},
		} {
			mina := h.visitor()
			mina.must(201, "POST", "/accounts", map[string]any{"name": "u" + strings.ReplaceAll(name, " ", ""), "password": password})
			slug := "r-" + strings.ReplaceAll(name, " ", "-")
			mina.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "open"})
			id := h.db.Must(`SELECT id FROM rooms WHERE slug = '` + slug + `'`)
			live := mina.open(slug, "0")
			all := logged(live.until("caught-up")) // that she joined
			for i := range 10 {
				mina.post(slug, fmt.Sprint("old ", i))
				all = append(all, live.next())
			}
			if test.forget {
				mina.must(200, "PATCH", "/rooms/"+slug, map[string]any{"topic": "x"}) // 12, which redraws
				mina.must(200, "PATCH", "/rooms/"+slug, map[string]any{"topic": "y"})
				live.until("room")
				live.until("room")
			}
			var room int64
			fmt.Sscan(id, &room)
			if test.forget {
				rearm := h.db.Disarm()
				h.db.Must(`DELETE FROM changes WHERE room_id = ` + id + ` AND seq > 6`)
				rearm()
			}
			h.db.LoseTail(room, 6)
			for i := range test.gained {
				h.db.Must(fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body) VALUES (%d, 1, 'new %d')`, room, i))
			}
			e := live.next()
			if e.Name != test.first || test.first == "rewind" && e.Data != fmt.Sprintf(`{"room":%q,"to":6}`, slug) {
				t.Fatalf("%s: %v", name, e)
			}
			mina.post(slug, "the end")
			var got []event
			for len(got) == 0 || !strings.Contains(got[len(got)-1].Data, "the end") {
				got = append(got, live.next())
			}
			anew := logged(mina.open(slug, "0").until("caught-up"))
			if test.first == "rewind" {
				anew = anew[6:]
			}
			if !slices.Equal(got, anew) {
				t.Errorf("%s: a live stream got %v, a new one %v", name, got, anew)
			}
			for at, want := range map[int]string{5: "message", 10: "reset"} {
				_, polled := mina.must(200, "GET", "/rooms/"+slug+"/events?after="+all[at].ID, nil).poll()
				resumed := logged(mina.open(slug, all[at].ID).until("caught-up"))
				if polled[0].Name != want || resumed[0].Name != want {
					t.Errorf("%s, from %s: a poll begins with %v, a stream with %v", name, all[at].ID, polled[0], resumed[0])
				}
			}
		}
	})
}

// A replica that stopped behind is promoted: nodes find it by themselves, readers
// are told how far the history goes that they share with it, and go on there.
func TestFailover(t *testing.T) {
	t.Parallel()
	pair := testdb.NewPair(t)
	var two []*house
	for range 2 {
		two = append(two, build(t, pair.Open(), nil, free, stream.Limits{}))
	}
	mina := two[0].signUp("mina")
	away := mina.at(two[1])
	here, there := mina.open("lobby", "0"), away.open("lobby", "0")
	for i := range 9 { // behind her joining
		mina.post("lobby", fmt.Sprint("kept ", i))
	}
	pair.Copy()
	for i := range 5 {
		mina.post("lobby", fmt.Sprint("lost ", i))
	}
	var lost event
	for _, s := range []*listener{here, there} {
		for lost = s.next(); !strings.Contains(lost.Data, "lost 4"); {
			lost = s.next()
		}
	}
	pair.FailOver()
	began := time.Now()
	two[1].wait("posts are stored by the replica", 20*time.Second, func() bool {
		a := away.do("POST", "/rooms/lobby/messages", map[string]any{"body": "after", "nonce": "after"})
		return a.status == 201 || a.status == 200
	})
	t.Logf("posts are stored again after %v", time.Since(began).Round(time.Millisecond))
	for _, s := range []*listener{here, there} {
		var got []string
		for len(got) < 2 {
			if e := s.next(); e.Name != "beat" {
				got = append(got, e.Name+" "+e.Data)
			}
		}
		if got[0] != `rewind {"room":"lobby","to":10}` || !strings.Contains(got[1], `"seq":11`) || !strings.Contains(got[1], "after") {
			t.Error(got)
		}
	}
	for _, v := range []*visitor{mina, away} {
		if _, events := v.must(200, "GET", "/rooms/lobby/events?after="+lost.ID, nil).poll(); events[0].Name != "reset" || len(events) != 12 {
			t.Error(events)
		}
	}
}
