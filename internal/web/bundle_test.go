package web_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// bundle opens the stream of several rooms.
func (v *visitor) bundle(rooms, last string, headers ...string) *listener {
	v.h.t.Helper()
	return v.stream("/events?rooms="+rooms, last, headers...)
}

// take reads the next events, but for beats: who is slow gets some.
func (s *listener) take(n int) (list []event) {
	s.t.Helper()
	for len(list) < n {
		if e := s.next(); e.Name != "beat" {
			list = append(list, e)
		}
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

// inRooms takes a bundle apart: what each room said, with the ids of a stream of its
// own. Ids name all rooms, in their order, and each number is behind the one before.
func (s *listener) inRooms(list []event, rooms ...string) map[string][]event {
	s.t.Helper()
	said := map[string][]event{}
	at := map[string]string{}
	for _, e := range list {
		if e.Name == "beat" {
			continue
		}
		var data struct{ Room, Slug string }
		if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
			s.t.Fatal(e, err)
		}
		slug := cmp.Or(data.Room, data.Slug)
		if e.ID != "" {
			places, err := chat.ParsePlaces(e.ID)
			if err != nil || len(places) != len(rooms) {
				s.t.Fatal(e, err)
			}
			for i, p := range places {
				if p.Slug != rooms[i] {
					s.t.Fatal(e)
				}
				if now := p.Position.String(); p.Slug == slug {
					e.ID, at[slug] = now, now
				} else if at[p.Slug] != "" && at[p.Slug] != now {
					s.t.Errorf("%s says that %s is at %s, which was at %s", e, p.Slug, now, at[p.Slug])
				}
			}
		}
		said[slug] = append(said[slug], e)
	}
	return said
}

// caughtUp reads up to where a number of rooms have caught up.
func (s *listener) caughtUp(rooms int) (list []event) {
	s.t.Helper()
	for range rooms {
		list = append(list, s.until("caught-up")...)
	}
	return list
}

// chatter does what people do in some rooms, at random.
func chatter(dice *rand.Rand, people []*visitor, rooms []string, steps int) {
	for step := range steps {
		room := rooms[dice.IntN(len(rooms))]
		who := people[dice.IntN(len(people))]
		at := fmt.Sprint("/rooms/", room, "/messages/", 1+dice.IntN(step+1))
		switch dice.IntN(8) {
		case 0:
			who.do("PATCH", at, map[string]any{"body": fmt.Sprint("edited ", step)})
		case 1:
			who.do("DELETE", at, nil)
		case 2:
			who.do("PUT", at+"/reactions/👍", nil)
		case 3:
			if dice.IntN(5) == 0 {
				people[0].must(200, "PATCH", "/rooms/"+room, map[string]any{"topic": fmt.Sprint("topic ", step)})
			}
		default:
			who.do("POST", "/rooms/"+room+"/messages", map[string]any{"body": fmt.Sprint("*said* ", step, strings.Repeat(" 말", dice.IntN(50)))})
		}
	}
}

// Under whatever is said, a bundle is the streams of its rooms, byte for byte; and
// from each of its ids on it goes on exactly where that stands.
func TestBundleIsItsStreams(t *testing.T) {
	rooms := []string{"lobby", "a", "b", "quiet"}
	list := strings.Join(rooms, ",")
	eachLine(t, func(t *testing.T, h *house) {
		seed := rand.Uint64()
		t.Log("seed", seed)
		dice := rand.New(rand.NewPCG(seed, 0))
		people := []*visitor{h.signUp("mina"), h.signUp("bora"), h.signUp("cho")}
		for _, slug := range rooms[1:] {
			people[0].must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "open"})
		}
		reader := h.signUp("reader")
		live := reader.bundle(strings.Join(rooms, ":0,")+":0", "")
		live.caughtUp(len(rooms))
		chatter(dice, people, rooms[:3], 200)
		for _, positions := range []string{list, "lobby:0,a:5,b:head,quiet", "lobby:7.00000000,a:0,b:0,quiet:head", "quiet:0,lobby:head"} {
			places, _ := chat.ParsePlaces(positions)
			var names []string
			for _, p := range places {
				names = append(names, p.Slug)
			}
			s := reader.bundle(positions, "")
			said := s.inRooms(s.caughtUp(len(places)), names...)
			for _, p := range places {
				want := reader.open(p.Slug, p.Position.String()).until("caught-up")
				if !slices.Equal(said[p.Slug], want) {
					t.Errorf("from %s on %s says\n%v\nits own stream says\n%v", positions, p.Slug, said[p.Slug], want)
				}
			}
		}
		// What came live were states as they stood then: their numbers are the logs'.
		heads := map[string]string{}
		whole := map[string][]event{}
		for _, slug := range rooms {
			whole[slug] = logged(reader.open(slug, "0").until("caught-up"))
			heads[slug] = whole[slug][len(whole[slug])-1].ID
		}
		want := 0
		for _, events := range whole {
			want += len(events)
		}
		came := live.take(want - 3) // that mina has made three of the rooms came before
		var ids []string
		for _, e := range came {
			ids = append(ids, e.ID)
		}
		for slug, events := range live.inRooms(came, rooms...) {
			if slug != chat.Lobby {
				events = append(whole[slug][:1:1], events...)
			}
			for i, e := range events {
				if i >= len(whole[slug]) || e.ID != whole[slug][i].ID || e.Name != whole[slug][i].Name {
					t.Fatalf("%s: live came %s as number %d", slug, e, i+1)
				}
			}
		}
		for i, id := range ids {
			if i%9 != 0 && i != len(ids)-1 {
				continue
			}
			places, _ := chat.ParsePlaces(id)
			s := reader.bundle(list, id)
			for slug, events := range s.inRooms(s.caughtUp(len(rooms)), rooms...) {
				at := places[slices.Index(rooms, slug)].Cursor.Seq
				if want := whole[slug][at:]; !slices.Equal(logged(events), want) {
					t.Fatalf("from %s on %s has %v, want %v", id, slug, logged(events), want)
				}
			}
			s.res.Body.Close()
		}
	})
}

