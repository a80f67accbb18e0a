package feed

import (
	"context"
	"slices"

	"maru/internal/chat"
)

// Reader is one reader's walk through one room's log. Streams and polls are
// made of it, so that all ways of reading say the same. It belongs to one
// goroutine at a time.
type Reader struct {
	feed    *Feed
	room    *Room
	history int         // the history of the room that at belongs to
	head    int64       // up to where right knows what happened
	at      chat.Cursor // the last event that was returned
	right   chat.Right
	notice  *chat.Notice // still to be told
	ended   bool
}

// Open starts a walk. Close must be called at its end.
func (f *Feed) Open(reading chat.Reading, start chat.Start) *Reader {
	r := &Reader{
		feed: f, room: f.enter(reading), head: reading.Head,
		at: start.After, right: reading.Right, notice: start.Notice,
	}
	r.history, _ = r.room.parted()
	return r
}

// Close ends the walk.
func (r *Reader) Close() { r.feed.leave(r.room) }

// Room is the room whose log it is.
func (r *Reader) Room() *Room { return r.room }

// User is who reads.
func (r *Reader) User() int64 { return r.right.User }

// Cursor is the last event that was returned, or where the walk started.
func (r *Reader) Cursor() chat.Cursor { return r.at }

// Ended reports whether the reader's right has ended: nothing follows.
func (r *Reader) Ended() bool { return r.ended }

// CaughtUp reports whether the reader has everything that was in the log when
// it was let in.
func (r *Reader) CaughtUp() bool { return r.at.Seq >= r.head }

// Head is the newest number of the log that is known here.
func (r *Reader) Head() int64 { return max(r.head, r.at.Seq, r.room.at()) }

// Moved returns a channel that is closed when Next may have more to return.
func (r *Reader) Moved() <-chan struct{} { return r.room.moved(r.history, r.at.Seq) }

// Next returns what follows, at most most events of the log and what has to be
// said between them; nothing where the reader has it all, or where its right
// has ended.
func (r *Reader) Next(ctx context.Context, most int) ([]*Frame, error) {
	if s, ok := r.Recall(most); ok {
		return s.frames, nil
	}
	s, err := r.Read(ctx, most)
	if err != nil {
		return nil, err
	}
	return s.frames, nil
}

// Recall is Next as far as memory reaches, and never waits. It is false where
// the tables have to be read.
func (r *Reader) Recall(most int) (*Stretch, bool) {
	if r.ended {
		return nothing, true
	}
	s, ok := r.room.after(r.history, r.at.Seq, r.head, most)
	if !ok {
		return nil, false
	}
	return r.pass(nil, s), true
}

// Read is Next from the tables.
func (r *Reader) Read(ctx context.Context, most int) (*Stretch, error) {
	if history, cut := r.room.parted(); history != r.history {
		if err := r.rejoin(ctx, history, cut); err != nil {
			return nil, err
		}
		if r.ended {
			return r.pass([]*Frame{Gone(r.room.Slug)}, nothing), nil
		}
	}
	events, state, err := r.feed.log.Events(ctx, r.room.Identity(), r.at.Seq, most)
	if err != nil {
		return nil, err
	}
	var before []*Frame
	if state.Floor > r.at.Seq {
		if before, err = r.overtaken(ctx, state.Floor); err != nil {
			return nil, err
		}
		if r.ended {
			events = nil
		}
	}
	frames := make([]*Frame, len(events))
	for i, e := range events {
		frames[i] = Encode(r.room.Slug, e)
	}
	return r.pass(before, &Stretch{frames: frames}), nil
}

// pass walks over frames behind what is to be said before them, and returns
// both, up to the end of the right.
func (r *Reader) pass(before []*Frame, s *Stretch) *Stretch {
	if r.notice != nil { // told, now that nothing can fail
		before = slices.Insert(before, 0, notice(*r.notice))
		r.notice = nil
	}
	for i, f := range s.frames {
		r.at = f.Cursor
		// What happened up to the head is in the right already.
		if f.Seq <= r.head {
			continue
		}
		if r.right, r.ended = r.right.After(f.change.event()); r.ended {
			return &Stretch{frames: slices.Concat(before, s.frames[:i+1], []*Frame{Gone(r.room.Slug)})}
		}
	}
	if len(before) == 0 {
		return s
	}
	return &Stretch{frames: slices.Concat(before, s.frames)}
}

// rejoin finds the reader's place in a log whose history is another than it was:
// behind the event where both part, where that is known; as a new reader's where
// it is not. What was said of its right since may never have happened.
func (r *Reader) rejoin(ctx context.Context, history int, cut chat.Cursor) error {
	again, err := r.feed.log.ReadingAgain(ctx, r.room.Identity(), r.right.User)
	if chat.KindOf(err) == chat.NotFound {
		r.ended = true
		return nil
	} else if err != nil {
		return err
	}
	start, err := r.feed.log.Continue(ctx, r.room.Identity(), r.at)
	if err != nil {
		return err
	}
	if n := start.Notice; n != nil && n.Kind == chat.Reset && r.notice == nil && cut.Seq > 0 && r.at.Seq > cut.Seq {
		start = chat.Start{After: cut, Notice: &chat.Notice{Kind: chat.Rewind, Room: r.room.Slug, To: cut.Seq}}
	}
	if start.Notice != nil {
		r.notice = start.Notice
	}
	r.history, r.at, r.head, r.right = history, start.After, again.Head, again.Right
	return nil
}

// overtaken tells a reader that retention has passed it by. Among what it missed
// there may have been the end of its right, so the tables are asked again.
func (r *Reader) overtaken(ctx context.Context, floor int64) ([]*Frame, error) {
	gap := notice(chat.Notice{Kind: chat.Gap, Room: r.room.Slug, From: r.at.Seq, Floor: floor})
	if floor > r.head {
		again, err := r.feed.log.ReadingAgain(ctx, r.room.Identity(), r.right.User)
		switch {
		case chat.KindOf(err) == chat.NotFound:
			r.ended = true
			return []*Frame{gap, Gone(r.room.Slug)}, nil
		case err != nil:
			return nil, err
		}
		r.head, r.right = again.Head, again.Right
	}
	r.at = chat.Cursor{Seq: floor}
	return []*Frame{gap}, nil
}
