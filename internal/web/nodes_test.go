package web_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/stream"
	"maru/internal/testdb"
)

// nodes are servers that share one PostgreSQL and do not know each other.
func nodes(t *testing.T, n int) []*house {
	t.Helper()
	s, db := testdb.NewPostgres(t)
	list := []*house{build(t, s, db, free, stream.Limits{})}
	for len(list) < n {
		list = append(list, build(t, db.Open(), db, free, stream.Limits{}))
	}
	return list
}

// at is the same person, by the same session, at another node.
func (v *visitor) at(h *house) *visitor {
	v.h.t.Helper()
	other := h.visitor()
	other.id, other.name = v.id, v.name
	r := v.request("GET", "/rooms", nil)
	here := v.client.Jar.Cookies(r.URL)
	there := other.request("GET", "/rooms", nil)
	other.client.Jar.SetCookies(there.URL, here)
	return other
}

// What happens at one node is at the other at once: messages, the end of a
// right, the end of a credential.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	two := nodes(t, 2)
	owner := two[0].signUp("owner")
	reader := two[0].signUp("reader")
	away := reader.at(two[1])
	owner.must(201, "POST", "/rooms", map[string]any{"slug": "r", "name": "r", "kind": "closed", "members": []int64{reader.id}})
	s := away.open("r", "0")
	s.until("caught-up")
	var took []time.Duration
	for i := range 50 {
		began := time.Now()
		owner.post("r", fmt.Sprint("message ", i))
		if e := s.next(); e.Name != "message" || !strings.Contains(e.Data, fmt.Sprintf(`"body":"message %d"`, i)) {
			t.Fatal(e)
		}
		took = append(took, time.Since(began))
		time.Sleep(2 * time.Millisecond)
	}
	slices.Sort(took)
	t.Logf("from a post here to its event there: p50 %v, most %v", took[25], took[49])
	two[0].db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (2, 1, 'from psql')`)
	if e := s.next(); !strings.Contains(e.Data, "from psql") {
		t.Error(e)
	}
	// One nonce is one message, whichever node is asked.
	draft := map[string]any{"body": "once", "nonce": "n-1"}
	first := away.must(201, "POST", "/rooms/r/messages", draft)
	second := reader.must(200, "POST", "/rooms/r/messages", draft)
	if first.at("message", "seq") != second.at("message", "seq") {
		t.Error(first.text, second.text)
	}
	s.next()
	owner.must(204, "DELETE", fmt.Sprint("/rooms/r/members/", reader.id), nil)
	owner.post("r", "canary")
	if end := logged(s.ended()); len(end) != 2 || end[0].Name != "member" || end[1].Name != "gone" {
		t.Error(end)
	}
	away.must(404, "GET", "/rooms/r/events", nil)

	lobby := away.open("lobby", "")
	lobby.until("caught-up")
	began := time.Now()
	reader.must(204, "DELETE", "/session", nil)
	if end := lobby.ended(); len(end) != 1 || end[0].Name != "bye" || !strings.Contains(end[0].Data, "unauthenticated") {
		t.Error(end)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a session that ended at one node lived on for %v at the other", took)
	}
	away.must(401, "GET", "/rooms", nil)
}

// Three nodes post into one room at once while their connections to the database
// are cut again and again: what was acknowledged is there once, and who reads at
// any node gets every number once, in order.
func TestNodesLoseTheDatabase(t *testing.T) {
	t.Parallel()
	three := nodes(t, 3)
	owner := three[0].signUp("owner")
	var streams []*listener
	for _, h := range three {
		s := owner.at(h).open("lobby", "0")
		s.until("caught-up")
		streams = append(streams, s)
	}
	var mu sync.Mutex
	stored := map[string]bool{}
	var posting sync.WaitGroup
	over := make(chan struct{})
	for n, h := range three {
		for sender := range 3 {
			me := owner.at(h)
			posting.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-over:
						return
					default:
					}
					body := fmt.Sprintf("from %d %d %d.", n, sender, i)
					draft := map[string]any{"body": body, "nonce": strings.ReplaceAll(strings.TrimRight(body, "."), " ", "-")}
					for status := 0; status != 201 && status != 200; {
						a := me.do("POST", "/rooms/lobby/messages", draft)
						if status = a.status; status >= 500 {
							if a.code() != string(chat.Busy) {
								t.Errorf("%d %s", a.status, a.text)
								return
							}
							time.Sleep(20 * time.Millisecond)
						}
					}
					mu.Lock()
					stored[body] = true
					mu.Unlock()
				}
			})
		}
	}
	for range 12 {
		time.Sleep(150 * time.Millisecond)
		three[0].db.Must(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'maru'`)
	}
	close(over)
	posting.Wait()
	owner.post("lobby", "the end")
	for n, s := range streams {
		last, times := int64(0), map[string]int{}
		for e := range s.events {
			if e.ID == "" {
				continue
			}
			if e.seq() != last+1 {
				t.Fatalf("node %d: %d comes behind %d", n, e.seq(), last)
			}
			last = e.seq()
			if i := strings.Index(e.Data, `"body":"from`); i >= 0 {
				body, _, _ := strings.Cut(e.Data[i+len(`"body":"`):], `"`)
				times[body]++
			}
			if strings.Contains(e.Data, "the end") {
				break
			}
		}
		for body := range stored {
			if times[body] != 1 {
				t.Errorf("node %d: %q was acknowledged and came %d times", n, body, times[body])
			}
		}
		if len(times) != len(stored) {
			t.Errorf("node %d has %d posts, %d were acknowledged", n, len(times), len(stored))
		}
	}
	three[0].db.Audit()
	t.Logf("%d posts", len(stored))
}

