package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/upkeep"
)

// poll is what a poll answers with.
type poll struct {
	Events []struct {
		ID, Event string
		Data      json.RawMessage
	}
	Cursor string
	Head   int64
}

func (a answer) poll() (p poll, events []event) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.text), &p); err != nil {
		a.t.Fatal(err, a.text)
	}
	for _, e := range p.Events {
		events = append(events, event{e.ID, e.Event, string(e.Data)})
	}
	return p, events
}

// logged leaves out the events that have no place in a poll.
func logged(events []event) []event {
	return slices.DeleteFunc(slices.Clone(events), func(e event) bool {
		return slices.Contains([]string{"hello", "caught-up", "beat", "bye"}, e.Name)
	})
}

// script does in the lobby what can be done in a room. Mina owns the server.
func script(mina, bora *visitor) {
	first := mina.post("lobby", "안녕 **여러분** @bora <b>&amp;</b>")
	bora.must(201, "POST", "/rooms/lobby/messages", map[string]any{"body": "네\r\n`code`\u2028x", "nonce": "n-1", "reply_to": first})
	gone := bora.post("lobby", "to be deleted")
	mina.must(200, "PATCH", fmt.Sprint("/rooms/lobby/messages/", first), map[string]any{"body": "안녕하세요"})
	bora.must(204, "PUT", fmt.Sprint("/rooms/lobby/messages/", gone, "/reactions/👎"), nil)
	bora.must(204, "DELETE", fmt.Sprint("/rooms/lobby/messages/", gone), nil)
	bora.must(204, "PUT", fmt.Sprint("/rooms/lobby/messages/", first, "/reactions/👍🏽"), nil)
	mina.must(204, "PUT", fmt.Sprint("/rooms/lobby/messages/", first, "/reactions/❤"), nil)
	mina.must(204, "PUT", fmt.Sprint("/rooms/lobby/messages/", first, "/reactions/👍🏽"), nil)
	mina.must(204, "DELETE", fmt.Sprint("/rooms/lobby/messages/", first, "/reactions/❤"), nil)
	mina.must(200, "PATCH", "/rooms/lobby", map[string]any{"topic": "말하기"})
	mina.must(200, "PUT", fmt.Sprint("/rooms/lobby/members/", bora.id), map[string]any{"role": "moderator"})
	bora.must(200, "PATCH", "/account", map[string]any{"display_name": "보라"})
	bora.must(204, "DELETE", "/rooms/lobby/members/me", nil)
}

// What goes over the wire is what stands in the golden file, but for times,
// tags and secrets. Set MARU_GOLDEN=write to write it anew.
func TestGoldenWire(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		script(mina, h.signUp("bora"))
		res := mina.events("/rooms/lobby/events", "0")
		wire := bytesUntil(t, res, "event: caught-up")
		var head strings.Builder
		res.Header.Del("Date")
		res.Header.Write(&head)
		poll := mina.must(200, "GET", "/rooms/lobby/events?after=0", nil).text
		page := mina.must(200, "GET", "/rooms/lobby/messages", nil).text
		room := mina.must(200, "GET", "/rooms/lobby", nil).text
		refusal := mina.must(404, "GET", "/rooms/nowhere", nil).text
		got := strings.Join([]string{head.String(), wire, poll, page, room, refusal}, "\n")
		golden(t, "wire.txt", plain(got))
	})
}

// bytesUntil reads a stream up to the end of the event that has a text.
func bytesUntil(t *testing.T, res *http.Response, text string) string {
	t.Helper()
	var wire strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(wire.String(), text) || !strings.HasSuffix(wire.String(), "\n\n") {
		n, err := res.Body.Read(buf)
		wire.Write(buf[:n])
		if err != nil {
			t.Fatal(err, wire.String())
		}
	}
	return wire.String()
}

// So does a stream of several rooms.
func TestGoldenBundle(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		script(mina, h.signUp("bora"))
		for _, slug := range []string{"dev", "elsewhere"} {
			mina.must(201, "POST", "/rooms", map[string]any{"slug": slug, "name": slug, "kind": "closed"})
			mina.post(slug, "in "+slug)
		}
		wire := bytesUntil(t, mina.events("/events?rooms=lobby:0,dev,nowhere:head", "lobby:14,other:1"), "event: inbox")
		golden(t, "bundle.txt", plain(wire))
	})
}

