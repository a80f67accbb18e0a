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
	// opening is what a stream begins with: it says the same to browsers.
	opening = "retry: 2000\n"
	// LineTime is how long a stream may take nothing of what is written to it.
	LineTime = 30 * time.Second
)

// Stream is a reader's walk as an event response: what is said, in which order,
// and when it ends. It says the same on every kind of connection; what differs
// is who writes. It belongs to one goroutine at a time.
type Stream struct {
	voice
	streams *Streams
	ticket  *Ticket
	began   time.Time
	rung    bool   // there may be signals for its user
	own     uint32 // the number of the last of those
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
	s := &Stream{voice: voice{reader: of.feed.Open(reading, start)}, streams: of, ticket: ticket, began: time.Now()}
	if err := s.next(ctx); err != nil {
		s.reader.Close()
		ticket.Leave()
		return nil, err
	}
	s.rest = slices.Concat([]byte(opening), hello(reading, you).Wire(), s.rest)
	s.arrive(of.Signals)
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
	switch last := s.caughtUp(); {
	case s.reader.Ended():
		s.end = Gone
	case last != nil:
		s.rest = slices.Concat(s.rest, last)
		s.own = s.ticket.register.newest.Load()
	case s.told && len(s.rest) == 0:
		s.rest = s.signals()
	}
}

func (s *Stream) bye(reason chat.Kind) { s.rest, s.end = lastWords(reason) }

// close gives back what the stream was given, and writes down that it ended.
func (s *Stream) close(end End, err error) {
	s.leave(s.streams.Signals)
	s.ticket.Leave()
	s.streams.note(end, err, "room", s.reader.Room().Slug, "cursor", s.reader.Cursor().String(), "lasted", time.Since(s.began).Round(time.Millisecond))
}

// note writes down that a stream ended.
func (of *Streams) note(end End, err error, more ...any) {
	level := slog.LevelDebug
	if end == Failed {
		level = slog.LevelError
	}
	of.log.Log(context.Background(), level, "a stream ended", append(more, "end", end, "error", err)...)
}

// Drop ends a stream that can't be written.
func (s *Stream) Drop(err error) { s.close(Broken, err) }

// Line is the connection of a stream that a goroutine of its own writes. Write
// sends all parts at once, or fails when the other side takes nothing for too
// long.
type Line interface {
	Write(parts ...[]byte) error
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
			s.arrive(s.streams.Signals)
			s.rest = beat(s.reader.Room().Slug, s.reader.Head()).Wire()
		}
	}
}
