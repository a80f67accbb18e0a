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
		out = append(out, notice(*r.notice))
	}
	frames, ok := r.room.after(r.at.Seq, r.opened.Head, most)
	if !ok {
		events, state, err := r.feed.log.Events(ctx, r.room.Room, r.at.Seq, most)
		if err != nil {
			return nil, err
		}
		if state.Floor > r.at.Seq {
			if out, err = r.overtaken(ctx, out, state.Floor); err != nil || r.ended {
				return out, err
			}
		}
		for _, e := range events {
			frames = append(frames, encode(r.room.Slug, e))
		}
	}
	r.notice = nil // told, now that nothing can fail
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

// overtaken tells a reader that retention has passed it by. Among what it missed
// there may have been the end of its right, so the tables are asked again.
func (r *Reader) overtaken(ctx context.Context, out []*Frame, floor int64) ([]*Frame, error) {
	gap := notice(chat.Notice{Kind: chat.Gap, Room: r.room.Slug, From: r.at.Seq, Floor: floor})
	if floor > r.opened.Head {
		again, err := r.feed.log.ReadingAgain(ctx, r.room.Room, r.right.User)
		switch {
		case chat.KindOf(err) == chat.NotFound:
			r.ended = true
			return append(out, gap, gone(r.room.Slug)), nil
		case err != nil:
			return nil, err
		}
		r.opened, r.right = again, again.Right
	}
	r.at = chat.Cursor{Seq: floor}
	return append(out, gap), nil
}
