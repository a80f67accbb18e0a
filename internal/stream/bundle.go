package stream

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/inbox"
)

// Bundle is the stream of several rooms. Each of them says what it says on a
// stream of its own, byte for byte, but for the ids of its events: these hold
// where the reader stands in all rooms. It belongs to one goroutine, which gives
// each room that has moved a turn of at most a batch, writes that, and only then
// asks for more.
type Bundle struct {
	streams *Streams
	ticket  *Ticket
	you     chat.User
	began   time.Time
	strands []*strand
	wake    chan struct{} // of one place: a room has moved
	said    [][]byte      // what is to be written next
	rung    bool          // there may be signals for the user
	own     uint32        // the number of the last of those
	others
}

// others are the rooms of the user that are not of the bundle.
type others struct {
	inbox *inbox.Inbox
	look  int64     // the last one of the inbox that was told of
	told  time.Time // when
}

// inboxEvery is how often is told at most of other rooms.
const inboxEvery = time.Second

// Opening is a room as a reader asks for it, and what he is let in with.
type Opening struct {
	chat.Place
	Reading chat.Reading
	Start   chat.Start
	Refused bool // it can't be read
}

// strand is one room of a bundle.
type strand struct {
	voice
	asked chat.Place
	wake  chan struct{} // the bundle's
	due   atomic.Bool   // there may be something to say
	begun bool          // something was said: nobody asks for it again
	over  bool          // nothing follows
}

