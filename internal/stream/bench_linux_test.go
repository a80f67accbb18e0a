package stream_test

import (
	"bytes"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"maru/internal/chat"
)

// BenchmarkStreams is a message to 100 readers over bare connections, one by one:
// each waits until all have the one before. The time is that of the window in
// which a busy room gathers; what counts is what is allocated.
func BenchmarkStreams(b *testing.B) {
	const readers = 100
	s := newStudio(b)
	var came atomic.Int64
	all := make(chan struct{}, 1)
	for range readers {
		theirs := s.open(1, 0)
		go func() {
			defer theirs.Close()
			buf := make([]byte, 4096)
			for {
				n, err := theirs.Read(buf)
				if err == io.EOF || n == 0 {
					return
				}
				if n := came.Add(int64(bytes.Count(buf[:n], []byte("event: message")))); n > 0 && n%readers == 0 {
					select {
					case all <- struct{}{}:
					default:
					}
				}
			}
		}()
	}
	time.Sleep(100 * time.Millisecond) // until all have had their opening
	b.ReportAllocs()
	for b.Loop() {
		s.tape.post()
		s.feed.Hint(chat.Everything)
		<-all
	}
}