// plain leaves out of what came over the wire what is different each time.
func plain(wire string) string {
	wire = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`).ReplaceAllString(wire, "TIME")
	wire = regexp.MustCompile(`\.[0-9a-f]{8}\b`).ReplaceAllString(wire, ".TAG")
	return strings.ReplaceAll(wire, "\r\n", "\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if os.Getenv("MARU_GOLDEN") == "write" {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the wire has changed; got:\n%s", got)
	}
}

// The same log, read live, from the ring, from the tables, by long poll and by
// poll, is the same byte for byte; and its numbers are whole.
func TestThreeWaysAreEqual(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		live := mina.open("lobby", "0") // before anything happens: from the ring
		live.until("caught-up")
		script(mina, bora)
		for i := range 80 {
			bora.post("lobby", fmt.Sprint("more ", i))
		}
		reader := h.signUp("other")
		head := int64(bora.must(200, "GET", "/rooms/lobby", nil).at("room", "head").(float64))
		all, _ := reader.must(200, "GET", "/rooms/lobby/events?after=0", nil).poll()
		want := make([]event, 0, head)
		for i, e := range all.Events {
			want = append(want, event{e.ID, e.Event, string(e.Data)})
			if !strings.HasPrefix(e.ID, fmt.Sprint(i+1, ".")) {
				t.Fatalf("number %d has the id %s", i+1, e.ID)
			}
			if strings.ContainsAny(string(e.Data), "\r\n") {
				t.Errorf("%s has a line end inside", e.ID)
			}
		}
		if int64(len(want)) != head || all.Cursor != want[head-1].ID || all.Head != head {
			t.Fatalf("%d events, cursor %s, head %d; the head is %d", len(want), all.Cursor, all.Head, head)
		}
		same := func(way string, got []event) {
			t.Helper()
			if got = logged(got); !slices.Equal(got, want[len(want)-len(got):]) || len(got) == 0 {
				t.Errorf("%s differs:\n%v\nwant\n%v", way, got, want[len(want)-len(got):])
			}
		}
		same("a stream from the ring", reader.open("lobby", "0").until("caught-up"))
		same("a stream of a new reader", reader.open("lobby", "").until("caught-up"))
		// Long polls page by page, each from the cursor of the one before.
		var paged []event
		for cursor := "0"; cursor != all.Cursor; {
			p, events := reader.must(200, "GET", "/rooms/lobby/events?wait=5&after="+cursor, nil).poll()
			paged, cursor = append(paged, events...), p.Cursor
		}
		same("long polls", paged)
		for _, at := range []int{0, 1, 2, 40, len(want) - 2} {
			_, events := reader.must(200, "GET", "/rooms/lobby/events?after="+url.QueryEscape(want[at].ID), nil).poll()
			if same("a poll from "+want[at].ID, events); len(events) != len(want)-1-at {
				t.Errorf("from %s came %d events", want[at].ID, len(events))
			}
			same("a stream from "+want[at].ID, reader.open("lobby", want[at].ID).until("caught-up"))
		}
		// A second server on the same tables has nothing in memory.
		fresh := build(t, h.db.Open(), h.db, free, h.limits())
		again := fresh.visitor()
		again.must(200, "POST", "/session", map[string]any{"name": "other", "password": password})
		same("a stream from the tables", again.open("lobby", "0").until("caught-up"))
		// What came live were states as they stood then: the numbers are the same,
		// and the last state of each message is.
		var came []event
		for len(came) < len(want) {
			came = append(came, logged([]event{live.next()})...)
		}
		last := map[string]string{}
		for i, e := range came {
			if e.ID != want[i].ID || e.Name != want[i].Name {
				t.Fatalf("live came %s, the log has %s", e, want[i])
			}
			last[subject(e)] = e.Data
		}
		for _, e := range want {
			if e.Name == "message" && last[subject(e)] != e.Data && !strings.Contains(e.Data, "보라") {
				t.Errorf("live ended with %s, the log with %s", last[subject(e)], e.Data)
			}
		}
	})
}

// subject is the message that an event shows.
func subject(e event) string {
	var m struct{ Seq json.Number }
	json.Unmarshal([]byte(e.Data), &m)
	return string(m.Seq)
}

func TestStreamOpening(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		empty := mina.open("lobby", "").until("caught-up")
		if len(empty) != 2 || empty[0].Name != "hello" || !strings.Contains(empty[0].Data, `"head":0,"floor":0,"you":{"id":1,`) ||
			empty[1].Data != `{"room":"lobby","head":0,"cursor":"0"}` {
			t.Error(empty)
		}
		res := mina.open("lobby", "").res
		for name, want := range map[string]string{
			"Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no", "Content-Encoding": "",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		for i := range 60 {
			mina.post("lobby", fmt.Sprint(i))
		}
		fresh := mina.open("lobby", "").until("caught-up")
		if len(fresh) != 52 || !strings.HasPrefix(fresh[1].ID, "12.") || !strings.HasPrefix(fresh[50].ID, "61.") {
			t.Errorf("a new reader gets %d events from %s", len(fresh), fresh[1].ID)
		}
		head := mina.open("lobby", "head")
		opening := head.until("caught-up")
		if len(opening) != 2 || opening[1].Data != fmt.Sprintf(`{"room":"lobby","head":61,"cursor":%q}`, fresh[50].ID) {
			t.Error(opening)
		}
		mina.post("lobby", "live")
		if e := head.next(); e.Name != "message" || !strings.HasPrefix(e.ID, "62.") {
			t.Error(e)
		}
		for position, want := range map[string]string{
			"62.00000000": "hello reset message", "63": "hello reset message", "9000.12345678": "hello reset message",
			fresh[50].ID: "hello message caught-up", "61": "hello message caught-up", "62": "hello caught-up",
		} {
			s := mina.open("lobby", position)
			var names []string
			for range len(strings.Fields(want)) {
				names = append(names, s.next().Name)
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("from %s: %s, want %s", position, got, want)
			}
		}
		_, events := mina.must(200, "GET", "/rooms/lobby/events?after=62.00000000", nil).poll()
		if events[0].Name != "reset" || events[0].ID != "" || events[0].Data != `{"room":"lobby"}` || len(events) != 51 {
			t.Error(len(events), events[0])
		}
		// A stream is what Accept names, also where it names more.
		mina.open("lobby", "head", "Accept", "application/json, text/event-stream;q=0.5").until("caught-up")
	})
}

func TestPollWithTag(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		const path = "/rooms/lobby/events"
		empty := mina.must(200, "GET", path, nil)
		if empty.header.Get("ETag") != `"0"` || empty.text != `{"events":[],"cursor":"0","head":0}`+"\n" {
			t.Error(empty.header, empty.text)
		}
		mina.must(304, "GET", path, nil, "If-None-Match", `"0"`)
		mina.post("lobby", "x")
		full := mina.must(200, "GET", path, nil, "If-None-Match", `"0"`)
		tag := full.header.Get("ETag")
		p, _ := full.poll()
		if tag != `"`+p.Cursor+`"` || full.header.Get("Cache-Control") != "private, no-cache" || full.header.Get("Vary") != "Accept, Authorization, Cookie" {
			t.Error(full.header)
		}
		same := mina.must(304, "GET", path+"?after="+p.Cursor, nil, "If-None-Match", tag)
		if same.header.Get("ETag") != tag || same.header.Get("Cache-Control") != "private, no-cache" || same.text != "" {
			t.Error(same.header, same.text)
		}
		mina.must(304, "GET", path, nil, "If-None-Match", `"1.00000000", W/`+tag)
		mina.must(200, "GET", path, nil, "If-None-Match", `"2.00000000"`)
		mina.must(200, "GET", path+"?after=head", nil, "If-None-Match", `"2"`)
		if a := mina.must(200, "GET", "/rooms/lobby", nil); a.header.Get("Cache-Control") != "no-store" {
			t.Error(a.header)
		}
		// Nobody gets a 304 who may not read.
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "closed", "name": "x", "kind": "closed"})
		bora := h.signUp("bora")
		tag = mina.must(200, "GET", "/rooms/closed/events", nil).header.Get("ETag")
		bora.must(404, "GET", "/rooms/closed/events", nil, "If-None-Match", tag)
		h.visitor().must(401, "GET", path, nil, "If-None-Match", tag)
	})
}

func TestLongPoll(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		mina.post("lobby", "x")
		began := time.Now()
		p, events := mina.must(200, "GET", "/rooms/lobby/events?wait=1&after=head", nil).poll()
		if len(events) != 0 || !strings.HasPrefix(p.Cursor, "2.") || p.Head != 2 || time.Since(began) < 900*time.Millisecond {
			t.Error(p, time.Since(began))
		}
		came := make(chan answer)
		go func() { came <- mina.do("GET", "/rooms/lobby/events?wait=25&after="+p.Cursor, nil) }()
		time.Sleep(100 * time.Millisecond)
		h.db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'from a shell')`)
		select {
		case a := <-came:
			if _, events := a.poll(); len(events) != 1 || !strings.Contains(events[0].Data, "from a shell") {
				t.Error(a.text)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a long poll was not woken")
		}
	})
}

