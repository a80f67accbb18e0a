package feed

import "log/slog"

// NewSized makes a feed whose rings hold size events.
func NewSized(log Log, logger *slog.Logger, size int) *Feed {
	f := New(log, NewStreams(Limits{}), logger)
	f.size = size
	return f
}

// Encode makes the frame of an event and returns what goes over the wire.
var Encode = encode

// Wire is the whole event as it is sent.
func (f *Frame) Wire() []byte { return f.wire }
