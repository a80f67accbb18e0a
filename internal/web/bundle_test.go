package web_test

import (
	"fmt"
	"testing"
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
