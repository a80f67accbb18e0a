package stream

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
)

const (
	// beatEvery is how often a stream shows that it is alive.
	beatEvery = 15 * time.Second
	// retry is how long a reader waits before it comes back to a stream that
	// broke off.
	retry = 2 * time.Second
	// LineTime is how long a stream may take nothing of what is written to it.
	LineTime = 30 * time.Second
)

// Stream is a reader's walk as an event response: what is said, in which order,
// and when it ends. It says the same on every kind of connection; what differs
// is who writes. It belongs to one goroutine at a time.
type Stream struct {
	streams *Streams
	reader  *feed.Reader
	ticket  *Ticket
	began   time.Time
	told    bool   // that it has caught up
	counted bool   // among the streams of those who are in the room
	rung    bool   // there may be signals for its user
	heard   uint32 // the number of the last signal of the room
	own     uint32 // and of the last for its user
	rest    []byte // what is to be written next; others may be writing it too
	end     End    // why nothing follows rest; "" while something may
}

// End is why a stream ended.
type End string

// The ends of a stream: the reader hung up; the connection broke or took
// nothing; the reader sent something behind its request; the right ended; the
// credential ended; the node stops; the tables could not be read.
const (
	Left      End = "left"
	Broken    End = "broken"
	Spoke     End = "spoke"
	Gone      End = "gone"
	SignedOut End = "credential"
	Stopped   End = "stopped"
	Failed    End = "failed"
)

// Stream begins the stream of a reader that was let in: it has all that can be
// said at once. What it was given is closed with it.
func (of *Streams) Stream(ctx context.Context, reading chat.Reading, start chat.Start, you chat.User, ticket *Ticket) (*Stream, error) {
	s := &Stream{streams: of, reader: of.feed.Open(reading, start), ticket: ticket, began: time.Now()}
	if err := s.next(ctx); err != nil {
		s.reader.Close()
		ticket.Leave()
		return nil, err
	}
	s.rest = slices.Concat([]byte("retry: 2000\n"), hello(reading, you).Wire(), s.rest)
	s.arrive()
	return s, nil
}

// next sets what is to be written next: nothing where the stream has to wait.
func (s *Stream) next(ctx context.Context) error {
	if s.recall() {
		return nil
	}
	return s.read(ctx)
}

// recall is next as far as memory reaches, and never waits. It is false where
// the tables have to be read.
func (s *Stream) recall() bool {
	if reason := s.ticket.Reason(); reason != "" {
		s.bye(reason)
		return true
	}
	said, ok := s.reader.Recall(feed.Batch)
	if ok {
		s.say(said)
	}
	return ok
}

// read is next from the tables.
func (s *Stream) read(ctx context.Context) error {
	said, err := s.reader.Read(ctx, feed.Batch)
	if err == nil {
		s.say(said)
	}
	return err
}

func (s *Stream) say(said *feed.Stretch) {
	s.rest = said.Wire()
	switch r := s.reader; {
	case r.Ended():
		s.end = Gone
	case !s.told && r.CaughtUp():
		s.told = true
		s.rest = slices.Concat(s.rest, caughtUp(r.Room().Slug, r.Cursor()).Wire())
		s.heard, s.own = r.Room().Newest(), s.ticket.register.newest.Load()
	case s.told && len(s.rest) == 0:
		s.rest = s.signals()
	}
}

func (s *Stream) bye(reason chat.Kind) {
	if reason == chat.Unauthenticated {
		s.rest, s.end = bye(retry, chat.Unauthenticated).Wire(), SignedOut
		return
	}
	s.rest, s.end = bye(chat.Jitter(retry), "").Wire(), Stopped
}

// close gives back what the stream was given, and writes down that it ended.
func (s *Stream) close(end End, err error) {
	s.depart()
	s.reader.Close()
	s.ticket.Leave()
	level := slog.LevelDebug
	if end == Failed {
		level = slog.LevelError
	}
	s.streams.log.Log(context.Background(), level, "a stream ended", "room", s.reader.Room().Slug, "end", end,
		"cursor", s.reader.Cursor().String(), "lasted", time.Since(s.began).Round(time.Millisecond), "error", err)
}

// Drop ends a stream that can't be written.
func (s *Stream) Drop(err error) { s.close(Broken, err) }

// Line is the connection of a stream that a goroutine of its own writes. Write
// sends all of p at once, or fails when the other side takes nothing for too
// long.
type Line interface {
	Write(p []byte) error
}

// Serve writes the stream to a line until the reader's right, its credential,
// the node or the connection ends.
func (s *Stream) Serve(ctx context.Context, line Line) { s.close(s.serve(ctx, line)) }

func (s *Stream) serve(ctx context.Context, line Line) (End, error) {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	for {
		if len(s.rest) > 0 {
			if err := line.Write(s.rest); err != nil {
				return Broken, err
			}
		}
		if s.end != "" {
			return s.end, nil
		}
		moved := s.reader.Moved() // asked first, so that nothing falls between
		if err := s.next(ctx); err != nil {
			return Failed, err
		}
		if len(s.rest) > 0 {
			continue
		}
		select {
		case <-moved:
		case <-s.ticket.Bell():
			s.rung = true
		case <-ctx.Done():
			return Left, nil
		case <-beats.C:
			s.arrive()
			s.rest = beat(s.reader.Room().Slug, s.reader.Head()).Wire()
		}
	}
}
