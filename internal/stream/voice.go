package stream

import (
	"maru/internal/feed"
	"maru/internal/signal"
)

// voice is what one room says on a stream: its log, and the signals of those who
// are there.
type voice struct {
	reader  *feed.Reader
	told    bool   // that the stream has caught up
	counted bool   // among the streams of those who are in the room
	heard   uint32 // the number of the last signal of the room
}

// caughtUp returns, once, what says that everything has been sent.
func (v *voice) caughtUp() []byte {
	r := v.reader
	if v.told || r.Ended() || !r.CaughtUp() {
		return nil
	}
	v.told, v.heard = true, r.Room().Newest()
	return caughtUp(r.Room().Slug, r.Cursor()).Wire()
}

// signals returns what is new beside the log, for who has all of that.
func (v *voice) signals() (wires [][]byte) {
	if r := v.reader; r.Room().Newest() != v.heard {
		wires, v.heard = r.Room().Told(r.User(), r.Cursor().Seq, v.heard)
	}
	return wires
}

// arrive counts the stream among those of its user who make the user present.
// One that is not counted yet tries again with each beat.
func (v *voice) arrive(in *signal.Signals) {
	if !v.counted {
		v.counted = in.Arrive(v.reader.Room().ID, v.reader.User())
	}
}

// leave ends what arrive began, and the walk.
func (v *voice) leave(in *signal.Signals) {
	if v.counted {
		in.Depart(v.reader.Room().ID, v.reader.User())
	}
	v.reader.Close()
}
