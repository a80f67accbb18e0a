package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// told is the data of a signal.
type told struct {
	Room, Kind string
	User       struct{ ID int64 }
	Here       *bool
	Seq        int64
}

func (s told) String() string {
	here := ""
	if s.Here != nil {
		here = fmt.Sprint(" here=", *s.Here)
	}
	return fmt.Sprintf("%s in %s by %d%s %d", s.Kind, s.Room, s.User.ID, here, s.Seq)
}

// signal waits for the next signal of a kind.
func (s *listener) signal(kind string) told {
	s.t.Helper()
	for late := time.After(10 * time.Second); ; {
		select {
		case e := <-s.signals:
			if got := s.decode(e); got.Kind == kind {
				return got
			}
		case <-late:
			s.t.Fatalf("no signal of %s came", kind)
		}
	}
}

func (s *listener) decode(e event) (got told) {
	s.t.Helper()
	var data any
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil || e.ID != "" {
		s.t.Fatal(e, err)
	}
	if err := fits(data, map[string]any{"$ref": "#/components/schemas/Signal"}); err != nil {
		s.t.Error(e, err)
	}
	json.Unmarshal([]byte(e.Data), &got)
	return got
}

// quiet fails the test where a signal of a kind comes.
func (s *listener) quiet(kind string, within time.Duration) {
	s.t.Helper()
	for late := time.After(within); ; {
		select {
		case e := <-s.signals:
			if s.decode(e).Kind == kind {
				s.t.Fatal(e)
			}
		case <-late:
			return
		}
	}
}

// live opens a stream and waits until it has everything.
func (v *visitor) live(room string) *listener {
	v.h.t.Helper()
	s := v.open(room, "head")
	s.until("caught-up")
	return s
}

// present is who is in a room, by their ids.
func (v *visitor) present(room string) (ids []int64) {
	v.h.t.Helper()
	var got struct{ Users []struct{ ID int64 } }
	if err := json.Unmarshal([]byte(v.must(200, "GET", "/rooms/"+room+"/presence", nil).text), &got); err != nil {
		v.h.t.Fatal(err)
	}
	for _, u := range got.Users {
		ids = append(ids, u.ID)
	}
	return ids
}

func (v *visitor) join(room string) { v.must(200, "PUT", "/rooms/"+room+"/members/me", nil) }

// Typing reaches the others' streams of the room and nothing else, once in three
// seconds; who may not say so is told.
func TestTyping(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora, cho := h.signUp("mina"), h.signUp("bora"), h.signUp("cho")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "closed", "name": "closed", "kind": "closed"})
		mina.join("lobby")
		bora.join("lobby")
		own, other, elsewhere := mina.live("lobby"), bora.live("lobby"), mina.live("closed")
		polled := make(chan answer, 1)
		go func() { polled <- bora.do("GET", "/rooms/lobby/events?after=head&wait=2", nil) }()
		h.wait("the poll waits", 5*time.Second, func() bool { return h.streams.Open() == 4 })
		began := time.Now()
		for range 5 {
			mina.must(204, "POST", "/rooms/lobby/typing", nil)
		}
		typed := time.Now() // or before
		if got := other.signal("typing"); got.Room != "lobby" || got.User.ID != mina.id || got.Here != nil {
			t.Error(got)
		}
		if p, events := (<-polled).poll(); len(events) > 0 || time.Since(began) < time.Second {
			t.Errorf("a poll was answered after %v with %v", time.Since(began), p)
		}
		other.quiet("typing", time.Until(began.Add(2900*time.Millisecond)))
		time.Sleep(time.Until(typed.Add(3100 * time.Millisecond)))
		mina.must(204, "POST", "/rooms/lobby/typing", "{}")
		other.signal("typing")
		own.quiet("typing", 50*time.Millisecond)
		elsewhere.quiet("typing", 0)
		cho.must(403, "POST", "/rooms/lobby/typing", nil)
		cho.must(404, "POST", "/rooms/closed/typing", nil)
		cho.must(404, "GET", "/rooms/closed/presence", nil)
		mina.must(400, "POST", "/rooms/lobby/typing", map[string]any{"where": "here"})
		var limited atomic.Bool
		var typing sync.WaitGroup
		for range 20 {
			typing.Go(func() {
				for range 10 {
					if mina.do("POST", "/rooms/lobby/typing", nil).status == 429 {
						limited.Store(true)
					}
				}
			})
		}
		if typing.Wait(); !limited.Load() {
			t.Error("one may type without limit")
		}
	})
}

// Who types after the end of a right is not told to the reader whose right it was:
// a signal stands behind what was in the log when it was made.
func TestSignalsBehindTheEnd(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		for i := range 20 {
			room := fmt.Sprint("r", i)
			mina.must(201, "POST", "/rooms", map[string]any{"slug": room, "name": room, "kind": "closed", "members": []int64{bora.id}})
			s := bora.live(room)
			mina.must(204, "DELETE", fmt.Sprint("/rooms/", room, "/members/", bora.id), nil)
			if i%2 == 0 {
				mina.must(204, "POST", "/rooms/"+room+"/typing", nil)
			} else {
				mina.open(room, "head")
			}
			s.ended()
			if s.quiet("typing", 0); len(s.signals) > 0 {
				t.Error(<-s.signals)
			}
		}
	})
}

