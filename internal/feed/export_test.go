package feed

// Size sets how many events the rings hold.
func (f *Feed) Size(n int) { f.size = n }

// Encode makes the frame of an event and returns what goes over the wire.
var Encode = encode

// Wire is the whole event as it is sent.
func (f *Frame) Wire() []byte { return f.wire }
