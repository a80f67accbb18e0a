package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// reader is one who follows a room, and checks that nothing is missing and
// nothing comes twice.
type reader struct {
	server *server
	room   int
	wire   *wire
	begun  bool
	last   int    // the newest number that it has
	cursor []byte // the same as the server wrote it
}

var (
	headEnd  = []byte("\r\n\r\n")
	eventEnd = []byte("\n\n")
	idField  = []byte("id: ")
	headName = []byte(`"head":`)
)

// open lets readers in, so many at a time, and waits until each has all that is
// there. Who has been in before goes on behind what he had.
func (l *load) open(readers []*reader, atOnce int) error { return openAll(l, readers, atOnce) }

// opener is one who has a stream opened.
type opener interface{ enter(l *load) error }

// openAll is open for whoever has a stream.
func openAll[R opener](l *load, readers []R, atOnce int) error {
	before, asked := l.caughtUp, 0
	in := func() int { return l.caughtUp - before }
	act := func(t time.Duration) time.Duration {
		for burst := 0; burst < 64 && asked < len(readers) && asked-in() < atOnce && l.failed == nil; burst++ {
			l.failed = readers[asked].enter(l)
			asked++
		}
		if asked < len(readers) && asked-in() < atOnce {
			return t
		}
		return t + time.Millisecond
	}
	err := l.drive(now()+time.Minute, act, func() bool { return in() == len(readers) })
	if err == nil && in() < len(readers) {
		err = fmt.Errorf("%d of %d streams have begun", in(), len(readers))
	}
	return err
}

func (r *reader) enter(l *load) error {
	fd, err := dial(r.server.addr)
	if err != nil {
		return err
	}
	if r.wire, err = l.add(fd, fd, r); err != nil {
		return err
	}
	l.readers[r.room]++
	r.begun = false
	var more string
	if len(r.cursor) > 0 {
		more = fmt.Sprintf("Last-Event-ID: %s\r\n", r.cursor)
	}
	return r.wire.send(r.server.ask("GET", "/api/v1/rooms/"+roomName(r.room)+"/events?after=head", "Accept: text/event-stream\r\n"+more, ""))
}

func (r *reader) leave(l *load) {
	l.hangUp(r.wire)
	l.readers[r.room]--
}

func (r *reader) take(l *load, b []byte) ([]byte, error) { return r.takeWith(l, b, r.event) }

// takeWith gives each whole event to event.
func (r *reader) takeWith(l *load, b []byte, event func(*load, []byte, time.Duration) error) ([]byte, error) {
	if !r.begun {
		head, rest, whole := bytes.Cut(b, headEnd)
		if !whole {
			return b, nil
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
			return nil, fmt.Errorf("a stream was answered with %s", b)
		}
		r.begun, b = true, rest
	}
	for t := now(); ; {
		e, rest, whole := bytes.Cut(b, eventEnd)
		if !whole {
			return b, nil
		}
		if err := event(l, e, t); err != nil {
			return nil, err
		}
		b = rest
	}
}

// withoutChunk is an event without what stands before it where there are chunks:
// each holds whole events.
func withoutChunk(e []byte) []byte {
	if i := bytes.LastIndexByte(e[:min(16, len(e))], '\r'); i >= 0 {
		return e[i+2:]
	}
	return e
}

// event takes one event.
func (r *reader) event(l *load, e []byte, t time.Duration) error {
	e = withoutChunk(e)
	if !bytes.HasPrefix(e, idField) {
		return r.notice(l, e)
	}
	id := e[len(idField):]
	id = id[:max(0, bytes.IndexByte(id, '\n'))]
	if n := digits(id); n != r.last+1 {
		l.faults++
		r.last = max(n, r.last)
	} else {
		r.last = n
	}
	r.cursor = append(r.cursor[:0], id...)
	l.delivered(e, t)
	return nil
}

// notice takes an event without a number.
func (r *reader) notice(l *load, e []byte) error {
	switch {
	case bytes.Contains(e, []byte("event: caught-up")):
		_, head, _ := bytes.Cut(e, headName)
		if len(r.cursor) == 0 {
			r.last = digits(head)
		} else if r.last != digits(head) {
			l.faults++
		}
		l.caughtUp++
	case bytes.Contains(e, []byte("event: hello")), bytes.Contains(e, []byte("event: beat")):
	default:
		return fmt.Errorf("a stream said %s", e)
	}
	return nil
}

// caller is one who asks, waits for the answer and asks again.
type caller struct {
	wire  *wire
	ask   func(n int) []byte                       // the n-th request of all
	whole func(answer []byte) (ok bool, err error) // whether an answer is
	n     int                                      // what it waits for
}

func (c *caller) take(l *load, b []byte) ([]byte, error) {
	ok, err := c.whole(b)
	if !ok || err != nil {
		return b, err
	}
	l.messages[c.n].answered = now()
	l.answers++
	l.idle = append(l.idle, c)
	return nil, nil
}

// call adds callers who ask a server over connections that stay.
func (l *load) call(s *server, callers int, ask func(n int) []byte) error {
	for range callers {
		fd, err := dial(s.addr)
		if err != nil {
			return err
		}
		c := &caller{ask: ask, whole: wholeAnswer}
		if c.wire, err = l.add(fd, fd, c); err != nil {
			return err
		}
		l.idle = append(l.idle, c)
	}
	return nil
}

// hangUpCallers lets all callers go, who have their answers.
func (l *load) hangUpCallers() {
	for _, c := range l.idle {
		l.hangUp(c.wire)
	}
	l.idle = nil
}

// callShell adds a database's shell as a caller, and returns what ends it.
func (l *load) callShell(shell *exec.Cmd) (stop func() error, err error) {
	said, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	shell.Stdin, shell.Stdout, shell.Stderr = stdin, stdout, os.Stderr
	if err := shell.Start(); err != nil {
		return nil, err
	}
	stdin.Close()
	stdout.Close()
	c := &caller{
		ask: func(n int) []byte {
			return fmt.Appendf(nil, "INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, '%s'); SELECT 'done';\n", text(n))
		},
		whole: func(b []byte) (bool, error) { return bytes.HasSuffix(b, []byte("done\n")), nil },
	}
	c.wire, err = l.add(int(said.Fd()), int(in.Fd()), c)
	l.idle = append(l.idle, c)
	return func() error {
		l.wires[c.wire.in], l.idle = nil, nil
		return errors.Join(in.Close(), shell.Wait(), said.Close())
	}, err
}

// wholeAnswer reports whether an HTTP answer has come to its end.
func wholeAnswer(b []byte) (bool, error) {
	head, body, whole := strings.Cut(string(b), "\r\n\r\n")
	if !whole {
		return false, nil
	}
	status := digits([]byte(strings.TrimPrefix(head, "HTTP/1.1 ")))
	_, length, sized := strings.Cut(strings.ToLower(head), "\r\ncontent-length: ")
	switch {
	case status < 200 || status >= 400:
		return false, fmt.Errorf("a request was answered with %s", b)
	case status == 304 || status == 204:
		return true, nil
	case sized:
		return len(body) >= digits([]byte(length)), nil
	}
	return strings.HasSuffix(body, "0\r\n\r\n"), nil
}
