package stream

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"maru/internal/feed"
)

const (
	// window is how long a room's messages are gathered when it is busy: a writer
	// goes over its readers at most once in this time. It grows with the time
	// that it takes, so that going over them is at most a third of it, up to
	// windowMost. A room that was quiet for so long is served at once.
	window     = 5 * time.Millisecond
	windowMost = 20 * time.Millisecond
	// stride is how many streams of a room are served before others get a turn.
	stride = 256
)

// writer writes streams whose connections have left net/http. It is one
// goroutine, to which its streams belong, but for those that are being read from
// the tables: it goes over the readers of the rooms that have moved, writes what
// each socket takes, and leaves behind those that are full.
type writer struct {
	lines *lines
	wake  chan struct{} // of one place: there is news

	mu   sync.Mutex
	news []*line
	due  []*place // rooms that have moved

	// What follows belongs to the goroutine.
	places map[*feed.Room]*place
	moved  []*place             // those to go over, now or when their window is over
	beats  [beatBuckets][]*line // by the second at which they are due
	second int                  // of beats
	full   map[*line]struct{}   // those that take nothing at the moment
	late   map[*line]struct{}   // those with an inbox that has to wait
}

// atOnce is a channel that never makes anybody wait.
var atOnce = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

const beatBuckets = int(beatEvery / time.Second)

// place is one room's streams on one writer.
type place struct {
	writer *writer
	room   *feed.Room
	due    feed.Cause // that the writer has not taken yet; under writer.mu

	ties   []*tie        // to its lines
	listed bool          // stands in writer.moved
	next   int           // the tie to go on with; 0 where none is under way
	again  feed.Cause    // since it was last begun to be gone over
	why    feed.Cause    // it was
	began  time.Time     // when it was last gone over for its log
	took   time.Duration // and how long that took
}

func newWriter(l *lines) *writer {
	return &writer{
		lines: l, wake: make(chan struct{}, 1), places: map[*feed.Room]*place{},
		full: map[*line]struct{}{}, late: map[*line]struct{}{},
	}
}

// Nudge tells the writer that the room has moved, or that there are signals.
func (p *place) Nudge(why feed.Cause) {
	w := p.writer
	w.mu.Lock()
	if p.due == 0 {
		w.due = append(w.due, p)
	}
	p.due |= why
	w.mu.Unlock()
	w.rouse()
}

// tell gives the writer news of a line. It may be called by anybody.
func (w *writer) tell(l *line, what news) {
	w.mu.Lock()
	if l.news == 0 {
		w.news = append(w.news, l)
	}
	l.news |= what
	w.mu.Unlock()
	w.rouse()
}

func (w *writer) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run writes until ctx ends, and then closes what is left.
func (w *writer) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	later := time.NewTimer(time.Hour)
	defer later.Stop()
	var on <-chan struct{} // closed while there is something to go on with
	for {
		select {
		case <-ctx.Done():
			w.finish()
			return
		case now := <-tick.C:
			w.tick(now)
		case <-w.wake:
		case <-later.C:
		case <-on:
		}
		w.hear()
		on = nil
		if wait := w.serve(); wait > 0 {
			later.Reset(wait)
		} else {
			on = atOnce
			runtime.Gosched() // who posts and who comes in get their turn
		}
	}
}

// finish closes all lines, those that are away when they are back.
func (w *writer) finish() {
	for {
		w.hear()
		left := 0
		for _, bucket := range w.beats {
			for _, l := range slices.Clone(bucket) {
				if left++; !l.away {
					left--
					w.end(l, Stopped, nil)
				}
			}
		}
		if left == 0 {
			return
		}
		<-w.wake
	}
}

// hear deals with what was told since the last time.
func (w *writer) hear() {
	w.mu.Lock()
	told, due := w.news, w.due
	w.news, w.due = nil, nil
	for _, l := range told {
		l.heard |= l.news
		l.news = 0
	}
	for _, p := range due {
		p.again |= p.due
		p.due = 0
	}
	w.mu.Unlock()
	for _, p := range due {
		if !p.listed {
			p.listed = true
			w.moved = append(w.moved, p)
		}
	}
	for _, l := range told {
		w.attend(l)
	}
}

// serve goes over the rooms that are due, a stride each, and returns how long
// the others have time.
func (w *writer) serve() time.Duration {
	wait := time.Hour
	w.moved = slices.DeleteFunc(w.moved, func(p *place) bool {
		now := time.Now()
		if left := p.left(now); left > 0 {
			wait = min(wait, left)
			return false
		}
		p.begin(now)
		w.stride(p)
		if p.next > 0 {
			wait = 0
			return false
		}
		if p.why&feed.LogMoved != 0 {
			p.took = time.Since(p.began)
		}
		if p.again != 0 {
			wait = min(wait, max(0, p.left(time.Now())))
			return false
		}
		p.listed = false
		return true
	})
	return wait
}

