package sse

import (
	"reflect"
	"testing"
	"time"
)

// cases are streams and the events that the text says they have.
var cases = []struct {
	name   string
	stream string
	events []Event
	lastID string
}{
	{"one event", "id: 1.aa\nevent: message\ndata: {}\n\n", []Event{{"1.aa", "message", "{}"}}, "1.aa"},
	{"carriage returns", "id: 1\rdata: x\r\r", []Event{{"1", "message", "x"}}, "1"},
	{"both ends of a line", "id: 1\r\ndata: x\r\n\r\n", []Event{{"1", "message", "x"}}, "1"},
	{"ends mixed", "data: a\r\ndata: b\ndata: c\r\r\n", []Event{{"", "message", "a\nb\nc"}}, ""},
	{"byte order mark", "\xef\xbb\xbfdata: x\n\n", []Event{{"", "message", "x"}}, ""},
	{"a mark later is text", "data: \xef\xbb\xbfx\n\n", []Event{{"", "message", "\ufeffx"}}, ""},
	{"one space is eaten", "data:  x\ndata:y\n\n", []Event{{"", "message", " x\ny"}}, ""},
	{"a comment is nothing", ": beat\n\ndata: x\n\n", []Event{{"", "message", "x"}}, ""},
	{"no data, no event, but the id counts", "id: 7\n\n", nil, "7"},
	{"the id stays for the next", "id: 7\ndata: a\n\ndata: b\n\n", []Event{{"7", "message", "a"}, {"7", "message", "b"}}, "7"},
	{"the name does not stay", "event: beat\ndata: a\n\ndata: b\n\n", []Event{{"", "beat", "a"}, {"", "message", "b"}}, ""},
	{"an id with NUL is ignored", "id: 1\x002\ndata: a\n\n", []Event{{"", "message", "a"}}, ""},
	{"an empty id resets", "id: 7\ndata: a\n\nid\ndata: b\n\n", []Event{{"7", "message", "a"}, {"", "message", "b"}}, ""},
	{"a field without colon", "data\n\n", []Event{{"", "message", ""}}, ""},
	{"an unknown field", "foo: bar\ndata: x\n\n", []Event{{"", "message", "x"}}, ""},
	{"cut before the empty line", "id: 1\ndata: a\n\nid: 2\ndata: b\n", []Event{{"1", "message", "a"}}, "1"},
	{"cut after the id", "id: 1\ndata: a\n\nid: 2\n", []Event{{"1", "message", "a"}}, "1"},
	{"cut inside the data", "id: 1\ndata: a\n\nid: 2\ndata: {\"bo", []Event{{"1", "message", "a"}}, "1"},
	{"two data lines", "data\ndata\n\n", []Event{{"", "message", "\n"}}, ""},
}

func TestParser(t *testing.T) {
	for _, c := range cases {
		for cut := 0; cut <= len(c.stream); cut++ {
			var got []Event
			p := Parser{Dispatch: func(e Event) { got = append(got, e) }}
			p.Write([]byte(c.stream[:cut]))
			p.Write([]byte(c.stream[cut:]))
			if !reflect.DeepEqual(got, c.events) || p.LastID() != c.lastID {
				t.Fatalf("%s, cut at %d: %q with %q, not %q with %q", c.name, cut, got, p.LastID(), c.events, c.lastID)
			}
		}
		var got []Event
		p := Parser{Dispatch: func(e Event) { got = append(got, e) }}
		for i := range len(c.stream) {
			p.Write([]byte(c.stream[i : i+1]))
		}
		if !reflect.DeepEqual(got, c.events) {
			t.Fatalf("%s, byte by byte: %q, not %q", c.name, got, c.events)
		}
	}
}

func TestRetry(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"2000": 2 * time.Second, "0": 0, "+5": -1, "1s": -1, "": -1, "99999999999999999999": -1,
	} {
		got := time.Duration(-1)
		p := Parser{Retry: func(d time.Duration) { got = d }}
		p.Write([]byte("retry: " + value + "\n\n"))
		if got != want {
			t.Errorf("retry %q gave %v, not %v", value, got, want)
		}
	}
}

func TestRunesCutAnywhere(t *testing.T) {
	const text = "안녕하세요 👋🏽 마루"
	stream := []byte("data: " + text + "\n\n")
	for cut := range stream {
		var got string
		p := Parser{Dispatch: func(e Event) { got = e.Data }}
		p.Write(stream[:cut])
		p.Write(stream[cut:])
		if got != text {
			t.Fatalf("cut at %d: %q", cut, got)
		}
	}
}
