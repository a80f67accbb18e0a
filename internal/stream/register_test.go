package stream_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"maru/internal/chat"
	"maru/internal/stream"
)

// Tickets of one user come and go in any order: those that are there, and no
// others, end with their credentials, and who listens only then hears of it.
func TestTickets(t *testing.T) {
	s := newStudio(t)
	const user = 1
	var open, gone []*stream.Ticket
	for range 200 {
		if rand.IntN(3) > 0 {
			ticket, err := s.streams.Enter(chat.Actor{User: chat.User{ID: user}}, netip.Addr{})
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, ticket)
		} else if len(open) > 0 {
			i := rand.IntN(len(open))
			open[i].Leave()
			gone = append(gone, open[i])
			open = slices.Delete(open, i, i+1)
		}
		if n := s.streams.Open(); n != len(open) {
			t.Fatalf("%d are open, want %d", n, len(open))
		}
	}
	s.streams.End(chat.Ending{User: user + 1})
	for _, ticket := range open {
		if ticket.Reason() != "" {
			t.Fatal("another's ending has ended it")
		}
	}
	s.streams.End(chat.Ending{User: user})
	for _, ticket := range open {
		if ticket.Reason() != chat.Unauthenticated {
			t.Fatal("it has not ended")
		}
		select {
		case <-ticket.Bell():
		default:
			t.Fatal("its bell has not rung")
		}
		ticket.Leave()
	}
	for _, ticket := range gone {
		if ticket.Reason() != "" {
			t.Fatal("it has ended, and had left before")
		}
	}
	if n := s.streams.Open(); n != 0 {
		t.Fatalf("%d are open, and all have left", n)
	}
}