// begin begins to go over a place, unless that is under way. Signals do not hold
// up the log: what moves while the place is gone over for them begins anew, and
// they do not make a room busy.
func (p *place) begin(now time.Time) {
	if p.next > 0 && p.again&^p.why&feed.LogMoved == 0 {
		return
	}
	p.why, p.again, p.next = p.again, 0, 0
	if p.why&feed.LogMoved != 0 {
		p.began = now
	}
}

// left is how long a place may gather before its next turn.
func (p *place) left(now time.Time) time.Duration {
	if p.next > 0 {
		return 0
	}
	return min(max(window, 3*p.took), windowMost) - now.Sub(p.began)
}

// stride serves the next lines of a place.
func (w *writer) stride(p *place) {
	for end := p.next + stride; p.next < len(p.ties) && p.next < end; {
		t := p.ties[p.next]
		t.strand.due.Store(true)
		w.visit(t.line)
		if p.next < len(p.ties) && p.ties[p.next] == t {
			p.next++
		}
	}
	if p.next >= len(p.ties) {
		p.next = 0
	}
}

// attend deals with what was told of one line.
func (w *writer) attend(l *line) {
	if l.closed || l.away && l.heard&returned == 0 || l.ties == nil && l.heard&adopted == 0 {
		return // it is dealt with when the line is back, or here
	}
	heard := l.heard
	l.heard = 0
	if heard&returned != 0 {
		l.away = false
	}
	if heard&adopted != 0 {
		w.adopt(l)
	}
	l.stream.rung = l.stream.rung || heard&rung != 0
	switch {
	case l.closed:
		return
	case l.failed != nil && w.lines.ctx.Err() != nil:
		w.end(l, Stopped, nil)
		return
	case l.failed != nil:
		w.end(l, Failed, l.failed)
		return
	case heard&hungUp != 0:
		w.end(l, Left, nil)
		return
	case heard&spoke != 0:
		w.end(l, Spoke, nil)
		return
	case heard&writable != 0 && !l.full.IsZero():
		w.write(l)
	case heard&rung != 0 && l.stream.ticket.Reason() != "" && !l.full.IsZero():
		// What it has not taken yet stands before its last words.
		l.full = time.Now().Add(byeTime - LineTime)
	}
	w.visit(l)
}

// visit gives a line all that there is for it, unless it is full or away.
func (w *writer) visit(l *line) {
	for !l.closed && !l.away && l.full.IsZero() {
		switch {
		case len(l.stream.rest) > 0:
			w.write(l)
		case l.stream.end != "":
			w.end(l, l.stream.end, nil)
		case !l.stream.recall():
			l.away = true
			w.lines.read(l)
		case len(l.stream.rest) == 0 && l.stream.end == "":
			w.shed(l)
			if l.stream.early() > 0 {
				w.late[l] = struct{}{}
			}
			return
		}
	}
}

// write writes what the socket takes. Where that is not all, the line is left
// until the socket has room again.
func (w *writer) write(l *line) {
	rest := l.stream.rest
	n, err := l.write(rest)
	var now time.Time
	switch {
	case err != nil:
		w.end(l, Broken, err)
		return
	case n == len(rest):
		l.stream.rest = nil
		if l.full.IsZero() {
			return
		}
		delete(w.full, l)
	default:
		l.stream.rest = rest[n:]
		// Who is being sent away has no more time for taking a little.
		if now = l.full; now.IsZero() || n > 0 && l.stream.ticket.Reason() == "" {
			now = time.Now()
		}
		w.full[l] = struct{}{}
	}
	l.full = now
	if err := w.lines.poll.arm(l, !now.IsZero()); err != nil {
		w.end(l, Broken, err)
	}
}

var errTakesNothing = errors.New("it takes nothing")

// tick is what happens each second: beats, inboxes that had to wait, and the end of
// those who take nothing.
func (w *writer) tick(now time.Time) {
	for l := range w.full {
		if now.Sub(l.full) > LineTime && !l.away {
			w.end(l, Broken, errTakesNothing)
		}
	}
	w.second = (w.second + 1) % beatBuckets
	for _, l := range slices.Clone(w.beats[w.second]) {
		if w.visit(l); !l.closed && !l.away && l.full.IsZero() {
			l.stream.beat()
			w.visit(l)
		}
	}
	late := w.late
	w.late = map[*line]struct{}{}
	for l := range late {
		w.visit(l)
	}
}
