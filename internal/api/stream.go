package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/gate"
	"maru/internal/stream"
)

// lineBuffer is what the kernel keeps of a stream for a reader who takes
// nothing, in bytes; it counts twice as much. By itself it would take megabytes.
const lineBuffer = 32 << 10

// stream answers with a room's log as it grows.
func (a API) stream(w http.ResponseWriter, r *http.Request, actor chat.Actor, pos chat.Position, ticket *stream.Ticket) error {
	reading, start, err := a.Store.Resume(r.Context(), actor, r.PathValue("room"), pos)
	if err != nil {
		ticket.Leave()
		return err
	}
	s, err := a.Streams.Stream(r.Context(), reading, start, actor.User, ticket)
	if err != nil {
		return err
	}
	return write(w, r, s)
}

// write answers with a stream. A bare connection leaves net/http with it, and costs
// no goroutine from then on; any other is written by the request's own.
func write(w http.ResponseWriter, r *http.Request, s *stream.Stream) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no")
	conn := door.Conn(r)
	if c, ok := conn.(interface{ SetWriteBuffer(bytes int) error }); ok {
		c.SetWriteBuffer(lineBuffer) // where it can't be set, the reader costs more, and nothing else
	}
	if !stream.CanHandOver(conn) {
		s.Serve(r.Context(), line{w, http.NewResponseController(w)})
		return nil
	}
	return handOver(w, r, s)
}

// handOver takes the connection out of net/http and gives it to the stream.
func handOver(w http.ResponseWriter, r *http.Request, s *stream.Stream) error {
	if r.ContentLength != 0 {
		if _, err := gate.ReadBody(w, r); err != nil {
			s.Drop(err)
			return err
		}
	}
	head := head(r, w.Header())
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.Drop(err)
		return err
	}
	if buffered.Reader.Buffered() > 0 {
		s.Drop(errSpoke)
		return conn.Close()
	}
	s.HandOver(conn, head)
	return nil
}

var errSpoke = errors.New("there are bytes behind the request")

// head is the head of a response whose end is the end of its connection.
func head(r *http.Request, h http.Header) []byte {
	b := make([]byte, 0, 1<<10)
	b = strconv.AppendInt(append(b, "HTTP/1."...), int64(r.ProtoMinor), 10)
	b = time.Now().UTC().AppendFormat(append(b, " 200 OK\r\nDate: "...), http.TimeFormat)
	b = append(b, "\r\nConnection: close\r\n"...)
	for name, values := range h {
		for _, value := range values {
			b = append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}

// line is a response as the request's own goroutine writes a stream to it.
type line struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// Write sends p at once, and gives up where the reader takes nothing.
func (l line) Write(p []byte) error {
	if err := l.control.SetWriteDeadline(time.Now().Add(stream.LineTime)); err != nil {
		return err
	}
	if _, err := l.w.Write(p); err != nil {
		return err
	}
	return l.control.Flush()
}
