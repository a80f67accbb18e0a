package feed

// At is up to where a room was followed; 0 where it is not.
func (f *Feed) At(room int64) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := f.rooms[room]; ok {
		return r.at()
	}
	return 0
}
