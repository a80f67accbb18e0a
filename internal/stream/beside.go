package stream

import (
	"slices"
	"time"

	"maru/internal/chat"
	"maru/internal/inbox"
)

// inboxEvery is how often a stream tells at most of rooms that are not its own.
const inboxEvery = time.Second

// beside is what a stream says that is of none of its rooms, once it has all of
// their logs.
type beside struct {
	rung  bool          // there may be signals for its user
	own   uint32        // the number of the last of those
	inbox *inbox.Reader // of its user, where it is a bundle
	told  time.Time     // when it was last told of that
}

// listen has wake called when there may be something in the inbox.
func (s *Stream) listen(wake func()) {
	if s.bundle {
		s.inbox = s.streams.inboxes.Enter(s.ticket.user, wake)
	}
}

// tellBeside returns what is to be told now that the rooms are silent.
func (s *Stream) tellBeside() (said []byte) {
	if s.rung {
		s.rung = false
		var own [][]byte
		own, s.own = s.ticket.register.told(s.ticket.user, s.own)
		said = slices.Concat(own...)
	}
	if s.inbox == nil || !s.inbox.Moved() || s.early() > 0 {
		return said
	}
	others := slices.DeleteFunc(s.inbox.Next(), func(r chat.InboxRoom) bool {
		return s.named(r.Slug) || !s.ticket.reach.Holds(chat.Room{ID: r.ID, Slug: r.Slug})
	})
	if len(others) > 0 {
		s.told = time.Now()
		said = append(said, other(others).Wire()...)
	}
	return said
}

func (s *Stream) named(slug string) bool {
	for i := range s.strands {
		if s.strands[i].slug == slug {
			return true
		}
	}
	return false
}

// early is how long the inbox has to wait that has something to tell.
func (s *Stream) early() time.Duration {
	if s.inbox == nil || !s.inbox.Moved() {
		return 0
	}
	return max(0, inboxEvery-time.Since(s.told))
}
