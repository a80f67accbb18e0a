package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"maru/torture/api"
	"maru/torture/history"
	"maru/torture/sse"
)

// malformed stands in the history where data was none.
const malformed = "malformed"

// The patience of a client: how long it takes silence for a live connection.
// With faults off, it outlasts two beats of the server.
const (
	roughPatience = 2500 * time.Millisecond
	calmPatience  = 32 * time.Second
)

func (r *Reader) patience() time.Duration {
	if r.scene.Rough.Load() {
		return roughPatience
	}
	return calmPatience
}

// comeBack is how long a reader waits after a connection that ended in some way.
// Those that are not native are too quick, but heed a good-bye while all is calm.
func (r *Reader) comeBack(end string) time.Duration {
	r.mu.Lock()
	told := r.retry
	r.mu.Unlock()
	if told > 0 && (r.Native || end == "bye" && !r.scene.Rough.Load()) {
		return told
	}
	return r.between(20, 300)
}

// stream reads one event stream to its end.
func (r *Reader) stream(ctx context.Context, p position, seen *watch) (string, time.Duration) {
	end := ""
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dog := time.AfterFunc(r.patience(), cancel)
	defer dog.Stop()
	req, err := r.request(ctx, p, "")
	if err != nil {
		return err.Error(), r.comeBack(end)
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := r.door.Client.Do(req)
	if err != nil {
		return "no answer", r.comeBack(end)
	}
	defer res.Body.Close()
	r.note(history.Record{Kind: history.Status, Conn: p.conn, Status: res.StatusCode, Name: kindOf(res)})
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(res.Body)
		seen.Write(text)
		return fmt.Sprint(res.StatusCode), r.between(100, 400)
	}
	r.streams.Add(1)
	defer r.streams.Add(-1)
	parser := sse.Parser{
		Dispatch: func(e sse.Event) { end = r.dispatch(p.conn, e, end) },
		Retry: func(d time.Duration) {
			r.mu.Lock()
			r.retry = d
			r.mu.Unlock()
		},
	}
	b := make([]byte, 8<<10)
	for {
		n, err := res.Body.Read(b)
		dog.Reset(r.patience())
		seen.Write(b[:n])
		parser.Write(b[:n])
		switch {
		case err == nil:
		case end == "gone":
			return end, r.between(50, 300)
		case end != "":
			return end, r.comeBack(end)
		case ctx.Err() != nil:
			return "silent, or left behind", r.comeBack(end)
		default:
			return "cut", r.comeBack(end)
		}
	}
}

// dispatch takes an event of a stream, and returns how the stream ends where
// the event says so.
func (r *Reader) dispatch(conn int, e sse.Event, end string) string {
	f, ok := r.take(conn, heardOf(e))
	switch {
	case !ok:
	case e.Name == "gone":
		return e.Name
	case e.Name == "bye":
		r.mu.Lock()
		r.retry = time.Duration(f.Retry) * time.Millisecond
		r.mu.Unlock()
		return e.Name
	}
	return end
}

// kindOf is the kind of connection that a stream comes on.
func kindOf(res *http.Response) string {
	switch {
	case res.ProtoMajor == 2:
		return history.HTTP2
	case len(res.TransferEncoding) > 0:
		return history.Chunked
	}
	return history.Bare
}

// Whole reads a room's whole log by one stream, until there is no more of it,
// and notes what it sees.
func Whole(ctx context.Context, door api.Door, room string, note func(history.Record)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := door.Request(ctx, http.MethodGet, "/rooms/"+room+"/events?after=0", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := door.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	note(history.Record{Kind: history.Status, Status: res.StatusCode, Name: kindOf(res)})
	var wrong error
	done := false
	parser := sse.Parser{Dispatch: func(e sse.Event) {
		heard := heardOf(e)
		rec, _, err := heard.Record()
		wrong = errors.Join(wrong, err)
		note(rec)
		done = done || e.Name == "caught-up"
	}}
	for b := make([]byte, 32<<10); !done && wrong == nil; {
		n, err := res.Body.Read(b)
		if parser.Write(b[:n]); err != nil && !done {
			return fmt.Errorf("the stream ended with %d and %w", res.StatusCode, err)
		}
	}
	return wrong
}

func (r *Reader) status(conn, status int) {
	r.note(history.Record{Kind: history.Status, Conn: conn, Status: status})
}

// Polled is what a poll answers with.
type Polled struct {
	Events []Heard `json:"events"`
	Cursor string  `json:"cursor"`
	Head   int64   `json:"head"`
}

// poll asks once, with or without waiting.
func (r *Reader) poll(ctx context.Context, p position, seen *watch) (string, time.Duration) {
	wait := 0
	if r.Via == history.LongPoll {
		wait = int(r.between(1, 4) / time.Millisecond)
	}
	pause := r.between(1, 30)
	if wait == 0 {
		pause = r.between(100, 400)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(wait)*time.Second+r.patience())
	defer cancel()
	req, err := r.request(ctx, p, fmt.Sprintf("wait=%d", wait))
	if err != nil {
		return err.Error(), pause
	}
	if wait == 0 && p.etag != "" {
		req.Header.Set("If-None-Match", p.etag)
	}
	door := r.door
	door.Tap = seen.Write
	status, text, head, err := door.Do(req)
	if err != nil {
		return "no answer", r.between(20, 300)
	}
	r.status(p.conn, status)
	switch status {
	case http.StatusOK:
	case http.StatusNotModified:
		return "nothing new", pause
	default:
		return fmt.Sprint(status), r.between(100, 400)
	}
	if !r.answered(p.conn, text, head.Get("ETag")) {
		return malformed, pause
	}
	return "answered", pause
}

// answered takes the events of a poll's answer.
func (r *Reader) answered(conn int, text []byte, etag string) bool {
	var in Polled
	if err := json.Unmarshal(text, &in); err != nil {
		r.note(history.Record{Kind: history.Event, Conn: conn, Name: malformed})
		return false
	}
	for _, e := range in.Events {
		if _, ok := r.take(conn, e); !ok {
			return false
		}
	}
	r.note(history.Record{Kind: history.Answer, Conn: conn, ID: in.Cursor, Seq: in.Head})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == "" {
		r.at = in.Cursor
	}
	// The tag stands for this answer's cursor: an answer that another one has
	// overtaken must not silence what lies between them.
	if r.at == in.Cursor {
		r.etag = etag
	} else {
		r.etag = ""
	}
	return true
}
