package stream_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/stream"
)

// alone is for the log of a node that has no others, and nobody to name.
type alone struct{}

func (alone) Shared() bool                     { return false }
func (alone) Signal(context.Context, []string) {}
func (alone) OnSignal(func(string))            {}
func (alone) Known(context.Context, int64, []int64) (string, int64, []chat.User, error) {
	return "", 0, nil, chat.NoSuchThing()
}

func (alone) Memberships(context.Context, []int64) ([]chat.Membership, error)   { return nil, nil }
func (alone) Moves(context.Context, map[int64]chat.Cursor) ([]chat.Move, error) { return nil, nil }

const theRoom = 1

// tape is a room's log in memory that only grows.
type tape struct {
	alone
	mu     sync.Mutex
	events []chat.Event
	reads  int // of Events
}

func (l *tape) state() chat.RoomState {
	head := int64(len(l.events))
	return chat.RoomState{Head: head, HeadTag: chat.Tag(head)}
}

func (l *tape) Continue(_ context.Context, _ chat.Room, at chat.Cursor) (chat.Start, error) {
	return chat.Start{After: at}, nil
}

func (l *tape) Heads(context.Context) (map[int64]chat.RoomState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return map[int64]chat.RoomState{theRoom: l.state()}, nil
}

func (l *tape) Extracts(ctx context.Context, asked []chat.Extract) ([]chat.Extracted, error) {
	found := make([]chat.Extracted, len(asked))
	for i, ask := range asked {
		found[i].Events, found[i].RoomState, _ = l.Events(ctx, ask.Room, ask.After, ask.Limit)
	}
	return found, nil
}

func (l *tape) Events(_ context.Context, _ chat.Room, after int64, limit int) ([]chat.Event, chat.RoomState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	return append([]chat.Event(nil), l.events[after:min(len(l.events), int(after)+limit)]...), l.state(), nil
}

func (l *tape) ReadingAgain(context.Context, chat.Room, int64) (chat.Reading, error) {
	return chat.Reading{}, chat.NoSuchThing()
}

func (l *tape) Made(context.Context, []string) (map[string]chat.Room, error) { return nil, nil }

func (l *tape) EndingsAfter(context.Context, int64) ([]chat.Ending, int64, error) { return nil, 0, nil }

// post appends a message whose text says its number and is as long as that says.
func (l *tape) post() {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := int64(len(l.events)) + 1
	m := &chat.Message{Room: "r", Seq: seq, Body: strings.Repeat(fmt.Sprint(seq, " "), 1+int(seq%97)*4)}
	l.events = append(l.events, chat.Event{Cursor: chat.Cursor{Seq: seq, Tag: chat.Tag(seq)}, Change: chat.Posted, Ref: seq, Message: m})
}

func (l *tape) reading(user int64) chat.Reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	return chat.Reading{Room: chat.Room{ID: theRoom, Slug: "r", Kind: chat.Open}, RoomState: l.state(), Right: chat.Right{User: user, Member: true}}
}

// studio is a feed of a tape, with bare connections to it.
type studio struct {
	testing.TB
	tape    *tape
	feed    *feed.Feed
	streams *stream.Streams
	mu      sync.Mutex // of l
	l       net.Listener
}

func newStudio(t testing.TB) *studio {
	t.Helper()
	s := &studio{TB: t, tape: &tape{}}
	ctx, stop := context.WithCancel(context.Background())
	var err error
	quiet := slog.New(slog.DiscardHandler)
	if s.feed, err = feed.New(ctx, s.tape, quiet); err != nil {
		t.Fatal(err)
	}
	s.streams = stream.New(s.feed, s.tape, stream.Limits{}, quiet)
	if s.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { s.feed.Run(ctx) })
	running.Go(func() { s.streams.Run(ctx) })
	t.Cleanup(func() { s.l.Close(); stop(); running.Wait() })
	return s
}

// open opens a stream behind a number and returns the reader's end of it.
func (s *studio) open(user, after int64) net.Conn {
	s.Helper()
	s.mu.Lock()
	theirs, err := net.Dial("tcp", s.l.Addr().String())
	if err != nil {
		s.Fatal(err)
	}
	ours, err := s.l.Accept()
	s.mu.Unlock()
	if err != nil {
		s.Fatal(err)
	}
	ours.(*net.TCPConn).SetWriteBuffer(4 << 10) // so that sockets are full often
	actor := chat.Actor{User: chat.User{ID: user}}
	ticket, err := s.streams.Enter(actor, netip.Addr{})
	if err != nil {
		s.Fatal(err)
	}
	opened, err := s.streams.Stream(context.Background(), s.tape.reading(user), chat.Start{After: chat.Cursor{Seq: after, Tag: chat.Tag(after)}}, actor.User, ticket)
	if err != nil {
		s.Fatal(err)
	}
	opened.HandOver(ours, []byte("HTTP/1.1 200 OK\r\n\r\n"))
	return theirs
}

