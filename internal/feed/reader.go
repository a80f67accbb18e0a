package feed

import (
	"context"

	"maru/internal/chat"
)

// Reader is one reader's walk through one room's log. Streams and polls are
// made of it, so that all ways of reading say the same. It belongs to one
// goroutine.
type Reader struct {
	feed   *Feed
	room   *room
	opened chat.Reading // what the reader was let in with
	at     chat.Cursor  // the last event that was returned
	right  chat.Right
	notice *chat.Notice // still to be told
	ended  bool
}

// Open starts a walk. Close must be called at its end.
func (f *Feed) Open(reading chat.Reading, start chat.Start) *Reader {
	return &Reader{
		feed: f, room: f.enter(reading), opened: reading,
		at: start.After, right: reading.Right, notice: start.Notice,
	}
}

// Close ends the walk.
func (r *Reader) Close() { r.feed.leave(r.room) }

// Cursor is the last event that was returned, or where the walk started.
func (r *Reader) Cursor() chat.Cursor { return r.at }

// Ended reports whether the reader's right has ended: nothing follows.
func (r *Reader) Ended() bool { return r.ended }

// CaughtUp reports whether the reader has everything that was in the log when
// it was let in.
func (r *Reader) CaughtUp() bool { return r.at.Seq >= r.opened.Head }

// Head is the newest number of the log that is known here.
func (r *Reader) Head() int64 { return max(r.opened.Head, r.at.Seq, r.room.at()) }

// Moved returns a channel that is closed when Next has more to return.
func (r *Reader) Moved() <-chan struct{} { return r.room.moved(r.at.Seq) }

// Next returns what follows, at most most events of the log and what has to be
// said between them; nothing where the reader has it all, or where its right
// has ended.
func (r *Reader) Next(ctx context.Context, most int) ([]*Frame, error) {
	if r.ended {
		return nil, nil
	}
	var out []*Frame
	if r.notice != nil {
		out, r.notice = append(out, notice(*r.notice)), nil
	}
	frames, ok := r.room.after(r.at.Seq, r.opened.Head, most)
	if !ok {
		var err error
		var gap *Frame
		if frames, gap, err = r.fromTables(ctx, most); err != nil {
			return nil, err
		}
		if gap != nil {
			out = append(out, gap)
		}
	}
	for _, f := range frames {
		out = append(out, f)
		r.at = f.Cursor
		// What happened up to the head is in the right already.
		if f.Seq <= r.opened.Head {
			continue
		}
		if r.right, r.ended = r.right.After(f.change.event()); r.ended {
			return append(out, gone(r.room.Slug)), nil
		}
	}
	return out, nil
}

// fromTables reads what the ring does not hold. Where retention has overtaken
// the reader, it returns the notice that says so.
func (r *Reader) fromTables(ctx context.Context, most int) ([]*Frame, *Frame, error) {
	events, state, err := r.feed.log.Events(ctx, r.room.Room, r.at.Seq, most)
	if err != nil {
		return nil, nil, err
	}
	var gap *Frame
	if state.Floor > r.at.Seq {
		gap = notice(chat.Notice{Kind: chat.Gap, Room: r.room.Slug, From: r.at.Seq, Floor: state.Floor})
		r.at = chat.Cursor{Seq: state.Floor}
	}
	frames := make([]*Frame, len(events))
	for i, e := range events {
		frames[i] = encode(r.room.Slug, e)
	}
	return frames, gap, nil
}
