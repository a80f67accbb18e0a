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
	ties   []tie // to each of its rooms

	news  news // that the writer has not taken yet; under writer.mu
	heard news // that the writer has taken

	bucket int       // of writer.beats
	beat   int       // in that bucket
	full   time.Time // since when the socket takes nothing; zero where it does
	away   bool      // is being read from the tables, by another goroutine
	failed error     // what came of that
	closed bool
}

// tie is a line in the place of one of its rooms.
type tie struct {
	line   *line
	strand *strand
	place  *place // nil where it is none of its lines
	at     int    // in place.ties
}

// news is what a writer is told of a line.
type news uint8

const (
	adopted  news = 1 << iota // the line is new
	returned                  // it is back from the tables
	rung                      // its ticket has news
	moved                     // its user's inbox may have
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
	l.ties = make([]tie, len(l.stream.strands))
	for i := range l.ties {
		if t := &l.stream.strands[i]; !t.over {
			l.ties[i] = tie{line: l, strand: t}
			w.tie(&l.ties[i])
		}
	}
	l.stream.listen(func() { w.tell(l, moved) })
	l.bucket, l.beat = w.second, len(w.beats[w.second])
	w.beats[l.bucket] = append(w.beats[l.bucket], l)
	if err := w.lines.poll.add(l); err != nil {
		w.end(l, Broken, err)
	}
}

// tie adds a line to those of a room.
func (w *writer) tie(t *tie) {
	r := t.strand.reader.Room()
	p, ok := w.places[r]
	if !ok {
		p = &place{writer: w, room: r}
		w.places[r] = p
		r.Join(p)
	}
	t.place, t.at = p, len(p.ties)
	p.ties = append(p.ties, t)
	t.strand.due.Store(true) // what came before, nobody has heard
}

// untie takes a line from those of a room.
func (w *writer) untie(t *tie) {
	p := t.place
	t.place = nil
	// The last takes the place of the one that goes. Where it has not had its
	// turn yet, and that one had, it gets another.
	last := p.ties[len(p.ties)-1]
	p.ties[t.at], last.at = last, t.at
	p.ties[len(p.ties)-1] = nil
	p.ties = p.ties[:len(p.ties)-1]
	if t.at < p.next {
		p.again |= p.why
	}
	if len(p.ties) == 0 {
		p.room.Part(p)
		delete(w.places, p.room)
	}
}

// shed takes a line from those of the rooms of which nothing follows.
func (w *writer) shed(l *line) {
	for i := range l.ties {
		if t := &l.ties[i]; t.place != nil && (l.closed || t.strand.over) {
			w.untie(t)
		}
	}
}

// end closes a line.
func (w *writer) end(l *line, end End, err error) {
	l.closed = true
	delete(w.full, l)
	delete(w.late, l)
	w.lines.poll.remove(l)
	l.conn.Close()
	w.shed(l)
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
