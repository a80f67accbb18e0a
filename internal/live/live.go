// Package live checks a running Maru from outside, by its protocol alone: it
// reads a room in all three ways at once, writes, and compares what was seen.
package live

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Report is what Verify saw.
type Report struct {
	Readers int
	Posts   int // each stored once, a third of them sent twice
	Events  int // in the room's log
	Cuts    int // streams that were cut and went on behind their cursor
	Median  time.Duration
	Longest time.Duration // from sending a post to its event on a stream
	Faults  []string      // none where all saw the same
}

const (
	posts    = 24
	patience = 20 * time.Second // until everybody must have everything
)

// Verify opens a closed room of its own on the server at url in the name of the
// token's user, checks it and deletes it. The error is of what could not be
// tried; what was tried and went wrong is in the report.
func Verify(ctx context.Context, url, token string) (report Report, err error) {
	c := newClient(strings.TrimSuffix(url, "/"), token)
	room := "verify-" + strings.ToLower(rand.Text()[:10])
	if _, err := c.do(ctx, "POST", "/rooms", map[string]any{"slug": room, "name": room, "kind": "closed"}, nil); err != nil {
		return report, err
	}
	left := true
	defer func() {
		if left { // a room is left behind only where the server can't be reached
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			_, kept := c.do(closing, "DELETE", "/rooms/"+room, nil, nil)
			err = errors.Join(err, kept)
		}
	}()
	readers := newReaders(c, room)
	reading, stop := context.WithCancel(ctx)
	var following sync.WaitGroup
	defer following.Wait()
	defer stop()
	for _, r := range readers {
		following.Go(func() { r.follow(reading) })
	}
	w := &writer{client: c, room: room, sent: map[int64]time.Time{}, bodies: map[int64]string{}}
	if err := w.write(ctx); err != nil {
		return report, err
	}
	head := w.head
	waited := wait(ctx, func() bool {
		return !slices.ContainsFunc(readers, func(r *reader) bool { return !r.has(head) })
	})
	fresh := newReader(c, room, "a new reader", poll)
	if err := fresh.next(fresh, ctx); err != nil {
		return report, err
	}
	if _, err := c.do(ctx, "DELETE", "/rooms/"+room, nil, nil); err != nil {
		return report, err
	}
	left = false
	told := wait(ctx, func() bool {
		return !slices.ContainsFunc(readers, func(r *reader) bool { return !r.isGone() })
	})
	stop()
	following.Wait()
	report = compare(w, fresh, readers)
	if !waited {
		report.Faults = append(report.Faults, fmt.Sprintf("after %v not everybody had everything", patience))
	}
	if !told {
		report.Faults = append(report.Faults, fmt.Sprintf("after %v not everybody had been told that the room is gone", patience))
	}
	return report, ctx.Err()
}

func newReader(c *client, room, name string, next func(*reader, context.Context) error) *reader {
	return &reader{client: c, room: room, name: name, next: next, seen: map[int64]time.Time{}}
}

func newReaders(c *client, room string) []*reader {
	readers := []*reader{
		newReader(c, room, "a stream", stream), newReader(c, room, "a stream that is cut", stream),
		newReader(c, room, "a stream of several rooms", bundle), newReader(c, room, "one that is cut", bundle),
		newReader(c, room, "a long poll", longPoll), newReader(c, room, "another long poll", longPoll),
		newReader(c, room, "a poll", poll), newReader(c, room, "another poll", poll),
	}
	readers[1].toCut, readers[3].toCut = 3, 3
	return readers
}

// has reports whether the reader has the log up to a number, or has given up.
func (r *reader) has(seq int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.faults) > 0 || len(r.log) > 0 && r.log[len(r.log)-1].seq() >= seq
}

func wait(ctx context.Context, is func() bool) bool {
	for end := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) || ctx.Err() != nil {
			return false
		}
	}
	return true
}

// writer writes into the room and knows what it should look like.
type writer struct {
	*client
	room string

	mu     sync.Mutex
	sent   map[int64]time.Time
	bodies map[int64]string // "" where deleted
	faults []string
	head   int64
}

