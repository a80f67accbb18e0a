package proxy

import (
	"bytes"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

// message is one of PostgreSQL's messages.
func message(letter byte, text string) []byte {
	return append([]byte{letter, 0, 0, 0, byte(4 + len(text))}, text...)
}

// What is announced is swallowed, and nothing else, however the bytes are cut.
func TestMute(t *testing.T) {
	sent := slices.Concat(message('R', "ok"), message('A', "hello"), message('Z', ""), message('A', ""),
		message('A', "AAAA"), message('D', "a row with A"), message('Z', "I"))
	want := slices.Concat(message('R', "ok"), message('Z', ""), message('D', "a row with A"), message('Z', "I"))
	for name, from := range map[string]io.Reader{
		"whole": bytes.NewReader(sent), "byte by byte": iotest.OneByteReader(bytes.NewReader(sent)),
		"in halves": iotest.HalfReader(bytes.NewReader(sent)),
	} {
		var swallowed atomic.Int64
		got, err := io.ReadAll(&mute{Reader: from, swallowed: &swallowed})
		if err != nil || !bytes.Equal(got, want) || swallowed.Load() != 3 {
			t.Errorf("%s: %q passes, %d are swallowed: %v", name, got, swallowed.Load(), err)
		}
	}
}
