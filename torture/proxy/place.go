package proxy

import (
	"bytes"
	"math/rand/v2"
	"unicode/utf8"
)

// needsBytes reports whether a cut happens at a place in what the server sends.
func needsBytes(c Cut) bool {
	switch c {
	case InData, InRune, BeforeBlank, AfterID, LoseReply:
		return true
	}
	return false
}

// place returns how many of the bytes pass before the cut, and whether the
// place that the cut is named for is there; else it is any place.
func place(c Cut, b []byte, rng *rand.Rand) (int, bool) {
	switch c {
	case LoseReply:
		return 0, true
	case InData:
		if _, data, ok := cutAt(b, "data: "); ok {
			if end := bytes.IndexByte(b[data:], '\n'); end > 1 {
				return data + 1 + rng.IntN(end-1), true
			}
		}
	case InRune:
		for i, one := range b {
			if one >= utf8.RuneSelf && utf8.RuneStart(one) && i+1 < len(b) {
				return i + 1, true
			}
		}
	case BeforeBlank:
		if _, data, ok := cutAt(b, "data: "); ok {
			if end := bytes.Index(b[data:], []byte("\n\n")); end >= 0 {
				return data + end + 1, true
			}
		}
	case AfterID:
		if _, id, ok := cutAt(b, "id: "); ok {
			if end := bytes.IndexByte(b[id:], '\n'); end >= 0 {
				return id + end + 1, true
			}
		}
	}
	return rng.IntN(len(b) + 1), false
}

// cutAt finds a text in bytes, and returns where it begins and ends.
func cutAt(b []byte, text string) (from, to int, ok bool) {
	from = bytes.Index(b, []byte(text))
	return from, from + len(text), from >= 0
}