// Nudge wakes the bundle for a room that has moved.
func (s *strand) Nudge(feed.Cause) {
	s.due.Store(true)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// place is where a reader goes on who has what was sent. One who is still to be
// told why his cursor was not continued asks with that again.
func (s *strand) place() chat.Place {
	if s.reader == nil || !s.begun {
		return s.asked
	}
	return chat.Place{Slug: s.asked.Slug, Position: s.reader.Cursor().Position()}
}

// Bundle begins the stream of several rooms. What it was given is given back when
// it has been served.
func (of *Streams) Bundle(rooms []Opening, you chat.User, ticket *Ticket) *Bundle {
	b := &Bundle{streams: of, ticket: ticket, you: you, began: time.Now(), wake: make(chan struct{}, 1)}
	b.own, b.inbox = ticket.register.newest.Load(), of.inboxes.Enter(you.ID)
	b.said = [][]byte{[]byte(opening)}
	for _, o := range rooms {
		s := &strand{asked: o.Place, wake: b.wake, over: o.Refused}
		if o.Refused {
			b.said = append(b.said, feed.Gone(o.Slug).Wire())
		} else {
			b.said = append(b.said, hello(o.Reading, you).Wire())
			s.reader = of.feed.Open(o.Reading, o.Start)
			s.begun = o.Start.Notice == nil
			s.due.Store(true)
			s.reader.Room().Join(s)
			s.arrive(of.Signals)
		}
		b.strands = append(b.strands, s)
	}
	return b
}

// Serve writes the stream to a line until the right to read the last of its rooms,
// its credential, the node or the connection ends.
func (b *Bundle) Serve(ctx context.Context, line Line) {
	end, err := b.serve(ctx, line)
	for _, s := range b.strands {
		b.finish(s)
	}
	b.inbox.Leave()
	b.ticket.Leave()
	b.streams.note(end, err, "rooms", len(b.strands), "user", b.you.ID, "lasted", time.Since(b.began).Round(time.Millisecond))
}

// finish lets a room go of which nothing follows.
func (b *Bundle) finish(s *strand) {
	if !s.over {
		s.over = true
		s.reader.Room().Part(s)
		s.leave(b.streams.Signals)
	}
}

func (b *Bundle) serve(ctx context.Context, line Line) (End, error) {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	for {
		if err := b.write(line); err != nil {
			return Broken, err
		}
		more, end, err := b.round(ctx, line)
		if end != "" {
			return end, err
		}
		if more {
			continue
		}
		moved, later := b.waitForOthers() // asked first, so that nothing falls between
		if b.said = b.beside(); len(b.said) > 0 {
			continue
		}
		select {
		case <-b.wake:
		case <-moved:
		case <-later:
		case <-b.ticket.Bell():
			b.rung = true
		case <-ctx.Done():
			return Left, nil
		case <-beats.C:
			b.said = b.beat()
		}
	}
}

// write writes what is to be written.
func (b *Bundle) write(line Line) error {
	said := b.said
	if b.said = nil; len(said) == 0 {
		return nil
	}
	return line.Write(said...)
}

// round gives each room that has moved a turn, and reports whether any had
// something to say.
func (b *Bundle) round(ctx context.Context, line Line) (more bool, end End, err error) {
	open := 0
	for _, s := range b.strands {
		if reason := b.ticket.Reason(); reason != "" {
			last, end := lastWords(reason)
			if err := line.Write(last); err != nil {
				return false, Broken, err
			}
			return false, end, nil
		}
		if s.due.Swap(false) {
			if err := b.turn(ctx, s); err != nil {
				return false, Failed, err
			}
			if len(b.said) > 0 {
				s.due.Store(true)
				more = true
			}
			if err := b.write(line); err != nil {
				return false, Broken, err
			}
			if s.reader.Ended() {
				b.finish(s)
			}
		}
		if !s.over {
			open++
		}
	}
	if open == 0 {
		return false, Gone, nil
	}
	return more, "", nil
}

// turn sets what a room has to say next: nothing where it has to wait.
func (b *Bundle) turn(ctx context.Context, s *strand) error {
	if s.over {
		return nil
	}
	next, ok := s.reader.Recall(feed.Batch)
	if !ok {
		var err error
		if next, err = s.reader.Read(ctx, feed.Batch); err != nil {
			return err
		}
	}
	s.begun = true
	b.said = b.number(s, next.Frames())
	if last := s.caughtUp(); last != nil {
		b.said = append(b.said, last)
	}
	if len(b.said) == 0 && s.told {
		b.said = s.signals()
	}
	return nil
}

// number puts ids before the events of a room; the bytes behind them are those of
// all who read the room.
func (b *Bundle) number(s *strand, frames []*feed.Frame) (said [][]byte) {
	var before, behind string
	for i, f := range frames {
		if f.Seq == 0 {
			said = append(said, f.Wire())
			continue
		}
		if before == "" {
			before, behind = b.around(s)
		}
		at := chat.Place{Slug: s.asked.Slug, Position: f.Cursor.Position()}
		if said == nil {
			said = make([][]byte, 0, 2*(len(frames)-i))
		}
		said = append(said, []byte(before+at.String()+behind), f.Body())
	}
	return said
}

// around is what stands in an id before and behind the place in one room.
func (b *Bundle) around(s *strand) (before, behind string) {
	var id strings.Builder
	id.WriteString("id: ")
	for i, other := range b.strands {
		if i > 0 {
			id.WriteByte(',')
		}
		if other == s {
			before = id.String()
			id.Reset()
			continue
		}
		id.WriteString(other.place().String())
	}
	id.WriteByte('\n')
	return before, id.String()
}

// beside is what is to be said that is of no room's log, where all rooms have been
// caught up with.
func (b *Bundle) beside() (said [][]byte) {
	if b.rung {
		b.rung = false
		said, b.own = b.ticket.register.told(b.you.ID, b.own)
	}
	if time.Since(b.others.told) < inboxEvery {
		return said
	}
	var rooms []chat.InboxRoom
	rooms, b.look = b.inbox.Since(b.look)
	rooms = slices.DeleteFunc(rooms, func(r chat.InboxRoom) bool {
		return slices.ContainsFunc(b.strands, func(s *strand) bool { return s.asked.Slug == r.Slug })
	})
	if len(rooms) > 0 {
		b.others.told = time.Now()
		said = append(said, other(rooms).Wire())
	}
	return said
}

// waitForOthers returns what to wait for until there may be something to tell of
// other rooms: that they move, or that it is time to tell.
func (b *Bundle) waitForOthers() (moved <-chan struct{}, later <-chan time.Time) {
	if wait := inboxEvery - time.Since(b.others.told); wait > 0 {
		return nil, time.After(wait)
	}
	return b.inbox.Moved(), nil
}

// beat shows that the rooms are alive. Who is behind in one gets something of it
// anyway.
func (b *Bundle) beat() (said [][]byte) {
	for _, s := range b.strands {
		if s.over {
			continue
		}
		s.arrive(b.streams.Signals)
		if head := s.reader.Head(); s.reader.Cursor().Seq == head {
			said = append(said, beat(s.asked.Slug, head).Wire())
		}
	}
	return said
}
