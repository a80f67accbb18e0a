package feed

import (
	"fmt"
	"strings"
	"testing"

	"maru/internal/chat"
)

func event(seq int64) chat.Event {
	m := &chat.Message{Room: "lobby", Seq: seq, Author: chat.User{ID: 1, Name: "mina", DisplayName: "미나"}, Body: strings.Repeat("about sixty characters ", 3)[:60]}
	return chat.Event{Cursor: chat.Cursor{Seq: seq, Tag: 7}, Change: chat.Posted, Ref: seq, Message: m}
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	e := event(1)
	for b.Loop() {
		Encode("lobby", e)
	}
}

func BenchmarkRingPush(b *testing.B) {
	b.ReportAllocs()
	r := ring{size: ringSize}
	f := Encode("lobby", event(1))
	for b.Loop() {
		r.push(f)
	}
}

// A reader who stands where others stand too, n events behind.
func BenchmarkRecall(b *testing.B) {
	for _, n := range []int64{1, 10, 64} {
		b.Run(fmt.Sprint(n, " behind"), func(b *testing.B) {
			b.ReportAllocs()
			rm := newRoom(chat.Reading{Room: chat.Room{ID: 1, Slug: "lobby", Kind: chat.Open}}, ringSize)
			var events []chat.Event
			for seq := range int64(100) {
				events = append(events, event(seq+1))
			}
			rm.append(events)
			r := &Reader{room: rm}
			for b.Loop() {
				r.at.Seq = 100 - n
				if s, ok := r.Recall(Batch); !ok || len(s.Wire()) == 0 {
					b.Fatal("nothing came")
				}
			}
		})
	}
}
