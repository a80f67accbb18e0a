package stream

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"maru/internal/feed"
	"maru/internal/inbox"
	"maru/internal/signal"
)

// Streams are all streams of this node.
type Streams struct {
	register
	Signals *signal.Signals // what goes on beside the logs

	feed    *feed.Feed
	inboxes *inbox.Inboxes
	log     *slog.Logger

	writing sync.Mutex
	lines   *lines // nil until the first stream is handed over
	stopped bool
}

// Tables are what is told beside the logs made of.
type Tables interface {
	signal.Nodes
	inbox.Tables
}

// New makes the streams of a feed; nobody has one yet.
func New(f *feed.Feed, tables Tables, limits Limits, log *slog.Logger) *Streams {
	s := &Streams{register: newRegister(limits), feed: f, inboxes: inbox.New(tables, log), log: log}
	s.Signals = signal.New(tables, audience{s}, log)
	f.OnEnding(s.End)
	f.OnMove(s.inboxes.Touched, s.inboxes.Swept)
	return s
}

// Run tells signals, and which rooms have moved, until ctx ends. Then it closes the
// streams that were handed over.
func (s *Streams) Run(ctx context.Context) {
	defer s.closeLines()
	var telling sync.WaitGroup
	telling.Go(func() { s.Signals.Run(ctx) })
	telling.Go(func() { s.inboxes.Run(ctx) })
	defer telling.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.forget(now)
		}
	}
}

func (s *Streams) closeLines() {
	s.writing.Lock()
	s.stopped = true
	lines := s.lines
	s.writing.Unlock()
	if lines != nil {
		lines.close()
	}
}
