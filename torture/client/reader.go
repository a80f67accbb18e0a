package client

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maru/torture/api"
	"maru/torture/history"
	"maru/torture/proxy"
)

// Scene is what all clients of a run share.
type Scene struct {
	Log      *history.Log
	Canaries Canaries
	Rough    atomic.Bool // faults are on
}

// Profile says who a client is and how it behaves.
type Profile struct {
	Name  string
	User  int64
	Token string
	Room  string
	Via   string // history.Stream, LongPoll or Poll
	Line  string // history.Bare, or within TLS Chunked or HTTP2
	Seed  uint64
	Proxy *proxy.Proxy

	// Forgetful readers now and then lose their memory and start again from the
	// cursor that they have stored, or from nothing.
	Forgetful bool
	// Native readers come back as an EventSource does: when they were told to.
	Native bool
	// Roaming readers ask each time over a new connection, which may lead to
	// another node.
	Roaming bool
}

// Reader follows one room. What it hands to its application is in the history
// as taken; it keeps the cursor of the last of it, and goes on from there.
type Reader struct {
	Profile
	scene  *Scene
	door   api.Door
	nudged chan struct{} // open another connection beside the one there is
	lines  lines
	conn   int // the newest connection; Run's alone

	streams atomic.Int32 // that are open

	mu     sync.Mutex
	rng    *rand.Rand
	at     string // the cursor of the last event that was taken; "" before any
	stored string // what is left after a loss of memory
	etag   string
	retry  time.Duration
}

// NewReader makes a reader that goes to the server through its proxy.
func NewReader(p Profile, scene *Scene) *Reader {
	return &Reader{
		Profile: p, scene: scene, nudged: make(chan struct{}, 1), rng: rand.New(rand.NewPCG(p.Seed, 2)),
		door: p.door(0),
	}
}

// door is the client's way to the server, through its proxy.
func (p *Profile) door(timeout time.Duration) api.Door {
	d := api.Door{Base: func() string { return "http://" + p.Proxy.Addr() }, Token: p.Token}
	if p.Line == history.Bare {
		d.Client = api.NewClient(timeout)
		return d
	}
	d.Base = func() string { return "https://" + p.Proxy.Addr() }
	d.Client = api.NewSecureClient(timeout, p.Line == history.HTTP2)
	return d
}

// Seq is the number of the last event that was taken.
func (r *Reader) Seq() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return history.SeqOf(r.at)
}

// Streaming reports whether a stream of the reader is open.
func (r *Reader) Streaming() bool { return r.streams.Load() > 0 }

// Nudge makes the reader open a new connection while the old one still talks.
func (r *Reader) Nudge() {
	select {
	case r.nudged <- struct{}{}:
	default:
	}
}