// Signals come behind `caught-up` alone, however much there is to catch up with.
func TestSignalsBehindTheCatchUp(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		body := strings.Repeat("마루 ", 1300)
		for range 120 {
			mina.post("lobby", body)
		}
		held := bora.hold("lobby", "0")
		mina.must(204, "POST", "/rooms/lobby/typing", nil)
		mina.live("lobby")
		time.Sleep(200 * time.Millisecond) // it is told while the reader takes nothing
		var text strings.Builder
		part := make([]byte, 64<<10)
		for !strings.Contains(text.String(), "event: caught-up") {
			n, err := held.res.Body.Read(part)
			if text.Write(part[:n]); err != nil && err != io.EOF {
				t.Fatal(err)
			}
		}
		before, _, _ := strings.Cut(text.String(), "event: caught-up")
		if strings.Contains(before, "event: signal") {
			t.Error("a signal came before the end of the catch-up")
		}
	})
}

// Who opens a first stream has come, who closes the last has gone a few seconds
// later; who reloads has done neither.
func TestPresence(t *testing.T) {
	t.Parallel()
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora, cho := h.signUp("mina"), h.signUp("bora"), h.signUp("cho")
		s := mina.live("lobby")
		if got := cho.present("lobby"); !slices.Equal(got, []int64{mina.id}) {
			t.Error(got)
		}
		closed := bora.live("lobby")
		if got := s.signal("presence"); got.Room != "lobby" || got.User.ID != bora.id || !*got.Here {
			t.Error(got)
		}
		if got := mina.present("lobby"); !slices.Equal(got, []int64{mina.id, bora.id}) {
			t.Error(got)
		}
		again := bora.live("lobby") // before the other is closed, as who goes from page to page does
		closed.res.Body.Close()
		began := time.Now()
		again.res.Body.Close()
		if got := s.signal("presence"); got.User.ID != bora.id || *got.Here || time.Since(began) < 4*time.Second {
			t.Errorf("%v after %v", got, time.Since(began))
		}
		if got := mina.present("lobby"); !slices.Equal(got, []int64{mina.id}) {
			t.Error(got)
		}
		cho.must(200, "GET", "/rooms/lobby/events?after=head&wait=1", nil)
		s.quiet("presence", 0) // a poll is no presence
	})
}

// A read mark that moves is told to all devices of its user, and to nobody else.
func TestReadSignal(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "r", "name": "r", "kind": "open"})
		bora.join("lobby")
		phone, desk, other := bora.live("lobby"), bora.again().live("r"), mina.live("lobby")
		var seq int64
		for range 20 {
			seq = mina.post("lobby", "x")
		}
		bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": seq - 1})
		bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": seq})
		for _, s := range []*listener{phone, desk} {
			got := s.signal("read")
			if got.Seq == seq-1 {
				got = s.signal("read") // they were not told together
			}
			if got.Room != "lobby" || got.User.ID != bora.id || got.Seq != seq {
				t.Error(got)
			}
		}
		bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": seq})
		desk.quiet("read", 300*time.Millisecond)
		other.quiet("read", 0)
	})
}

// What is signalled at one node is signalled at the others.
func TestSignalsBetweenNodes(t *testing.T) {
	t.Parallel()
	s, db := testdb.NewPostgres(t)
	two := []*house{build(t, s, db, free, stream.Limits{}), build(t, db.Open(), db, free, stream.Limits{}, wrapped)}
	mina := two[0].signUp("mina")
	bora := two[0].signUp("bora")
	bora.join("lobby")
	away := bora.at(two[1])
	here, there := mina.live("lobby"), away.live("lobby")
	if got := here.signal("presence"); got.User.ID != bora.id || !*got.Here {
		t.Error(got)
	}
	for _, v := range []*visitor{mina, mina.at(two[1])} {
		v.h.wait("both are seen at this node", 5*time.Second, func() bool {
			return slices.Equal(v.present("lobby"), []int64{mina.id, bora.id})
		})
	}
	mina.join("lobby")
	mina.must(204, "POST", "/rooms/lobby/typing", nil)
	if got := there.signal("typing"); got.User.ID != mina.id {
		t.Error(got)
	}
	mina.at(two[1]).must(204, "POST", "/rooms/lobby/typing", nil)
	there.quiet("typing", 500*time.Millisecond) // it was said already
	here.quiet("typing", 0)

	seq := mina.post("lobby", "x")
	bora.must(204, "PUT", "/rooms/lobby/read", map[string]any{"seq": seq})
	if got := there.signal("read"); got.Seq != seq || got.Room != "lobby" {
		t.Error(got)
	}

	// What a stranger says in the name of a node is no more than he may know.
	two[0].db.Must(`SELECT pg_notify('maru_signal', 'x'), pg_notify('maru_signal', (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) || ' {"node":1}'),
		pg_notify('maru_signal', (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) || ' {"node":"x","words":[{"kind":"typing","room":1,"users":[-1,99]},{"kind":"presence","room":1,"users":[-1,99]}]}')`)
	here.quiet("presence", 300*time.Millisecond)

	// A closed room: the end of a right at one node is the end of signals at the other.
	for i := range 10 {
		room := fmt.Sprint("r", i)
		mina.must(201, "POST", "/rooms", map[string]any{"slug": room, "name": room, "kind": "closed", "members": []int64{bora.id}})
		s := away.live(room)
		mina.must(204, "DELETE", fmt.Sprint("/rooms/", room, "/members/", bora.id), nil)
		mina.must(204, "POST", "/rooms/"+room+"/typing", nil)
		mina.open(room, "head")
		s.ended()
		s.quiet("typing", 0)
		s.quiet("presence", 0)
	}

	there.res.Body.Close()
	if got := here.signal("presence"); got.User.ID != bora.id || *got.Here {
		t.Error(got)
	}
}
