package stream

import (
	"context"
	"net"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// line is the connection of a stream that has left net/http: no goroutine, no
// buffer, no timer.
type line struct {
	stream *Stream
	conn   net.Conn // keeps fd open; only its writer closes it
	fd     int
	id     uint64 // in the poller
	writer *writer
	place  *place

	news  news // that the writer has not taken yet; under writer.mu
	heard news // that the writer has taken

	at     int       // in place.lines
	bucket int       // of writer.beats
	beat   int       // in that bucket
	full   time.Time // since when the socket takes nothing; zero where it does
	away   bool      // is being read from the tables, by another goroutine
	failed error     // what came of that
	closed bool
}

// news is what a writer is told of a line.
type news uint8

const (
	adopted  news = 1 << iota // the line is new
	returned                  // it is back from the tables
	rung                      // its ticket has news
	hungUp                    // the reader is gone
	spoke                     // the reader has sent something behind its request
	writable                  // the socket has room again
)

// write writes what the socket takes of p, without waiting.
func (l *line) write(p []byte) (n int, err error) {
	for {
		// Raw: it never waits, so the scheduler need not hear of it.
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(l.fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EAGAIN:
			return 0, nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// adopt takes a new line in.
func (w *writer) adopt(l *line) {
	r := l.stream.reader.Room()
	p, ok := w.places[r]
	if !ok {
		p = &place{writer: w, room: r}
		w.places[r] = p
		r.Join(p)
	}
	l.place, l.at = p, len(p.lines)
	p.lines = append(p.lines, l)
	l.bucket, l.beat = w.second, len(w.beats[w.second])
	w.beats[l.bucket] = append(w.beats[l.bucket], l)
	if err := w.lines.poll.add(l); err != nil {
		w.end(l, Broken, err)
	}
}

// end closes a line.
func (w *writer) end(l *line, end End, err error) {
	l.closed = true
	delete(w.full, l)
	w.lines.poll.remove(l)
	l.conn.Close()
	p := l.place
	// The last takes the place of the one that goes. Where it has not had its
	// turn yet, and that one had, it gets another.
	last := p.lines[len(p.lines)-1]
	p.lines[l.at], last.at = last, l.at
	p.lines[len(p.lines)-1] = nil
	p.lines = p.lines[:len(p.lines)-1]
	if l.at < p.next {
		p.again |= p.why
	}
	if len(p.lines) == 0 {
		p.room.Part(p)
		delete(w.places, p.room)
	}
	bucket := w.beats[l.bucket]
	other := bucket[len(bucket)-1]
	bucket[l.beat], other.beat = other, l.beat
	bucket[len(bucket)-1] = nil
	w.beats[l.bucket] = bucket[:len(bucket)-1]
	l.stream.close(end, err)
}

// tableReaders is how many lines are read from the tables at once.
const tableReaders = 4

// lines are all connections that have left net/http, and who works for them.
type lines struct {
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	poll    *poller
	writers []*writer

	mu      sync.Mutex
	queue   []*line // those that wait to be read from the tables
	reading int     // how many goroutines read
	count   int     // of lines that ever came
}

// read reads on from the tables for a line that is away, which memory does not
// reach back to, and tells its writer.
func (ls *lines) read(l *line) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.queue = append(ls.queue, l)
	if ls.reading < tableReaders {
		ls.reading++
		ls.running.Go(ls.readAll)
	}
}

func (ls *lines) readAll() {
	for {
		ls.mu.Lock()
		if len(ls.queue) == 0 {
			ls.reading--
			ls.mu.Unlock()
			return
		}
		l := ls.queue[0]
		ls.queue = ls.queue[1:]
		ls.mu.Unlock()
		l.failed = l.stream.read(ls.ctx)
		l.writer.tell(l, returned)
	}
}
