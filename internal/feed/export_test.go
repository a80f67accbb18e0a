package feed

import (
	"context"

	"maru/internal/chat"
)

// Alone is for the log of a test whose node has no others, and nobody to name.
type Alone struct{}

func (Alone) Shared() bool                     { return false }
func (Alone) Signal(context.Context, []string) {}
func (Alone) OnSignal(func(string))            {}
func (Alone) Known(context.Context, int64, []int64) (string, int64, []chat.User, error) {
	return "", 0, nil, chat.NoSuchThing()
}

// Tell tells the streams of a room a signal that stands behind an event.
func (f *Feed) Tell(room int64, s chat.Signal, behind int64) {
	audience{f}.Tell(room, behind, s)
}

// Size sets how many events the rings hold.
func (f *Feed) Size(n int) { f.size = n }

// Encode makes the frame of an event and returns what goes over the wire.
var Encode = encode

// Wire is the whole event as it is sent.
func (f *Frame) Wire() []byte { return f.wire }

// At is up to where a room was followed; 0 where it is not.
func (f *Feed) At(room int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := f.rooms[room]; ok {
		return r.at()
	}
	return 0
}
