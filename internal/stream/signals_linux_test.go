package stream_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/stream"
)

// page is a reader with a stream that a goroutine of its own writes.
type page struct {
	mu    sync.Mutex
	text  strings.Builder
	stuck chan struct{} // where it takes nothing, until it is closed
}

func (p *page) Write(b []byte) error {
	if p.stuck != nil {
		<-p.stuck
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Write(b)
	return nil
}

var names = regexp.MustCompile(`event: (message|signal)`)

// want checks which messages and signals have come since the last time.
func (p *page) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	var got []string
	for _, found := range names.FindAllStringSubmatch(p.text.String(), -1) {
		got = append(got, found[1])
	}
	p.text.Reset()
	if !slices.Equal(got, want) {
		t.Errorf("%q came, want %q", got, want)
	}
}

// A signal stands behind the event that it was made at, and does not wait for a
// reader who takes nothing.
func TestSignalsAndTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		log, quiet := &tape{}, slog.New(slog.DiscardHandler)
		f, err := feed.New(ctx, log, quiet)
		if err != nil {
			t.Fatal(err)
		}
		streams := stream.New(f, log, stream.Limits{}, quiet)
		var running sync.WaitGroup
		running.Go(func() { f.Run(ctx) })
		running.Go(func() { streams.Run(ctx) })
		ticket, err := streams.Enter(chat.Actor{}, netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		s, err := streams.Stream(ctx, log.reading(1), chat.Start{}, chat.User{ID: 1}, ticket)
		if err != nil {
			t.Fatal(err)
		}
		p := &page{}
		running.Go(func() { s.Serve(ctx, p) })
		defer running.Wait()
		defer stop()
		say := func(head int64) { f.Tell(theRoom, head, chat.Signal{Kind: chat.Typing, User: chat.User{ID: 2}}) }
		synctest.Wait()
		say(0)
		p.want(t, "signal")
		log.post()
		say(1)
		p.want(t) // the feed has not seen the message
		f.Hint(chat.Everything)
		p.want(t, "message", "signal")

		p.stuck = make(chan struct{})
		log.post()
		f.Hint(chat.Everything)
		synctest.Wait()
		say(2)
		time.Sleep(signalsKept)
		say(2)
		close(p.stuck)
		p.want(t, "message", "signal")
	})
}

// Signals do not make a room busy: a message behind one is written at once.
func TestSignalsDelayNothing(t *testing.T) {
	s := newStudio(t)
	c := s.open(1, 0)
	defer c.Close()
	buf := make([]byte, 1<<16)
	until := func(what string) {
		for got := ""; !strings.Contains(got, what); {
			n, err := c.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got += string(buf[:n])
		}
	}
	var took []time.Duration
	for seq := 1; seq <= 40; seq++ {
		time.Sleep(25 * time.Millisecond)
		s.streams.Signals.Typing(chat.Reading{Room: chat.Room{ID: theRoom, Slug: "r"}}, chat.User{ID: int64(1 + seq)})
		if seq <= 10 {
			until("event: signal") // in three seconds no more are told
		}
		began := time.Now()
		s.tape.post()
		s.feed.Hint(chat.Everything)
		until(fmt.Sprintf("id: %d.", seq))
		if seq <= 10 {
			took = append(took, time.Since(began))
		}
	}
	if m := quarter(took); m > 4*time.Millisecond {
		t.Errorf("a message behind a signal takes %v", m)
	}
}

// signalsKept is longer than a signal waits.
const signalsKept = 6 * time.Second

// A bare connection that takes nothing misses the signals, and nothing else.
func TestSignalsMissed(t *testing.T) {
	t.Parallel()
	s := newStudio(t)
	slow := s.open(1, 0)
	defer slow.Close()
	slow.(*net.TCPConn).SetReadBuffer(4 << 10)
	const posts = 150
	for range posts {
		s.tape.post()
	}
	s.feed.Hint(chat.Everything)
	time.Sleep(100 * time.Millisecond)
	type_ := func(user int64) { s.streams.Signals.Typing(s.tape.reading(user), chat.User{ID: user}) }
	type_(2)
	time.Sleep(signalsKept)
	var got bytes.Buffer
	read := func(until string) {
		part := make([]byte, 1<<16)
		for !strings.Contains(got.String()[max(0, got.Len()-1<<16):], until) {
			slow.SetReadDeadline(time.Now().Add(20 * time.Second))
			n, err := slow.Read(part)
			if got.Write(part[:n]); err != nil {
				t.Fatal(err)
			}
		}
	}
	read(fmt.Sprintf("id: %d.", posts))
	time.Sleep(50 * time.Millisecond)
	type_(3)
	read("event: signal")
	if n := strings.Count(got.String(), "event: signal"); n != 1 {
		t.Errorf("%d signals came", n)
	}
	log, _, _ := strings.Cut(got.String(), "event: signal")
	s.check(1, 0, log)
}
