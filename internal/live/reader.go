package live

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// event is one event as it came.
type event struct {
	ID    string          `json:"id"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

// seq is the number of an event in its log; 0 where it has none.
func (e event) seq() int64 {
	number, _, _ := strings.Cut(e.ID, ".")
	seq, _ := strconv.ParseInt(number, 10, 64)
	return seq
}

// reader follows a room in one way and keeps what it got.
type reader struct {
	*client
	name  string
	room  string
	next  func(*reader, context.Context) error // asks once, or holds one stream
	toCut int                                  // how often its streams are still to be cut
	cut   int                                  // how often they were

	mu     sync.Mutex
	log    []event
	seen   map[int64]time.Time
	faults []string
	gone   bool
}

// follow reads until the room is gone.
func (r *reader) follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.next(r, ctx)
		if r.isGone() {
			return
		}
		var no *refusal
		if errors.As(err, &no) && no.status == http.StatusNotFound { // it went between two questions
			r.end()
			return
		}
		if err != nil && ctx.Err() == nil {
			r.fault("%v", err)
			return
		}
	}
}

func (r *reader) fault(says string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, r.name+": "+fmt.Sprintf(says, args...))
}

func (r *reader) isGone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone
}

func (r *reader) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = true
}

// at is the cursor of the last event of the log.
func (r *reader) at() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.log) == 0 {
		return "0"
	}
	return r.log[len(r.log)-1].ID
}

// take keeps an event and checks that it continues the log.
func (r *reader) take(e event) {
	switch e.Event {
	case "gone":
		r.end()
		return
	case "gap", "rewind", "reset":
		r.fault("was told %s, in a room where nothing was removed", e.Event)
		return
	}
	if e.ID == "" {
		return
	}
	r.mu.Lock()
	last := int64(0)
	if len(r.log) > 0 {
		last = r.log[len(r.log)-1].seq()
	}
	r.log = append(r.log, e)
	if _, again := r.seen[e.seq()]; !again {
		r.seen[e.seq()] = time.Now()
	}
	r.mu.Unlock()
	if e.seq() != last+1 {
		r.fault("number %d came behind number %d", e.seq(), last)
	}
}

// stream holds one stream of the room.
func stream(r *reader, ctx context.Context) error {
	return r.hold(ctx, "/rooms/"+r.room+"/events", "")
}

// bundle holds one stream that could be of several rooms.
func bundle(r *reader, ctx context.Context) error {
	return r.hold(ctx, "/events?rooms="+r.room, r.room+":")
}

// hold holds one stream, whose ids begin with a word. A reader that has cuts left
// hangs up once it has a few more events, and goes on behind them.
func (r *reader) hold(ctx context.Context, path, begin string) error {
	res, err := r.open(ctx, "GET", path, nil, http.Header{"Accept": {"text/event-stream"}, "Last-Event-Id": {begin + r.at()}})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return &refusal{"a stream", res.StatusCode, res.Status}
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	var e event
	for taken := 0; lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			var ok bool
			if e.ID, ok = strings.CutPrefix(value, begin); !ok {
				r.fault("an id is %s, and should begin with %s", value, begin)
			}
		case "event":
			e.Event = value
		case "data":
			e.Data = json.RawMessage(value)
		case "":
			r.take(e)
			e = event{}
			if taken++; r.toCut > 0 && taken > 6 {
				r.toCut--
				r.cut++
				return nil
			}
		}
	}
	return lines.Err()
}

// longPoll asks for what is behind the log, and lets the server wait for it.
func longPoll(r *reader, ctx context.Context) error { return r.ask(ctx, "&wait=20") }

// poll asks for what is behind the log, five times a second.
func poll(r *reader, ctx context.Context) error {
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
		return nil
	}
	return r.ask(ctx, "")
}

func (r *reader) ask(ctx context.Context, wait string) error {
	var got struct{ Events []event }
	_, err := r.do(ctx, "GET", "/rooms/"+r.room+"/events?after="+url.QueryEscape(r.at())+wait, nil, &got)
	for _, e := range got.Events {
		r.take(e)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil // the connection broke; the next question goes on
	}
	return err
}