// A program that holds a room locked holds up that room alone, and only for as
// long as nobody gives up waiting.
func TestHeldRoom(t *testing.T) {
	t.Parallel()
	h := nodes(t, 1)[0]
	owner := h.signUp("owner")
	owner.must(201, "POST", "/rooms", map[string]any{"slug": "held", "name": "held", "kind": "open"})
	holder := h.db.Command()
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(in, `BEGIN; INSERT INTO messages (room_id, author_id, body) VALUES (2, 1, 'held');`)
	h.wait("the room is locked", 5*time.Second, func() bool {
		_, err := h.db.Shell(`SELECT 1 FROM rooms WHERE id = 2 FOR UPDATE NOWAIT`)
		return err != nil
	})
	var posting sync.WaitGroup
	refused, slowest := 0, time.Duration(0)
	posting.Go(func() {
		for range 20 {
			a := owner.do("POST", "/rooms/held/messages", map[string]any{"body": "x"})
			if a.status != 503 || a.header.Get("Retry-After") == "" {
				t.Error(a.status, a.text)
			}
			refused++
		}
	})
	for range 40 {
		began := time.Now()
		owner.post("lobby", "x")
		slowest = max(slowest, time.Since(began))
		time.Sleep(5 * time.Millisecond)
	}
	posting.Wait()
	if slowest > 2*time.Second {
		t.Errorf("a post to another room took %v", slowest)
	}
	t.Logf("%d posts to the room that is held were refused; the slowest to another took %v", refused, slowest)
	fmt.Fprintln(in, `COMMIT;`)
	in.Close()
	if err := holder.Wait(); err != nil {
		t.Fatal(err)
	}
	h.wait("the room can be written to again", 5*time.Second, func() bool {
		return owner.do("POST", "/rooms/held/messages", map[string]any{"body": "x"}).status == 201
	})
	h.db.Audit()
}

// Two nodes that write to the same rooms at once, in whatever order their people
// do, don't get in each other's way.
func TestNodesDoNotCross(t *testing.T) {
	t.Parallel()
	two := nodes(t, 2)
	owner := two[0].signUp("owner")
	rooms := []string{"a", "b", "c", "d"}
	for _, slug := range rooms {
		owner.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "open"})
	}
	var posting sync.WaitGroup
	for _, h := range two {
		for sender := range 12 {
			me := owner.at(h)
			posting.Go(func() {
				for i := range 40 {
					slug := rooms[(sender*7+i*3)%len(rooms)]
					if a := me.do("POST", "/rooms/"+slug+"/messages", map[string]any{"body": "x"}); a.status != 201 {
						t.Errorf("a post to %s: %d %s", slug, a.status, a.text)
						return
					}
				}
			})
		}
	}
	posting.Wait()
	two[0].db.Audit()
}
