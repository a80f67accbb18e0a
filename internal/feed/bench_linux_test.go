package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
		encode("lobby", e)
	}
}

func BenchmarkRingPush(b *testing.B) {
	b.ReportAllocs()
	r := ring{size: ringSize}
	f := encode("lobby", event(1))
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
				if s, ok := r.recall(batch); !ok || len(s.wire()) == 0 {
					b.Fatal("nothing came")
				}
			}
		})
	}
}

// silent is a log in which nothing ever stands.
type silent struct{ Alone }

func (silent) Heads(context.Context) (map[int64]chat.RoomState, error) {
	return nil, errors.New("nothing is said here")
}
func (silent) Extracts(_ context.Context, asked []chat.Extract) ([]chat.Extracted, error) {
	return make([]chat.Extracted, len(asked)), nil
}

func (silent) Events(context.Context, chat.Room, int64, int) ([]chat.Event, chat.RoomState, error) {
	return nil, chat.RoomState{}, nil
}
func (silent) ReadingAgain(context.Context, chat.Room, int64) (chat.Reading, error) {
	return chat.Reading{}, nil
}
func (silent) Continue(context.Context, chat.Room, chat.Cursor) (chat.Start, error) {
	return chat.Start{}, nil
}
func (silent) EndingsAfter(context.Context, int64) ([]chat.Ending, int64, error) { return nil, 0, nil }

// BenchmarkFeed is a message to 100 readers over bare connections, one by one:
// each waits until all have the one before. The time is that of the window in
// which a busy room gathers; what counts is what is allocated.
func BenchmarkFeed(b *testing.B) {
	const readers = 100
	streams := NewStreams(Limits{})
	f, err := New(b.Context(), silent{}, streams, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer f.closeLines()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	var came atomic.Int64
	all := make(chan struct{}, 1)
	for range readers {
		theirs, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		ours, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		reading := chat.Reading{Room: chat.Room{ID: 1, Slug: "lobby", Kind: chat.Open}}
		ticket, _ := streams.Enter(chat.Actor{}, netip.Addr{})
		s, err := f.Stream(b.Context(), reading, chat.Start{}, chat.User{}, ticket)
		if err != nil {
			b.Fatal(err)
		}
		s.HandOver(ours, nil)
		go func() {
			defer theirs.Close()
			buf := make([]byte, 4096)
			for {
				n, err := theirs.Read(buf)
				if err == io.EOF || n == 0 {
					return
				}
				if n := came.Add(int64(bytes.Count(buf[:n], []byte("event: message")))); n > 0 && n%readers == 0 {
					select {
					case all <- struct{}{}:
					default:
					}
				}
			}
		}()
	}
	time.Sleep(100 * time.Millisecond) // until all have had their opening
	rm := f.held()[0]
	b.ReportAllocs()
	for seq := int64(1); b.Loop(); seq++ {
		rm.append([]chat.Event{event(seq)})
		<-all
	}
}
