package feed_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"maru/internal/chat"
	"maru/internal/feed"
)

// parse reads events after the WHATWG text: \r\n, \n and \r each end a line.
func parse(wire []byte) (events []map[string]string) {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(wire))
	for _, block := range strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		fields := map[string]string{}
		for _, line := range strings.Split(block, "\n") {
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			if _, twice := fields[name]; twice {
				value = fields[name] + "\n" + value
			}
			fields[name] = value
		}
		events = append(events, fields)
	}
	return events
}

// Whatever strangers write, an event on the wire is one event, and its data are
// what went in.
func FuzzEncode(f *testing.F) {
	for _, seed := range []string{"hi", "a\r\nb\rc\nd", "data: x\n\nid: 9\nevent: gone\n\n", "\u2028\u2029", "\x00\x1b", "한글 😀", "</script>", "\xff\xfe"} {
		f.Add(seed, seed, int64(7), uint32(99))
	}
	f.Fuzz(func(t *testing.T, body, name string, seq int64, tag uint32) {
		if seq < 1 || seq > chat.MaxID {
			return
		}
		m := &chat.Message{Room: "lobby", Seq: seq, Author: chat.User{ID: 1, Name: name, DisplayName: name}, Body: body}
		frame := feed.Encode("lobby", chat.Event{Cursor: chat.Cursor{Seq: seq, Tag: chat.Tag(tag &^ (1 << 31))}, Change: chat.Posted, Message: m})
		events := parse(frame.Wire())
		if len(events) != 1 || len(events[0]) != 3 || events[0]["event"] != "message" || events[0]["id"] != frame.ID() {
			t.Fatalf("%q is not one event", frame.Wire())
		}
		if events[0]["data"] != string(frame.Data()) || bytes.ContainsAny(frame.Data(), "\r\n") {
			t.Fatalf("%q", frame.Wire())
		}
		var got struct{ Body string }
		if err := json.Unmarshal(frame.Data(), &got); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(body) && got.Body != body {
			t.Fatalf("%q became %q", body, got.Body)
		}
		if _, err := chat.ParsePosition(frame.ID()); err != nil {
			t.Fatalf("%s is no cursor: %v", frame.ID(), err)
		}
	})
}
