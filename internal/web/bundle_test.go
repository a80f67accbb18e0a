package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"
)

// bundle opens the stream of several rooms.
func (v *visitor) bundle(rooms, last string, headers ...string) *listener {
	v.h.t.Helper()
	r := v.request("GET", "/events?rooms="+rooms, nil, append([]string{"Accept", "text/event-stream", "Last-Event-ID", last}, headers...)...)
	res, err := v.client.Do(r)
	if err != nil {
		v.h.t.Fatal(err)
	}
	v.h.t.Cleanup(func() { res.Body.Close() })
	s := newStream(v.h.t, res)
	if res.StatusCode != 200 {
		close(s.events)
		return s
	}
	go s.read()
	return s
}

// take reads the next events.
func (s *listener) take(n int) (list []event) {
	s.t.Helper()
	for range n {
		list = append(list, s.next())
	}
	return list
}

// Each room says what it says on a stream of its own, and the ids hold where the
// reader stands in all.
func TestBundle(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "dev", "name": "d", "kind": "closed"})
		mina.post("lobby", "one")
		mina.post("dev", "two")
		lobby, dev := mina.open("lobby", "").until("caught-up"), mina.open("dev", "").until("caught-up")
		s := mina.bundle("lobby,dev,nowhere", "")
		want := []event{lobby[0], dev[0], {Name: "gone", Data: `{"room":"nowhere"}`}}
		for i, e := range append(lobby[1:], dev[1:]...) {
			switch i {
			case 0, 1:
				e.ID = fmt.Sprintf("lobby:%s,dev:0,nowhere", e.ID)
			case 3, 4:
				e.ID = fmt.Sprintf("lobby:%s,dev:%s,nowhere", lobby[2].ID, e.ID)
			}
			want = append(want, e)
		}
		for i, e := range s.take(len(want)) {
			if e != want[i] {
				t.Errorf("event %d is %s, want %s", i, e, want[i])
			}
		}
	})
}

// others waits for what an inbox tells next: slugs and heads.
func (s *listener) others() map[string]int64 {
	s.t.Helper()
	e := s.next()
	var data struct {
		Rooms []struct {
			Slug string
			Head int64
		}
	}
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil || e.Name != "inbox" || e.ID != "" || len(data.Rooms) == 0 {
		s.t.Fatal(e, err)
	}
	rooms := map[string]int64{}
	for _, r := range data.Rooms {
		rooms[r.Slug] = r.Head
	}
	return rooms
}

// The inbox tells of the actor's other rooms: of all at first, then of those that
// have moved, of those he has come into, and of none that he has left.
func TestInbox(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		for _, slug := range []string{"a", "b", "secret", "c"} {
			members := []int64{bora.id}
			if slug == "secret" || slug == "c" {
				members = nil
			}
			mina.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "closed", "members": members})
		}
		mina.post("b", "before")
		want := func(s *listener, want map[string]int64) {
			t.Helper()
			if got := s.others(); !maps.Equal(got, want) {
				t.Errorf("%v came, want %v", got, want)
			}
		}
		s := bora.bundle("lobby:head,a:head", "")
		s.until("caught-up")
		s.until("caught-up")
		want(s, map[string]int64{"b": 3})
		mina.post("secret", "not for bora")
		mina.post("b", "x")
		want(s, map[string]int64{"b": 4})
		mina.must(200, "PUT", fmt.Sprint("/rooms/c/members/", bora.id), nil)
		want(s, map[string]int64{"c": 2})
		mina.post("a", "on the stream itself")
		if e := s.next(); e.Name != "message" {
			t.Error(e)
		}
		mina.must(204, "DELETE", fmt.Sprint("/rooms/c/members/", bora.id), nil)
		mina.post("c", "canary")
		mina.must(204, "DELETE", "/rooms/b", nil)
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "d", "name": "d", "kind": "open", "members": []int64{bora.id}})
		want(s, map[string]int64{"d": 2})
		// At most one a second, whatever happens.
		began := time.Now()
		over := make(chan struct{})
		go func() {
			defer close(over)
			for range 60 {
				mina.post("d", "much")
				time.Sleep(50 * time.Millisecond)
			}
		}()
		inboxes := 0
		for last := int64(0); last < 62; inboxes++ {
			last = s.others()["d"]
		}
		<-over
		if most := 1 + int(time.Since(began)/time.Second); inboxes > most || inboxes < 2 {
			t.Errorf("%d came in %v", inboxes, time.Since(began))
		}
		// A stranger's program is heard, too.
		h.db.Must(`INSERT INTO messages (room_id, author_id, body) SELECT id, 1, 'by the shell' FROM rooms WHERE slug = 'd'`)
		want(s, map[string]int64{"d": 63})
	})
}