// write posts from three senders, a third of the posts twice under one nonce,
// then edits and deletes.
func (w *writer) write(ctx context.Context) error {
	var sending sync.WaitGroup
	failed := make([]error, 3)
	for sender := range failed {
		sending.Go(func() {
			for i := range posts / len(failed) {
				if failed[sender] = w.post(ctx, fmt.Sprintf("%d-%d 마루 *확인*", sender, i), i%3 == 0); failed[sender] != nil {
					return
				}
			}
		})
	}
	sending.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for i, seq := range slices.Sorted(maps.Keys(w.bodies))[:6] {
		at := fmt.Sprintf("/rooms/%s/messages/%d", w.room, seq)
		w.bodies[seq] = ""
		method, body := "DELETE", any(nil)
		if i%2 == 0 {
			w.bodies[seq] = fmt.Sprint("edited ", i)
			method, body = "PATCH", map[string]any{"body": w.bodies[seq]}
		}
		if _, err := w.do(ctx, method, at, body, nil); err != nil {
			return err
		}
	}
	var got struct{ Room struct{ Head int64 } }
	_, err := w.do(ctx, "GET", "/rooms/"+w.room, nil, &got)
	w.head = got.Room.Head
	return err
}

func (w *writer) post(ctx context.Context, body string, twice bool) error {
	draft := map[string]any{"body": body, "nonce": rand.Text()}
	var got, again struct{ Message struct{ Seq int64 } }
	sent, err := w.do(ctx, "POST", "/rooms/"+w.room+"/messages", draft, &got)
	if err == nil && twice {
		_, err = w.do(ctx, "POST", "/rooms/"+w.room+"/messages", draft, &again)
	}
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if twice && again != got {
		w.faults = append(w.faults, fmt.Sprintf("one nonce was stored as number %d and as number %d", got.Message.Seq, again.Message.Seq))
	}
	if _, taken := w.bodies[got.Message.Seq]; taken {
		w.faults = append(w.faults, fmt.Sprintf("two posts were stored as number %d", got.Message.Seq))
	}
	w.sent[got.Message.Seq], w.bodies[got.Message.Seq] = sent, body
	return nil
}

// compare holds what the readers saw against what was written and what a new
// reader gets.
func compare(w *writer, fresh *reader, readers []*reader) Report {
	report := Report{Readers: len(readers), Posts: len(w.bodies), Events: int(w.head), Faults: w.faults}
	want := fresh.picture()
	for seq, body := range w.bodies {
		var m struct {
			Body    string
			Deleted bool
		}
		if err := json.Unmarshal([]byte(want[seq]), &m); err != nil || m.Body != body || m.Deleted != (body == "") {
			report.Faults = append(report.Faults, fmt.Sprintf("message %d is %q and should say %q", seq, want[seq], body))
		}
	}
	var took []time.Duration
	for _, r := range readers {
		report.Cuts += r.cut
		report.Faults = append(report.Faults, r.faults...)
		got := r.picture()
		for seq := range w.head {
			if got[seq+1] != want[seq+1] {
				report.Faults = append(report.Faults, fmt.Sprintf("%s: message %d is not what a new reader gets", r.name, seq+1))
			}
		}
		for i, e := range fresh.log {
			if len(r.log) <= i || r.log[i].ID != e.ID {
				report.Faults = append(report.Faults, fmt.Sprintf("%s: its log is another from number %d on", r.name, i+1))
				break
			}
		}
		for seq, sent := range w.sent {
			if seen, ok := r.seen[seq]; ok && r.name == "a stream" {
				took = append(took, seen.Sub(sent))
			}
		}
	}
	if slices.Sort(took); len(took) > 0 {
		report.Median, report.Longest = took[len(took)/2], took[len(took)-1]
	}
	return report
}

// picture is how the messages stand when the log has been read, by their numbers.
func (r *reader) picture() map[int64]string {
	messages := map[int64]string{}
	for _, e := range r.log {
		var m struct{ Seq int64 }
		if e.Event == "message" && json.Unmarshal(e.Data, &m) == nil {
			messages[m.Seq] = string(e.Data)
		}
	}
	return messages
}