// In the middle of a catch-up, too, an id says exactly what has come; and a busy
// room does not keep the others waiting.
func TestBundleCatchingUp(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for _, slug := range []string{"busy", "other"} { // 2 and 3
			mina.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "open"})
		}
		h.db.Must(longHistory)
		h.db.Must(strings.Replace(longHistory, "SELECT 2,", "SELECT 3,", 1))
		mina.post("lobby", "quiet")
		s := mina.bundle("busy:0,lobby:0,other:0", "")
		for _, e := range s.take(3 + 64 + 2) {
			if e.Name == "caught-up" && e.Data[:15] != `{"room":"lobby"` {
				t.Error(e)
			}
		}
		if e := s.take(1)[0]; e.Name != "caught-up" || !strings.Contains(e.Data, "lobby") {
			t.Errorf("a quiet room came behind a busy one: %s", e)
		}
		part := s.take(700)
		s.res.Body.Close()
		next := mina.bundle("busy:0,lobby:0,other:0", part[699].ID)
		rest := next.inRooms(next.caughtUp(3), "busy", "lobby", "other")
		places, _ := chat.ParsePlaces(part[699].ID)
		for _, p := range places {
			events := logged(rest[p.Slug])
			if p.Slug == "lobby" {
				if len(events) > 0 {
					t.Error(events)
				}
				continue
			}
			if len(events) != 1501-int(p.Cursor.Seq) || events[0].seq() != p.Cursor.Seq+1 {
				t.Errorf("behind %s come %d events from %d on", p, len(events), events[0].seq())
			}
			checkWhole(t, events)
		}
	})
}

