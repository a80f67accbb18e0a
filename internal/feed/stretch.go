package feed

import "sync"

// Stretch is frames that stand behind one another, and their bytes, which are
// made once for all readers who are given it. It is immutable.
type Stretch struct {
	frames []*Frame
	join   sync.Once
	bytes  []byte
}

// nothing is what a reader gets who has everything.
var nothing = &Stretch{}

// Frames are those of the stretch. The caller must not change them.
func (s *Stretch) Frames() []*Frame { return s.frames }

// Wire returns the stretch as it is sent. The caller must not change it.
func (s *Stretch) Wire() []byte {
	switch len(s.frames) {
	case 0:
		return nil
	case 1:
		return s.frames[0].wire
	}
	s.join.Do(func() {
		n := 0
		for _, f := range s.frames {
			n += len(f.wire)
		}
		s.bytes = make([]byte, 0, n)
		for _, f := range s.frames {
			s.bytes = append(s.bytes, f.wire...)
		}
	})
	return s.bytes
}
