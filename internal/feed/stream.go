package feed

import (
	"context"
	"time"

	"maru/internal/chat"
)

const (
	// beatEvery is how often a stream shows that it is alive.
	beatEvery = 15 * time.Second
	// batch is how many events are written at once at most.
	batch = 64
	// retry is how long a reader waits before it comes back to a stream that
	// broke off.
	retry = 2 * time.Second
)

// Line is the connection of a stream. Write sends all of p at once, or fails
// when the other side takes nothing for too long.
type Line interface {
	Write(p []byte) error
}

// Stream writes the reader's events to a line until the reader's right, its
// credential, the node or the connection ends, and returns which it was.
func Stream(ctx context.Context, line Line, r *Reader, ticket *Ticket) (End, error) {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	opening := append([]byte("retry: 2000\n"), hello(r.opened, ticket.actor.User).wire...)
	if err := line.Write(opening); err != nil {
		return Broken, err
	}
	told := false
	for {
		select {
		case <-ticket.Done():
			return sayBye(line, ticket.Reason())
		default:
		}
		frames, err := r.Next(ctx, batch)
		if err != nil {
			return Failed, err
		}
		if err := line.Write(join(frames)); err != nil {
			return Broken, err
		}
		if r.Ended() {
			return Gone, nil
		}
		if !told && r.CaughtUp() {
			told = true
			if err := line.Write(caughtUp(r.room.Slug, r.at).wire); err != nil {
				return Broken, err
			}
		}
		if len(frames) > 0 {
			continue
		}
		select {
		case <-r.Moved():
		case <-ticket.Done():
		case <-ctx.Done():
			return Left, nil
		case <-beats.C:
			if err := line.Write(beat(r.room.Slug, r.Head()).wire); err != nil {
				return Broken, err
			}
		}
	}
}

// End is why a stream ended.
type End string

// The ends of a stream: the reader hung up; the connection broke or took
// nothing; the right ended; the credential ended; the node stops; the tables
// could not be read.
const (
	Left      End = "left"
	Broken    End = "broken"
	Gone      End = "gone"
	SignedOut End = "credential"
	Stopped   End = "stopped"
	Failed    End = "failed"
)

func sayBye(line Line, reason chat.Kind) (End, error) {
	if reason == chat.Unauthenticated {
		return SignedOut, line.Write(bye(retry, chat.Unauthenticated).wire)
	}
	return Stopped, line.Write(bye(chat.Jitter(retry), "").wire)
}

// join puts frames behind one another for one write.
func join(frames []*Frame) []byte {
	if len(frames) == 1 {
		return frames[0].wire
	}
	n := 0
	for _, f := range frames {
		n += len(f.wire)
	}
	all := make([]byte, 0, n)
	for _, f := range frames {
		all = append(all, f.wire...)
	}
	return all
}