// Where a cursor can't be continued, its room says so, and the ids ask for it again
// until that was said.
func TestBundleNotices(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "a", "name": "a", "kind": "open"})
		mina.post("lobby", "x")
		for i := range 20 {
			mina.post("a", fmt.Sprint(i))
		}
		s := mina.bundle("lobby:0,a:12.00000000", "")
		said := s.caughtUp(2)
		if e := said[2]; e.Name != "member" || !strings.HasSuffix(e.ID, ",a:12.00000000") {
			t.Error(e)
		}
		rooms := s.inRooms(said[4:], "lobby", "a")
		if list := rooms["a"]; len(list) != 23 || list[0].Name != "reset" || list[1].ID[:2] != "1." {
			t.Error(list)
		}
		// What is behind a gap has a number, and no tag that is known.
		mina.must(200, "PATCH", "/rooms/a", map[string]any{"retention": map[string]any{"keep_messages": 5}})
		if err := upkeep.RetainNow(t.Context(), h.store.Database(), time.Now()); err != nil {
			t.Fatal(err)
		}
		s = mina.bundle("a:3,lobby:0", "")
		rooms = s.inRooms(s.caughtUp(2), "a", "lobby")
		want := mina.open("a", "3").until("caught-up")
		if !slices.Equal(rooms["a"], want) || want[1].Name != "gap" {
			t.Errorf("%v, want %v", rooms["a"], want)
		}
	})
}

// Whoever may read one room less goes on with the others; behind the last the stream
// ends.
func TestBundleRightsEnd(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		for _, slug := range []string{"a", "b", "c"} {
			mina.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "closed", "members": []int64{bora.id}})
		}
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "secret", "name": "s", "kind": "closed"})
		s := bora.bundle("a:head,b:head,c:head,secret:head,no-room", "")
		opening := s.caughtUp(3)
		if opening[3] != (event{Name: "gone", Data: `{"room":"secret"}`}) || opening[4] != (event{Name: "gone", Data: `{"room":"no-room"}`}) {
			t.Error(opening)
		}
		mina.must(204, "DELETE", fmt.Sprint("/rooms/b/members/", bora.id), nil)
		mina.post("b", "canary")
		mina.post("secret", "canary")
		removed := s.take(2)
		if removed[0].Name != "member" || removed[1] != (event{Name: "gone", Data: `{"room":"b"}`}) || !strings.HasSuffix(removed[0].ID, ",secret:head,no-room") {
			t.Error(removed)
		}
		mina.post("a", "on")
		if e := s.take(1)[0]; e.Name != "message" || !strings.Contains(e.ID, strings.Split(removed[0].ID, ",")[1]) {
			t.Error(e)
		}
		// Back in the room, he reads on where it ended.
		last := removed[0].ID
		mina.must(200, "PUT", fmt.Sprint("/rooms/b/members/", bora.id), nil)
		again := bora.bundle("a,b", last)
		back := again.inRooms(again.caughtUp(2), "a", "b")
		if list := logged(back["b"]); len(list) != 2 || list[0].Name != "message" || !strings.Contains(list[0].Data, "canary") {
			t.Error(list)
		}
		mina.must(204, "DELETE", "/rooms/a", nil)
		if end := s.take(2); end[0].Name != "room" || end[1].Name != "gone" {
			t.Error(end)
		}
		h.db.Must(fmt.Sprintf(`DELETE FROM members WHERE room_id = (SELECT id FROM rooms WHERE slug = 'c') AND user_id = %d`, bora.id))
		if end := logged(s.ended()); len(end) != 2 || end[0].Name != "member" || end[1] != (event{Name: "gone", Data: `{"room":"c"}`}) {
			t.Error(end)
		}
		h.wait("the stream is counted no more", 5*time.Second, func() bool { return h.streams.Open() == 1 })
	})
}

