package signal_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"maru/internal/chat"
	"maru/internal/signal"
)

// exchange carries what nodes tell each other, but for those who are cut off.
type exchange struct {
	mu      sync.Mutex
	nodes   []*node
	longest int // text
}

// node is one node's place at the exchange, and what it tells its own readers.
type node struct {
	*signal.Signals
	t        *testing.T
	exchange *exchange
	hear     func(string)
	cut      bool
	own      map[int64]bool // who has a stream

	mu   sync.Mutex
	told []string
}

const room, head = 7, 42

func (n *node) Shared() bool { return true }

func (n *node) OnSignal(hear func(string)) { n.hear = hear }

func (n *node) Signal(_ context.Context, texts []string) {
	n.exchange.mu.Lock()
	defer n.exchange.mu.Unlock()
	for _, text := range texts {
		n.exchange.longest = max(n.exchange.longest, len(text))
		for _, other := range n.exchange.nodes {
			if !n.cut && !other.cut {
				other.hear(text)
			}
		}
	}
}

func (n *node) Known(_ context.Context, _ int64, users []int64) (string, int64, []chat.User, error) {
	var known []chat.User
	for _, id := range slices.Sorted(slices.Values(users)) {
		known = append(known, chat.User{ID: id})
	}
	return "r", head, known, nil
}

func (n *node) Tell(in, at int64, list ...chat.Signal) {
	if in != room || at != head {
		n.t.Errorf("room %d was told at %d", in, at)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range list {
		text := fmt.Sprint(s.Kind, " ", s.User.ID)
		if s.Here != nil {
			text += fmt.Sprint(" ", *s.Here)
		}
		n.told = append(n.told, text)
	}
}

func (n *node) TellOwn(s chat.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, fmt.Sprint(s.Kind, " ", s.User.ID, " ", s.Seq))
}

func (n *node) Has(user int64) bool { return n.own[user] }

// newNodes starts nodes that share what stands in no table.
func newNodes(t *testing.T, count int) []*node {
	ctx, stop := context.WithCancel(context.Background())
	x := &exchange{}
	for range count {
		n := &node{t: t, exchange: x, own: map[int64]bool{}}
		n.Signals = signal.New(n, n, slog.New(slog.DiscardHandler))
		x.nodes = append(x.nodes, n)
	}
	var running sync.WaitGroup
	for _, n := range x.nodes {
		running.Go(func() { n.Run(ctx) })
	}
	t.Cleanup(func() { stop(); running.Wait() })
	return x.nodes
}

// cutOff says whether others hear the node, and it them.
func (n *node) cutOff(off bool) {
	n.exchange.mu.Lock()
	defer n.exchange.mu.Unlock()
	n.cut = off
}

// want checks what was told since the last time.
func (n *node) want(want ...string) {
	n.t.Helper()
	if got := n.take(); !slices.Equal(got, want) {
		n.t.Errorf("%q was told, want %q", got, want)
	}
}

func (n *node) take() []string {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	told := n.told
	n.told = nil
	return told
}

func (n *node) wantPresent(want ...int64) {
	n.t.Helper()
	if got := n.Present(room); !slices.Equal(got, want) {
		n.t.Errorf("%v are there, want %v", got, want)
	}
}

// Who is in a room is known at all nodes; a node that says nothing any more is
// forgotten, and who comes back in time has never gone.
func TestPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := newNodes(t, 2)
		two[0].Arrive(room, 1)
		time.Sleep(time.Second)
		two[1].Arrive(room, 2)
		two[1].Arrive(room, 2)
		time.Sleep(time.Second)
		two[0].want("presence 2 true")
		two[1].want() // who was there before is asked for
		two[0].wantPresent(1, 2)
		two[1].wantPresent(1, 2)

		two[1].Depart(room, 2)
		time.Sleep(20 * time.Second)
		two[1].Depart(room, 2) // and back after a moment, at another node, at this one
		time.Sleep(3 * time.Second)
		two[0].Arrive(room, 2)
		time.Sleep(20 * time.Second)
		two[0].Depart(room, 2)
		time.Sleep(4 * time.Second)
		two[1].Arrive(room, 2)
		time.Sleep(20 * time.Second)
		two[1].Depart(room, 2)
		time.Sleep(4 * time.Second)
		two[0].want()
		two[0].wantPresent(1, 2)
		time.Sleep(3 * time.Second)
		two[0].want("presence 2 false")
		two[0].wantPresent(1)

		two[1].Arrive(room, 3)
		time.Sleep(time.Minute) // what is told again and again is kept
		two[0].want("presence 3 true")
		two[1].cutOff(true)
		time.Sleep(24 * time.Second)
		two[0].want()
		time.Sleep(24 * time.Second)
		two[0].want("presence 3 false")
		two[0].wantPresent(1)
		two[1].cutOff(false)
		time.Sleep(16 * time.Second)
		two[0].want("presence 3 true")
	})
}

