package web_test

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// longHistory fills room 2 with more than the sockets between a server and a
// reader hold, so that a catch-up can be stopped in its middle.
var longHistory = `INSERT INTO messages (room_id, author_id, body)
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT 2, 1, i || ' ` + strings.Repeat("0", 1500) + `' FROM n`

// hold opens a stream and takes nothing of it until its read is called.
func (v *visitor) hold(room, after string) *listener {
	v.h.t.Helper()
	slow := *v
	slow.client = &http.Client{Jar: v.client.Jar, Transport: &http.Transport{DialContext: (&net.Dialer{Control: smallBuffer}).DialContext}}
	r := slow.request("GET", "/rooms/"+room+"/events", nil, "Accept", "text/event-stream", "Last-Event-ID", after)
	res, err := slow.client.Do(r)
	if err != nil {
		v.h.t.Fatal(err)
	}
	v.h.t.Cleanup(func() { res.Body.Close() })
	return newStream(v.h.t, res)
}

// smallBuffer makes a socket take little that nobody reads.
func smallBuffer(_, _ string, raw syscall.RawConn) error {
	return raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
}

// seq is the number of an event in its room's log.
func (e event) seq() int64 {
	n, _, _ := strings.Cut(e.ID, ".")
	seq, _ := strconv.ParseInt(n, 10, 64)
	return seq
}

// checkWhole checks that events with a number follow one another.
func checkWhole(t *testing.T, events []event) {
	t.Helper()
	last := int64(0)
	for _, e := range events {
		if e.ID == "" {
			continue
		}
		if last != 0 && e.seq() != last+1 {
			t.Errorf("%d comes behind %d", e.seq(), last)
		}
		last = e.seq()
	}
}

// When a right to read ends, every way of reading gets the event that ended it
// and then gone, and nothing after; later requests are 404.
func TestRightsEnd(t *testing.T) {
	causes := []struct {
		name   string
		kind   string
		member bool
		do     func(owner, reader *visitor)
	}{
		{"leaves a closed room", "closed", true, func(o, r *visitor) { r.must(204, "DELETE", "/rooms/r/members/me", nil) }},
		{"is removed from a closed room", "closed", true, func(o, r *visitor) {
			o.must(204, "DELETE", fmt.Sprint("/rooms/r/members/", r.id), nil)
		}},
		{"leaves a direct room", "direct", true, func(o, r *visitor) { r.must(204, "DELETE", "/rooms/r/members/me", nil) }},
		{"is removed from a direct room by a stranger's program", "direct", true, func(o, r *visitor) {
			o.h.db.Must(fmt.Sprintf(`DELETE FROM members WHERE room_id = 2 AND user_id = %d`, r.id))
		}},
		{"is removed by a stranger's program", "closed", true, func(o, r *visitor) {
			o.h.db.Must(fmt.Sprintf(`DELETE FROM members WHERE room_id = 2 AND user_id = %d`, r.id))
		}},
		{"sees an open room close", "open", false, func(o, r *visitor) {
			o.must(200, "PATCH", "/rooms/r", map[string]any{"kind": "closed"})
		}},
		{"sees an open room close by a stranger's program", "open", false, func(o, r *visitor) {
			o.h.db.Must(`UPDATE rooms SET kind = 'closed' WHERE id = 2`)
		}},
		{"sees a room deleted", "open", true, func(o, r *visitor) { o.must(204, "DELETE", "/rooms/r", nil) }},
		{"sees a direct room deleted", "direct", true, func(o, r *visitor) { o.must(204, "DELETE", "/rooms/r", nil) }},
		{"sees a closed room deleted", "closed", true, func(o, r *visitor) { o.must(204, "DELETE", "/rooms/r", nil) }},
	}
	for _, cause := range causes {
		t.Run(cause.name, func(t *testing.T) {
			eachLine(t, func(t *testing.T, h *house) {
				owner, reader := h.signUp("owner"), h.signUp("reader")
				room := map[string]any{"slug": "r", "kind": cause.kind}
				if cause.kind != "direct" {
					room["name"] = "r"
				}
				if cause.member {
					room["members"] = []int64{reader.id}
				}
				owner.must(201, "POST", "/rooms", room)
				owner.post("r", "before")
				kept := owner.open("r", "")
				kept.until("caught-up")
				h.db.Must(longHistory)
				live := reader.open("r", "head")
				live.until("caught-up")
				behind := reader.hold("r", "0")
				polled := make(chan answer)
				go func() { polled <- reader.do("GET", "/rooms/r/events?wait=20&after=head", nil) }()
				h.wait("all four read", 10*time.Second, func() bool { return h.streams.Open() == 4 })
				time.Sleep(100 * time.Millisecond) // the poll has a ticket, and is about to find its place
				cause.do(owner, reader)
				if cause.name[:4] != "sees" || !strings.Contains(cause.name, "deleted") {
					owner.post("r", "canary")
				}
				go behind.read()
				caughtUp := logged(behind.ended())
				checkWhole(t, caughtUp)
				for way, got := range map[string][]event{
					"stream": logged(live.ended()), "long poll": second((<-polled).poll()),
					"a catch-up that was under way": caughtUp[max(0, len(caughtUp)-2):],
				} {
					if len(got) != 2 || got[1].Name != "gone" || got[1].Data != `{"room":"r"}` || got[0].Name != "member" && got[0].Name != "room" {
						t.Errorf("%s: %v", way, got)
					}
				}
				for _, path := range []string{"/rooms/r/events", "/rooms/r/events?after=1", "/rooms/r/events?after=head", "/rooms/r/events?wait=1", "/rooms/r/messages", "/rooms/r"} {
					reader.must(404, "GET", path, nil)
				}
				if !strings.Contains(cause.name, "deleted") {
					owner.post("r", "after")
					kept.until("message")
				}
			})
		})
	}
}

