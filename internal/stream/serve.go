package stream

import (
	"context"
	"time"
)

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
	wake := make(chan struct{}, 1)
	for i := range s.strands {
		s.strands[i].follow(wake)
	}
	s.listen(func() { rouse(wake) })
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
		if err := s.next(ctx); err != nil {
			return Failed, err
		}
		if len(s.rest) > 0 {
			continue
		}
		var later <-chan time.Time
		if wait := s.early(); wait > 0 {
			later = time.After(wait)
		}
		select {
		case <-wake:
		case <-later:
		case <-s.ticket.Bell():
			s.rung = true
		case <-ctx.Done():
			return Left, nil
		case <-beats.C:
			s.beat()
		}
	}
}