// When the server stops, streams are told when to come back.
func TestStop(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		s := mina.open("lobby", "")
		s.until("caught-up")
		polled := make(chan answer)
		go func() { polled <- mina.do("GET", "/rooms/lobby/events?wait=20&after=head", nil) }()
		time.Sleep(100 * time.Millisecond)
		h.streams.Stop()
		last := s.ended()
		if len(last) != 1 || last[0].Name != "bye" || strings.Contains(last[0].Data, "code") || !strings.Contains(last[0].Data, `"retry_ms":`) {
			t.Error(last)
		}
		if a := <-polled; a.status != 200 {
			t.Error("a long poll:", a.status, a.text)
		}
		a := mina.must(503, "GET", "/rooms/lobby/events", nil, "Accept", "text/event-stream")
		if a.code() != "busy" || a.header.Get("Retry-After") == "" {
			t.Error(a.text, a.header)
		}
		mina.post("lobby", "posts are finished")
	})
}

// A room that keeps its newest messages tells a reader who has been overtaken,
// in each way of reading, and no other.
func TestRetentionGap(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for i := range 20 {
			mina.post("lobby", fmt.Sprint(i))
		}
		for _, bad := range []string{`{"retention":{"keep_messages":0}}`, `{"retention":{"keep_days":-1}}`, `{"retention":{"keep_messages":"5"}}`,
			`{"retention":{"keep":5}}`, `{"retention":5}`, `{"retention":{"keep_days":99999999}}`} {
			mina.must(400, "PATCH", "/rooms/lobby", bad)
		}
		a := mina.must(200, "PATCH", "/rooms/lobby", map[string]any{"retention": map[string]any{"keep_messages": 5}})
		if a.at("room", "retention", "keep_messages").(float64) != 5 {
			t.Error(a.text)
		}
		at := map[int]string{}
		all, _ := mina.must(200, "GET", "/rooms/lobby/events?after=0", nil).poll()
		for i, e := range all.Events {
			at[i+1] = e.ID
		}
		live := mina.open("lobby", "head")
		live.until("caught-up")
		if err := upkeep.RetainNow(t.Context(), h.store.Database(), time.Now()); err != nil {
			t.Fatal(err)
		}
		for from, gap := range map[string]string{
			at[3]: `{"room":"lobby","from":3,"floor":16}`, "15": `{"room":"lobby","from":15,"floor":16}`, "1.00000001": `{"room":"lobby","from":1,"floor":16}`,
			at[16]: "", at[17]: "", "16": "", "0": "", at[21]: "",
		} {
			for way, events := range map[string][]event{
				"stream":    logged(mina.open("lobby", from).until("caught-up")),
				"poll":      second(mina.must(200, "GET", "/rooms/lobby/events?after="+from, nil).poll()),
				"long poll": second(mina.must(200, "GET", "/rooms/lobby/events?wait=1&after="+from, nil).poll()),
			} {
				if gap == "" && len(events) > 0 && events[0].Name != "message" || gap != "" && (len(events) != 6 || events[0].Name != "gap" || events[0].Data != gap) {
					t.Errorf("%s from %s: %v", way, from, events)
				}
			}
		}
		if page := mina.must(200, "GET", "/rooms/lobby/messages", nil); len(page.at("messages").([]any)) != 5 || page.at("floor").(float64) != 16 {
			t.Error(page.text)
		}
		mina.must(404, "GET", "/rooms/lobby/messages/3", nil)
		mina.post("lobby", "still live")
		if e := live.next(); e.Name != "message" {
			t.Error("a live reader got", e)
		}
		if a := mina.must(200, "PATCH", "/rooms/lobby", map[string]any{"retention": map[string]any{}}); strings.Contains(a.text, "retention") {
			t.Error(a.text)
		}
	})
}

func second[A, B any](_ A, b B) B { return b }