// Leaving an open room ends nothing.
func TestLeavingAnOpenRoom(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		bora.post("lobby", "joins")
		s := bora.open("lobby", "head")
		s.until("caught-up")
		bora.must(204, "DELETE", "/rooms/lobby/members/me", nil)
		mina.post("lobby", "still here")
		if got := s.until("message"); len(got) != 3 || !strings.Contains(got[0].Data, `"change":"left"`) {
			t.Error(got)
		}
	})
}

// Credentials that end, end what runs under them, and only that.
func TestCredentialsEnd(t *testing.T) {
	const limit = 5 * time.Second // it is a second at most, where the machine is not busy
	for name, end := range map[string]func(v *visitor, program *visitor, tokenID string){
		"sign-out": func(v, _ *visitor, _ string) { v.must(204, "DELETE", "/session", nil) },
		"sign-out everywhere": func(v, _ *visitor, _ string) {
			v.again().must(204, "DELETE", "/sessions", nil)
		},
		"a new password": func(v, _ *visitor, _ string) {
			v.again().must(204, "PUT", "/account/password", map[string]any{"old": password, "new": "another one"})
		},
		"a withdrawn token": func(v, _ *visitor, id string) { v.must(204, "DELETE", "/tokens/"+id, nil) },
		"a disabled account": func(v, _ *visitor, _ string) {
			owner := v.h.visitor()
			owner.must(200, "POST", "/session", map[string]any{"name": "owner", "password": password})
			owner.must(200, "PATCH", fmt.Sprint("/users/", v.id), map[string]any{"disabled": true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachLine(t, func(t *testing.T, h *house) {
				owner := h.signUp("owner")
				v := h.signUp("reader")
				made := v.must(201, "POST", "/tokens", map[string]any{"label": "bot"})
				program := h.visitor()
				program.token = made.at("token").(string)
				others := owner.open("lobby", "")
				others.until("caught-up")
				bySession, byToken := v.open("lobby", ""), program.open("lobby", "")
				bySession.until("caught-up")
				byToken.until("caught-up")
				h.db.Must(strings.Replace(longHistory, "2", "1", 1))
				ended, lives := bySession, byToken
				who := v
				switch name {
				case "a withdrawn token":
					ended, lives, who = byToken, bySession, program
				case "a disabled account":
					lives = others
				}
				behind := who.hold("lobby", "0")
				polled := make(chan answer)
				go func() { polled <- who.do("GET", "/rooms/lobby/events?wait=20&after=head", nil) }()
				h.wait("all five read", 10*time.Second, func() bool { return h.streams.Open() == 5 })
				time.Sleep(100 * time.Millisecond) // the poll has a ticket, and is about to find its place
				end(v, program, fmt.Sprintf("%.0f", made.at("id")))
				done := time.Now()
				last := ended.ended()
				last = last[max(0, len(last)-1):]
				if took := time.Since(done); took > limit {
					t.Errorf("the stream ended after %v", took)
				}
				if len(last) != 1 || last[0].Name != "bye" || !strings.Contains(last[0].Data, `"code":"unauthenticated"`) {
					t.Error(last)
				}
				go behind.read()
				if got := behind.ended(); got[len(got)-1].Name != "bye" || slices.ContainsFunc(got, func(e event) bool { return e.Name == "caught-up" }) {
					t.Error("a catch-up that was under way ends with", got[len(got)-1])
				}
				if a := <-polled; a.status != 401 {
					t.Error("a long poll:", a.status, a.text)
				}
				who.must(401, "GET", "/rooms/lobby/events", nil)
				owner.post("lobby", "x")
				lives.until("message")
			})
		})
	}
}

// However often a member is removed in the middle of a flood, nothing behind the
// removal reaches him, in any way of reading, live or catching up.
func TestRemovalsInAFlood(t *testing.T) {
	const readers, rounds = 10, 50
	eachLine(t, func(t *testing.T, h *house) {
		owner := h.signUp("owner")
		owner.must(201, "POST", "/rooms", map[string]any{"slug": "r", "name": "r", "kind": "closed"})
		kept := owner.open("r", "0")
		var flood sync.WaitGroup
		over := make(chan struct{})
		for range 2 {
			flood.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-over:
						return
					default:
						// A busy machine may refuse one; the rest is flood enough.
						a := owner.do("POST", "/rooms/r/messages", map[string]any{"body": fmt.Sprint("canary ", i)})
						if a.status != 201 && a.status != 503 {
							t.Error(a.status, a.text)
							return
						}
					}
				}
			})
		}
		seen := make([][][]event, readers) // by reader and round
		var reading sync.WaitGroup
		visitors := make([]*visitor, readers)
		for i := range visitors {
			visitors[i] = h.signUp(fmt.Sprint("reader", i))
		}
		for i, v := range visitors {
			reading.Go(func() {
				for round := range rounds {
					owner.must(200, "PUT", fmt.Sprint("/rooms/r/members/", v.id), nil)
					remove := func() { owner.must(204, "DELETE", fmt.Sprint("/rooms/r/members/", v.id), nil) }
					after := []string{"head", "0"}[round/4%2]
					seen[i] = append(seen[i], v.follow([]string{"stream", "long poll", "poll", "held"}[round%4], after, remove))
				}
			})
		}
		reading.Wait()
		close(over)
		flood.Wait()
		owner.post("r", "the end")
		removed := map[int64][]int64{} // where, by user
		for e := range kept.events {
			if e.Name == "member" && strings.Contains(e.Data, `"change":"removed"`) {
				var id int64
				fmt.Sscanf(e.Data[strings.Index(e.Data, `"user":{"id":`):], `"user":{"id":%d`, &id)
				removed[id] = append(removed[id], e.seq())
			}
			if strings.Contains(e.Data, "the end") {
				break
			}
		}
		events := 0
		for i, v := range visitors {
			if len(removed[v.id]) != rounds {
				t.Fatalf("%s was removed %d times", v.name, len(removed[v.id]))
			}
			for round, got := range seen[i] {
				checkWhole(t, got)
				events += len(got)
				for at, e := range got {
					if e.seq() > removed[v.id][round] || e.Name == "gone" && at != len(got)-1 {
						t.Errorf("%s, round %d, removed at %d, got %v", v.name, round, removed[v.id][round], e)
					}
				}
				// Between two polls there is nobody to be told.
				if streamed := round%4%3 == 0; streamed && (len(got) == 0 || got[len(got)-1].Name != "gone") {
					t.Errorf("%s, round %d, was not told", v.name, round)
				}
			}
		}
		t.Logf("%d removals, %d events before them", readers*rounds, events)
	})
}

// follow reads a room in one of the ways while remove ends the right to, and
// returns what was read.
func (v *visitor) follow(way, after string, remove func()) []event {
	v.h.t.Helper()
	switch way {
	case "stream":
		s := v.open("r", after)
		time.Sleep(2 * time.Millisecond)
		remove()
		return logged(s.ended())
	case "held":
		s := v.hold("r", after)
		remove()
		go s.read()
		return logged(s.ended())
	}
	wait := map[string]string{"long poll": "&wait=5", "poll": ""}[way]
	var got []event
	var removing sync.WaitGroup
	removing.Go(func() {
		time.Sleep(2 * time.Millisecond)
		remove()
	})
	defer removing.Wait()
	for {
		a := v.do("GET", "/rooms/r/events?after="+after+wait, nil)
		if a.status == 404 {
			return got
		}
		p, events := a.poll()
		got, after = append(got, events...), p.Cursor
	}
}