// What is no list of rooms, and what is no stream, is refused.
func TestBundleRefusals(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "a", "name": "a", "kind": "closed"})
		ask := func(status int, rooms string, headers ...string) {
			t.Helper()
			bora.must(status, "GET", "/events"+rooms, nil, append([]string{"Accept", "text/event-stream"}, headers...)...)
		}
		for _, rooms := range []string{
			"", "?rooms=", "?rooms=lobby,lobby", "?rooms=lobby:", "?rooms=lobby:x", "?rooms=Lobby", "?rooms=lobby,,a", "?rooms=lobby;a",
			"?rooms=lobby" + strings.Repeat(",x", 1) + ",x", "?rooms=" + strings.Join(many(21), ","),
		} {
			ask(400, rooms)
		}
		ask(400, "?rooms=lobby", "Last-Event-ID", "7.00000001")
		ask(400, "?rooms=lobby", "Last-Event-ID", "lobby:7.x")
		for _, accept := range []string{"", "*/*", "application/json"} {
			if a := bora.must(400, "GET", "/events?rooms=lobby", nil, "Accept", accept); a.code() != "invalid" || !strings.Contains(a.text, "text/event-stream") {
				t.Error(a.text)
			}
		}
		ask(404, "?rooms=a,nowhere")
		bora.must(405, "HEAD", "/events?rooms=lobby", nil)
		h.visitor().must(401, "GET", "/events?rooms=lobby", nil, "Accept", "text/event-stream")
		// The header goes before the address, and rooms that it alone names are none.
		s := bora.bundle("lobby:0", "lobby:head,a:3")
		if e := s.until("caught-up"); len(e) != 2 {
			t.Error(e)
		}
		if s := bora.bundle(strings.Join(append(many(19), "lobby"), "%2C"), ""); s.res.StatusCode != 200 {
			t.Error(s.res.Status)
		}
	})
}

func many(n int) (slugs []string) {
	for i := range n {
		slugs = append(slugs, fmt.Sprint("room-", i))
	}
	return slugs
}

// However many rooms it has, a bundle is one stream; and it ends with its
// credential, and with the node.
func TestBundleIsOneStream(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		h := build(t, s, db, free, stream.Limits{PerUser: 2})
		mina := h.signUp("mina")
		for _, slug := range []string{"a", "b"} {
			mina.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "closed"})
		}
		phone := mina.again()
		here, there := mina.bundle("lobby:head,a:head,b:head", ""), phone.bundle("lobby:head,a:head", "")
		here.caughtUp(3)
		there.caughtUp(2)
		if h.streams.Open() != 2 {
			t.Error(h.streams.Open())
		}
		mina.must(429, "GET", "/events?rooms=lobby", nil, "Accept", "text/event-stream")
		phone.must(204, "DELETE", "/session", nil)
		if end := there.ended(); len(end) == 0 || end[len(end)-1].Name != "bye" || !strings.Contains(end[len(end)-1].Data, `"code":"unauthenticated"`) {
			t.Error(end)
		}
		mina.post("b", "still here")
		here.until("message")
		h.wait("one is left", 5*time.Second, func() bool { return h.streams.Open() == 1 })
		go h.streams.Stop()
		if end := here.ended(); len(end) == 0 || end[len(end)-1].Name != "bye" || strings.Contains(end[len(end)-1].Data, "code") {
			t.Error(end)
		}
	})
}

// Signals of all its rooms come on a bundle, those for the user alone once, and who
// has it is there in all its rooms.
func TestBundleSignals(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "a", "name": "a", "kind": "closed", "members": []int64{bora.id}})
		mina.join("lobby")
		bora.join("lobby")
		s := mina.bundle("lobby:head,a:head", "")
		s.caughtUp(2)
		for _, room := range []string{"lobby", "a"} {
			h.wait("mina is there", 5*time.Second, func() bool { return slices.Equal(bora.present(room), []int64{mina.id}) })
			bora.must(204, "POST", "/rooms/"+room+"/typing", nil)
			if got := s.signal("typing"); got.Room != room || got.User.ID != bora.id {
				t.Error(got)
			}
		}
		seq := bora.post("a", "x")
		s.until("message")
		mina.must(204, "PUT", "/rooms/a/read", map[string]any{"seq": seq})
		if got := s.signal("read"); got.Room != "a" || got.Seq != seq {
			t.Error(got)
		}
		s.quiet("read", 300*time.Millisecond)
		s.res.Body.Close()
		h.wait("mina has gone", 15*time.Second, func() bool { return len(bora.present("lobby"))+len(bora.present("a")) == 0 })
	})
}