// Quick and slow readers, some of whom leave, come when they like: each gets
// every byte of what stands behind its place, in order, from memory and from the
// tables, through sockets that are full half of the time; and signals between
// them, but none before it has caught up.
func TestBytesOverBareConnections(t *testing.T) {
	const readers, posts = 60, 1500
	s := newStudio(t)
	s.feed.Ring = 50
	for range 20 {
		s.tape.post()
	}
	var all sync.WaitGroup
	for user := range int64(readers) {
		dice := rand.New(rand.NewPCG(uint64(user), rand.Uint64()))
		all.Go(func() {
			time.Sleep(time.Duration(dice.IntN(1000)) * time.Millisecond)
			after := dice.Int64N(20)
			c := s.open(user, after)
			defer c.Close()
			part := make([]byte, 500+dice.IntN(20000))
			leaves := 1 << 30
			if user%5 == 4 {
				leaves = dice.IntN(200_000)
			}
			var got bytes.Buffer
			for !bytes.Contains(got.Bytes()[max(0, got.Len()-1<<16):], fmt.Appendf(nil, " %d \"}\n\n", posts)) {
				c.SetReadDeadline(time.Now().Add(20 * time.Second))
				n, err := c.Read(part)
				if got.Write(part[:n]); err != nil {
					t.Errorf("reader %d: %v after %d bytes", user, err, got.Len())
					return
				}
				if got.Len() > leaves {
					break
				}
				if user%3 == 0 && dice.IntN(20) == 0 {
					time.Sleep(time.Duration(dice.IntN(60)) * time.Millisecond)
				}
			}
			s.check(user, after, got.String())
		})
	}
	for i := 20; i < posts; i++ {
		s.tape.post()
		s.feed.Hint(chat.Everything)
		s.feed.Tell(theRoom, int64(i), chat.Signal{Room: "r", Kind: chat.Typing, User: chat.User{ID: readers}})
		s.streams.Signals.MarkRead(chat.Room{Slug: "r"}, chat.User{ID: int64(i % readers)}, int64(i))
		if i%100 < 50 {
			time.Sleep(time.Millisecond)
		}
	}
	all.Wait()
	for end := time.Now().Add(5 * time.Second); s.streams.Open() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d streams of readers who have left are open", s.streams.Open())
		}
	}
	t.Logf("the tables were read %d times", s.tape.reads)
}

// check compares a stream, but for what is said beside the log, with the log.
func (s *studio) check(user, after int64, got string) {
	s.Helper()
	head, body, _ := strings.Cut(got, "\r\n\r\n")
	if head != "HTTP/1.1 200 OK" || !strings.HasPrefix(body, "retry: 2000\nevent: hello\n") {
		s.Errorf("reader %d: it begins with %.100q", user, got)
	}
	caughtUp := 0
	for _, e := range strings.SplitAfter(body, "\n\n") {
		switch {
		case strings.HasPrefix(e, "event: signal"):
			if caughtUp == 0 {
				s.Errorf("reader %d: a signal before the end of the catch-up", user)
			}
			continue
		case strings.HasPrefix(e, "retry:"), strings.HasPrefix(e, "event: beat"), !strings.HasSuffix(e, "\n\n"):
			continue
		case strings.HasPrefix(e, "event: caught-up"):
			caughtUp++
			continue
		}
		s.tape.mu.Lock()
		want := string(feed.Encode("r", s.tape.events[after]).Wire())
		s.tape.mu.Unlock()
		if after++; e != want {
			s.Errorf("reader %d: number %d is %.200q, want %.200q", user, after, e, want)
			return
		}
	}
	if caughtUp > 1 {
		s.Errorf("reader %d: caught up %d times", user, caughtUp)
	}
}

// The first message after a pause is written at once; those that follow close
// behind one another share their writes.
func TestGathering(t *testing.T) {
	s := newStudio(t)
	c := s.open(1, 0)
	defer c.Close()
	buf := make([]byte, 1<<16)
	until := func(seq int) {
		for got := ""; !strings.Contains(got, fmt.Sprintf("id: %d.", seq)); {
			n, err := c.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got += string(buf[:n])
		}
	}
	var quiet []time.Duration
	for seq := 1; seq <= 20; seq++ {
		time.Sleep(25 * time.Millisecond)
		began := time.Now()
		s.tape.post()
		s.feed.Hint(chat.Everything)
		until(seq)
		quiet = append(quiet, time.Since(began))
	}
	if m := quarter(quiet); m > 4*time.Millisecond {
		t.Errorf("a message in a quiet room takes %v", m)
	}
	time.Sleep(25 * time.Millisecond)
	reads := 0
	go func() {
		for range 500 {
			s.tape.post()
			s.feed.Hint(chat.Everything)
			time.Sleep(100 * time.Microsecond)
		}
	}()
	began := time.Now()
	for got := ""; !strings.Contains(got, "id: 520."); reads++ {
		n, err := c.Read(buf)
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		got += string(buf[:n])
	}
	if most := 10 + int(time.Since(began)/(4*time.Millisecond)); reads > most {
		t.Errorf("500 messages came in %d reads, want at most %d", reads, most)
	}
	t.Logf("quiet: %v; busy: 500 messages in %d reads and %v", quarter(quiet), reads, time.Since(began))
}

// quarter is a time that a quarter of them do not reach: other work on the
// machine lengthens some.
func quarter(times []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(times))[len(times)/4]
}
