package main

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"
)

func TestWhenMemoryIsGivenBack(t *testing.T) {
	const mb = 1 << 20
	for _, test := range []struct {
		what         string
		last, given  uint64 // how much was allocated since
		held         uint64
		quiet, worth bool
	}{
		{"nothing happens", 0, 0, 10 * mb, true, false},
		{"a little has happened", 0, 4 * mb, 10 * mb, true, false},
		{"a burst is over", 0, 4*mb + 1, 10 * mb, true, true},
		{"it goes on slowly", quietMost, 5 * mb, 1 * mb, true, true},
		{"it goes on", quietMost + 1, 5 * mb, 1 * mb, false, true},
		{"many streams are open", 1 * mb, 17 * mb, 64 * mb, true, true},
		{"many streams are busy", 1*mb + 1, 17 * mb, 64 * mb, false, true},
		{"little for a large heap", 0, 25 * mb, 100 * mb, true, false},
		{"much for a large heap", 0, 26 * mb, 100 * mb, true, true},
	} {
		now := heap{allocated: 200 * mb, held: test.held}
		if got := now.quiet(heap{allocated: now.allocated - test.last}); got != test.quiet {
			t.Errorf("%s: quiet is %v", test.what, got)
		}
		if got := now.worth(heap{allocated: now.allocated - test.given}); got != test.worth {
			t.Errorf("%s: worth is %v", test.what, got)
		}
	}
}

var garbage []byte

// A server that is busy keeps what it has, and gives it back once it is quiet;
// then there is nothing more to give.
func TestGivingBack(t *testing.T) {
	const every = 100 * time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	asked := collections()
	running.Go(func() { manageMemory(ctx, every) })
	for began := time.Now(); time.Since(began) < 10*every; {
		garbage = make([]byte, 4*quietMost)
	}
	if n := collections() - asked; n > 0 {
		t.Errorf("%d times while it was busy", n)
	}
	garbage = make([]byte, 64<<20)
	full := kept()
	garbage = nil
	for end := time.Now().Add(10 * time.Second); kept() > full-60<<20; time.Sleep(every) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d MB are still kept", kept()>>20, full>>20)
		}
	}
	time.Sleep(5 * every)
	if n := collections() - asked; n != 1 {
		t.Errorf("%d times when it was quiet", n)
	}
}

// A small server that is busy collects when the room is used up, and not when as
// much was allocated as it has in use.
func TestRoom(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { manageMemory(ctx, time.Hour) })
	for end := time.Now().Add(5 * time.Second); read("/gc/heap/live:bytes") < roomBytes; runtime.GC() {
		if time.Now().After(end) {
			t.Fatal("there is no room")
		}
	}
	const each, times = 64 << 10, 10
	before := read("/gc/cycles/automatic:gc-cycles")
	for range times * roomBytes / each {
		garbage = make([]byte, each)
	}
	if n := read("/gc/cycles/automatic:gc-cycles") - before; n > times {
		t.Errorf("%d collections for %d MB", n, times*roomBytes>>20)
	}
}

// Under a limit there is no room, and what is in use is all counted.
func TestNoRoomUnderALimit(t *testing.T) {
	if none, some := roomWithin(1<<30), roomWithin(math.MaxInt64); none != 0 || some != roomBytes {
		t.Errorf("%d bytes with a limit, %d without", none, some)
	}
	garbage = make([]byte, 8<<20)
	if h := readHeap(0); h.held < 8<<20 {
		t.Errorf("%d bytes are in use", h.held)
	}
	garbage = nil
}

func read(name string) uint64 {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// kept is what the system has given the heap and not got back.
func kept() uint64 {
	return read("/memory/classes/heap/objects:bytes") + read("/memory/classes/heap/unused:bytes") + read("/memory/classes/heap/free:bytes")
}

// collections counts those that were asked for.
func collections() uint64 { return read("/gc/cycles/forced:gc-cycles") }