// Run reads until ctx ends.
func (r *Reader) Run(ctx context.Context) {
	r.lines.renew(ctx)
	defer r.lines.silence()
	for ctx.Err() == nil {
		lost, forged := r.fate()
		if lost || forged {
			r.lines.renew(ctx) // nothing of before may be heard any more
		}
		p := r.position(lost, forged)
		one, end := context.WithCancel(r.lines.ctx)
		done := make(chan time.Duration, 1)
		r.lines.open.Go(func() {
			defer end()
			done <- r.connect(one, p)
		})
		nudged := r.nudged
		if forged {
			nudged = nil // what it is told, to begin anew, would not hold for another line
		}
		var pause time.Duration
		select {
		case pause = <-done:
		case <-nudged:
			time.AfterFunc(r.between(300, 1500), end)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// lines are the connections of a reader that are open: one, and those that it
// has left behind.
type lines struct {
	open   sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc
}

// silence ends them all and waits until none says anything any more.
func (l *lines) silence() {
	l.cancel()
	l.open.Wait()
}

func (l *lines) renew(ctx context.Context) {
	if l.cancel != nil {
		l.silence()
	}
	l.ctx, l.cancel = context.WithCancel(ctx)
}

// fate decides whether the reader loses its memory before the next connection,
// or brings a cursor of another history to it.
func (r *Reader) fate() (lost, forged bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.scene.Rough.Load() {
		return false, false
	}
	often := 1
	if r.Via != history.Stream {
		often = 10 // each answer is a connection
	}
	lost = r.Forgetful && r.rng.IntN(4*often) == 0
	return lost, !lost && r.rng.IntN(20*often) == 0
}

// position is where a connection asks to begin.
type position struct {
	conn   int
	cursor string // a cursor, "0", "head" or ""
	etag   string // of the answer that the cursor is from
	forged bool
}

// position returns where the next connection begins: behind what was taken, or
// where a reader begins that has nothing.
func (r *Reader) position(lost, forged bool) position {
	r.mu.Lock()
	defer r.mu.Unlock()
	if lost {
		if r.rng.IntN(4) == 0 {
			r.stored = ""
		}
		r.at, r.etag = r.stored, ""
		r.note(history.Record{Kind: history.Forget, ID: r.at})
	}
	r.conn++
	p := position{conn: r.conn, cursor: r.at, etag: r.etag}
	switch {
	case r.at == "":
		p.cursor = []string{"", "0", "1", "head"}[r.rng.IntN(4)]
	case forged && strings.Contains(r.at, "."):
		p.cursor, p.etag, p.forged = forge(r.rng, r.at), "", true
	}
	return p
}

// note writes down what the reader did or saw.
func (r *Reader) note(rec history.Record) {
	rec.Client, rec.Room = r.Name, r.Room
	r.scene.Log.Add(rec)
}

// forge makes a cursor that no event of this history has.
func forge(rng *rand.Rand, cursor string) string {
	number, tag, _ := bytes.Cut([]byte(cursor), []byte("."))
	if rng.IntN(2) == 0 {
		return string(number) + "000000." + string(tag)
	}
	last := &tag[len(tag)-1]
	if *last == '0' {
		*last = '1'
	} else {
		*last = '0'
	}
	return string(number) + "." + string(tag)
}

// connect makes one connection and returns how long to wait before the next.
func (r *Reader) connect(ctx context.Context, p position) time.Duration {
	r.note(history.Record{Kind: history.Open, Conn: p.conn, Via: r.Via, ID: p.cursor, Forged: p.forged})
	if r.Roaming {
		r.door.Client.CloseIdleConnections()
	}
	seen := r.scene.watch(r.Name, p.conn)
	var why string
	var pause time.Duration
	if r.Via == history.Stream {
		why, pause = r.stream(ctx, p, seen)
	} else {
		why, pause = r.poll(ctx, p, seen)
	}
	r.note(history.Record{Kind: history.End, Conn: p.conn, Name: why})
	return pause
}

// watch looks for canaries in what a connection brings.
func (s *Scene) watch(client string, conn int) *watch {
	return &watch{canaries: s.Canaries, seen: map[string]bool{}, found: func(room string) {
		s.Log.Add(history.Record{Kind: history.Canary, Client: client, Conn: conn, Room: room})
	}}
}

// Tap returns what is to see all bytes that a client gets beside its own
// connections.
func (s *Scene) Tap(name string, conn int) func([]byte) { return s.watch(name, conn).Write }

// take notes an event, and hands it to the application unless that has it
// already. It answers false where the data is none.
func (r *Reader) take(conn int, e Heard) (facts, bool) {
	rec, f, err := e.Record()
	if err != nil {
		r.note(history.Record{Kind: history.Event, Conn: conn, Name: malformed})
		return f, false
	}
	rec.Conn = conn
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case e.ID != "":
		if rec.Taken = r.at == "" || rec.Seq > history.SeqOf(r.at); rec.Taken {
			r.at = e.ID
			if !r.Forgetful || r.rng.IntN(20) == 0 {
				r.stored = e.ID
			}
		}
	case e.Name == "gap":
		// What was removed is not waited for. An old line may have gone past it.
		if f.Floor > history.SeqOf(r.at) {
			r.at = fmt.Sprint(f.Floor)
		}
	case e.Name == "rewind":
		r.at = fmt.Sprint(f.To)
	case e.Name == "reset":
		r.at = ""
	case e.Name == "caught-up" && r.at == "":
		r.at = f.Cursor
	}
	r.note(rec)
	return f, true
}

// between returns a time by chance, in milliseconds.
func (r *Reader) between(least, most int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(least+r.rng.IntN(most-least)) * time.Millisecond
}

// request asks for the events of the room from a position on.
func (r *Reader) request(ctx context.Context, p position, query string) (*http.Request, error) {
	path := "/rooms/" + r.Room + "/events?" + query
	verified := p.cursor != "" && p.cursor != "0" && p.cursor != "head"
	if p.cursor != "" && (!verified || r.Via != history.Stream) {
		path += "&after=" + p.cursor
	}
	req, err := r.door.Request(ctx, http.MethodGet, path, nil)
	if err == nil && verified && r.Via == history.Stream {
		req.Header.Set("Last-Event-ID", p.cursor)
	}
	return req, err
}