// A reader who takes little gets everything, holds up nobody, and costs little.
func TestBundleSlowReader(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "a", "name": "a", "kind": "open"})
		slow := *mina
		slow.client = &http.Client{Jar: mina.client.Jar, Transport: &http.Transport{DialContext: (&net.Dialer{Control: smallBuffer}).DialContext}}
		r := slow.request("GET", "/events?rooms=lobby:0,a:0", nil, "Accept", "text/event-stream")
		res, err := slow.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		quick := mina.bundle("lobby:0,a:0", "")
		quick.caughtUp(2)
		h.db.Must(longHistory)
		mina.post("lobby", "one")
		for n := 0; n < 1502; n++ {
			quick.until("message")
			if n == 1500 {
				break
			}
		}
		s := newStream(t, res)
		go s.read()
		var came []event
		for len(logged(came)) < 1502+1 {
			came = append(came, s.next())
		}
		for slug, events := range s.inRooms(came, "lobby", "a") {
			checkWhole(t, events)
			if slug == "a" && len(logged(events)) != 1501 {
				t.Error(len(events))
			}
		}
	})
}

// others waits for what an inbox tells next: slugs and heads.
func (s *listener) others() map[string]int64 {
	s.t.Helper()
	e := s.take(1)[0]
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

// What happens at one node is in the inbox at another.
func TestInboxBetweenNodes(t *testing.T) {
	t.Parallel()
	two := nodes(t, 2)
	mina, bora := two[0].signUp("mina"), two[0].signUp("bora")
	mina.must(201, "POST", "/rooms", map[string]any{"slug": "a", "name": "a", "kind": "closed", "members": []int64{bora.id}})
	s := bora.at(two[1]).bundle("lobby:head", "")
	s.caughtUp(1)
	if got := s.others(); !maps.Equal(got, map[string]int64{"a": 2}) {
		t.Error(got)
	}
	time.Sleep(1500 * time.Millisecond) // nothing was told for a second
	began := time.Now()
	mina.post("a", "x")
	if got := s.others(); !maps.Equal(got, map[string]int64{"a": 3}) {
		t.Error(got)
	}
	t.Logf("from a post here to the inbox there: %v", time.Since(began))
	mina.must(201, "POST", "/rooms", map[string]any{"slug": "b", "name": "b", "kind": "closed", "members": []int64{bora.id}})
	if got := s.others(); !maps.Equal(got, map[string]int64{"b": 2}) {
		t.Error(got)
	}
	mina.must(204, "DELETE", fmt.Sprint("/rooms/a/members/", bora.id), nil)
	mina.post("a", "canary")
	mina.post("b", "y")
	if got := s.others(); !maps.Equal(got, map[string]int64{"b": 3}) {
		t.Error(got)
	}
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
		s.caughtUp(2)
		want(s, map[string]int64{"b": 3})
		mina.post("secret", "not for bora")
		mina.post("b", "x")
		want(s, map[string]int64{"b": 4})
		mina.must(200, "PUT", fmt.Sprint("/rooms/c/members/", bora.id), nil)
		want(s, map[string]int64{"c": 2})
		mina.post("a", "on the stream itself")
		if e := s.take(1)[0]; e.Name != "message" {
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
			for i := range 60 {
				mina.post("d", "much")
				if i%10 == 5 { // another's inbox is filled, and all is looked at
					other := mina.bundle("lobby", "")
					other.until("caught-up")
					other.res.Body.Close()
				}
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
