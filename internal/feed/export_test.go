package feed

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