// Of many who are in a room 200 are listed, and nobody is told of any; when there
// are fewer, they are all listed again.
func TestPresenceOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := newNodes(t, 2)
		const first, many, gone = int64(1 << 50), 300, 150
		two[0].Arrive(room, first)
		time.Sleep(time.Second)
		counted := map[int64]bool{}
		beat := func(least int64) {
			for user := least; user <= many; user++ {
				counted[user] = counted[user] || two[user%2].Arrive(room, first+user)
			}
			time.Sleep(15 * time.Second)
		}
		beat(1)
		for _, n := range two {
			if got := n.Present(room); len(got) != 200 {
				t.Error(len(got))
			}
			if got := n.take(); len(got) >= 200 {
				t.Errorf("%d were told", len(got))
			}
		}
		for user := int64(1); user <= gone; user++ {
			if counted[user] {
				two[user%2].Depart(room, first+user)
			}
		}
		beat(gone + 1)
		beat(gone + 1)
		for _, n := range two {
			if got := n.Present(room); len(got) != 1+many-gone || got[0] != first || got[1] != first+gone+1 {
				t.Error(len(got), got)
			}
			n.take()
		}
		two[0].Depart(room, first+many)
		time.Sleep(7 * time.Second)
		two[1].want(fmt.Sprint("presence ", first+many, " false"))
	})
}

// It is told once in three seconds that somebody is typing, and of a crowd ten.
func TestTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := newNodes(t, 2)
		types := func(n *node, user int64) {
			n.Typing(chat.Reading{Room: chat.Room{ID: room, Slug: "r"}, RoomState: chat.RoomState{Head: head}}, chat.User{ID: user})
		}
		two[1].Arrive(room, 1)
		time.Sleep(time.Second)
		types(two[0], 3)
		types(two[0], 3)
		two[0].want("typing 3") // at once
		time.Sleep(2900 * time.Millisecond)
		types(two[0], 3)
		types(two[1], 3)
		two[0].want()
		two[1].want("typing 3")
		time.Sleep(time.Second)
		for user := range int64(50) {
			types(two[0], 100+user)
		}
		time.Sleep(time.Second)
		if here, there := two[0].take(), two[1].take(); len(here) != 10 || !slices.Equal(here, there) {
			t.Errorf("%q here, %q there", here, there)
		}
	})
}

// However much nodes have to tell, each text fits, and each user hears; of one
// mark what is newest.
func TestReadMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		two := newNodes(t, 2)
		two[1].own[2999] = true
		lobby := chat.Room{ID: room, Slug: "r"}
		two[0].MarkRead(lobby, chat.User{ID: 1}, 5)
		time.Sleep(time.Second)
		two[0].want("read 1 5")
		for user := range int64(3000) {
			two[0].MarkRead(lobby, chat.User{ID: user}, 9)
			two[0].MarkRead(lobby, chat.User{ID: user}, 8)
		}
		time.Sleep(time.Second)
		if got := two[0].take(); len(got) < 3000 || !slices.Contains(got, "read 17 9") {
			t.Error(len(got))
		}
		two[1].want("read 2999 9")
		if n := two[0].exchange.longest; n < 7000 || n >= 8000 {
			t.Errorf("the longest text to the other nodes has %d bytes", n)
		}
	})
}
