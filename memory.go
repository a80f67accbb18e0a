package main

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The runtime collects when as much was allocated as is in use. A small server
// would collect all the time that it is busy, and keep for minutes what a burst
// took, as when thousands come in or a password is hashed: nothing has it collect
// then. So it gets room, and gives memory back to the system once it is quiet.
const (
	// roomBytes is how much may be allocated at least between two collections.
	roomBytes = 64 << 20
	// lookEvery is how often it is looked whether the server is quiet.
	lookEvery = 500 * time.Millisecond
	// quietMost is how much a quiet server allocates at most between two looks, or
	// quietShare which part of the heap, as open streams show that they are alive.
	quietMost  = 128 << 10
	quietShare = 64
	// worthLeast is how much has to have been allocated for a collection to be
	// worth it, and worthShare which part of the heap that has to be: who has much
	// in use is collected as rarely.
	worthLeast = 4 << 20
	worthShare = 4
)

// heap is what the runtime says of its memory, in bytes.
type heap struct {
	allocated uint64 // since the start
	held      uint64 // by objects that are in use, or not collected yet; the room is not counted
}

func readHeap(room uint64) heap {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	held := s[1].Value.Uint64()
	return heap{s[0].Value.Uint64(), held - min(held, room)}
}

// quiet reports whether the server has done little since a look.
func (h heap) quiet(since heap) bool {
	return h.allocated-since.allocated <= max(quietMost, h.held/quietShare)
}

// worth reports whether so much was allocated since memory was given back that it
// should be again. How much of it is garbage only a collection tells: the last one
// may have been in the middle of a burst.
func (h heap) worth(given heap) bool {
	return h.allocated-given.allocated > max(worthLeast, h.held/worthShare)
}

// roomWithin is how much room there is under a limit of memory. It would count
// against one that was set.
func roomWithin(limit int64) int {
	if limit < math.MaxInt64 {
		return 0
	}
	return roomBytes
}

// manageMemory makes room, and gives unused memory back to the system when the
// server has become quiet, until ctx ends.
func manageMemory(ctx context.Context, every time.Duration) {
	room := make([]byte, roomWithin(debug.SetMemoryLimit(-1))) // counts as in use; nobody touches it, so the system gives nothing for it
	defer runtime.KeepAlive(room)
	var last, given heap
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		now := readHeap(uint64(len(room)))
		if now.quiet(last) && now.worth(given) {
			debug.FreeOSMemory()
			given = now
		}
		last = now
	}
}
