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

// Stream is a reader's walks through the logs of one room, or of several, as an
// event response: what is said, in which order, and when it ends. It says the same
// on every kind of connection; what differs is who writes. It belongs to one
// goroutine at a time.
type Stream struct {
	streams *Streams
	ticket  *Ticket
	began   time.Time
	bundle  bool // of several rooms: ids hold where the reader stands in each
	strands []strand
	open    int     // how many strands are not over
	turn    int     // the strand that is to speak next
	behind  *strand // for which the tables have to be read
	beside
	rest []byte // what is to be written next; others may be writing it too
	end  End    // why nothing follows rest; "" while something may
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

// Opening is a room as a reader asks for it, and what he is let in with.
type Opening struct {
	chat.Place
	Reading chat.Reading
	Start   chat.Start
	Refused bool // it can't be read
}

// Stream begins the stream of a reader that was let in: it has all that can be
// said at once. What it was given is closed with it.
func (of *Streams) Stream(ctx context.Context, reading chat.Reading, start chat.Start, you chat.User, ticket *Ticket) (*Stream, error) {
	s := &Stream{streams: of, ticket: ticket, began: time.Now()}
	return s, s.begin(ctx, []Opening{{Reading: reading, Start: start}}, you)
}

// Bundle is Stream for several rooms, of which at least one can be read. Each says
// what it says on a stream of its own, but for the ids.
func (of *Streams) Bundle(ctx context.Context, rooms []Opening, you chat.User, ticket *Ticket) (*Stream, error) {
	s := &Stream{streams: of, ticket: ticket, began: time.Now(), bundle: true}
	return s, s.begin(ctx, rooms, you)
}

func (s *Stream) begin(ctx context.Context, rooms []Opening, you chat.User) error {
	first := []byte(opening)
	s.strands = make([]strand, len(rooms))
	for i, o := range rooms {
		s.strands[i].open(s, o)
		if o.Refused {
			first = append(first, feed.Gone(o.Slug).Wire()...)
		} else {
			first = append(first, hello(o.Reading, you).Wire()...)
			s.open++
		}
	}
	if err := s.next(ctx); err != nil {
		s.giveBack()
		return err
	}
	s.rest = slices.Concat(first, s.rest)
	s.arrive()
	return nil
}

// next sets what is to be written next: nothing where the stream has to wait.
func (s *Stream) next(ctx context.Context) error {
	if s.recall() {
		return nil
	}
	return s.read(ctx)
}

// recall is next as far as memory reaches, and never waits. It is false where
// the tables have to be read. Each room that has moved has a turn, and nothing
// else is said before all are silent.
func (s *Stream) recall() bool {
	if reason := s.ticket.Reason(); reason != "" {
		s.rest, s.end = lastWords(reason)
		return true
	}
	for range s.strands {
		t := &s.strands[s.turn]
		s.turn = (s.turn + 1) % len(s.strands)
		if t.over || !t.due.Swap(false) {
			continue
		}
		said, ok := t.reader.Recall(feed.Batch)
		if !ok {
			s.behind = t
			return false
		}
		if s.say(t, said); len(s.rest) > 0 || s.end != "" {
			return true
		}
	}
	s.rest = s.tellBeside()
	return true
}

// read is next from the tables.
func (s *Stream) read(ctx context.Context) error {
	said, err := s.behind.reader.Read(ctx, feed.Batch)
	if err == nil {
		s.say(s.behind, said)
	}
	return err
}

// say sets what is to be written next of a room.
func (s *Stream) say(t *strand, said *feed.Stretch) {
	if s.rest = said.Wire(); s.bundle && len(s.rest) > 0 {
		t.here = chat.Place{Slug: t.slug, Position: t.reader.Cursor().Position()}.String()
		s.rest = s.number(t, said.Frames())
	}
	if last := t.caughtUp(); last != nil {
		s.rest = slices.Concat(s.rest, last)
		s.own = s.ticket.register.newest.Load()
	}
	if len(s.rest) == 0 && t.told {
		s.rest = t.signals()
	}
	if len(s.rest) > 0 {
		t.due.Store(true) // until it is silent
	}
	if t.reader.Ended() {
		t.close(s.streams.Signals)
		if s.open--; s.open == 0 {
			s.end = Gone
		}
	}
}

// arrive counts the stream in its rooms. It is done again with each beat, since
// there may not have been a place.
func (s *Stream) arrive() {
	for i := range s.strands {
		if t := &s.strands[i]; !t.over {
			t.arrive(s.streams.Signals)
		}
	}
}

// beat sets what shows that the stream is alive. Who is behind in a room gets
// something of it anyway.
func (s *Stream) beat() {
	s.arrive()
	for i := range s.strands {
		t := &s.strands[i]
		if t.over {
			continue
		}
		if head := t.reader.Head(); t.reader.Cursor().Seq == head {
			s.rest = append(s.rest, beat(t.reader.Room().Slug, head).Wire()...)
		}
	}
}

// close gives back what the stream was given, and writes down that it ended.
func (s *Stream) close(end End, err error) {
	at := s.where()
	s.giveBack()
	level := slog.LevelDebug
	if end == Failed {
		level = slog.LevelError
	}
	s.streams.log.Log(context.Background(), level, "a stream ended", "end", end,
		"at", at, "lasted", time.Since(s.began).Round(time.Millisecond), "error", err)
}

func (s *Stream) giveBack() {
	for i := range s.strands {
		s.strands[i].close(s.streams.Signals)
	}
	if s.inbox != nil {
		s.inbox.Leave()
	}
	s.ticket.Leave()
}

// Drop ends a stream that can't be written.
func (s *Stream) Drop(err error) { s.close(Broken, err) }
