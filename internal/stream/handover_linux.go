package stream

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// CanHandOver reports whether a stream can be handed over with this connection:
// a bare TCP connection can, one with TLS or anything else around it can't.
func CanHandOver(conn net.Conn) bool {
	_, ok := conn.(*net.TCPConn)
	return ok
}

// HandOver gives the stream a connection that has left net/http, to be written
// and closed with it; head is written before all else. It returns at once.
func (s *Stream) HandOver(conn net.Conn, head []byte) {
	s.rest = slices.Concat(head, s.rest)
	if err := s.handOver(conn); err != nil {
		conn.Close()
		s.close(Broken, err)
	}
}

var errStopped = errors.New("the streams have stopped")

func (s *Stream) handOver(conn net.Conn) error {
	l := &line{stream: s, conn: conn}
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	// The server's own time limits were for a request.
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) { l.fd = int(fd) }); err != nil {
		return err
	}
	of := s.streams
	of.writing.Lock()
	defer of.writing.Unlock()
	if of.stopped {
		return errStopped
	}
	if of.lines == nil {
		if of.lines, err = newLines(); err != nil {
			return err
		}
	}
	ls := of.lines
	l.writer = ls.writers[ls.count%len(ls.writers)]
	ls.count++
	s.ticket.handOver(func() { l.writer.tell(l, rung) })
	l.writer.tell(l, adopted)
	return nil
}

// newLines starts the writers, one for each CPU.
func newLines() (*lines, error) {
	poll, err := newPoller()
	if err != nil {
		return nil, err
	}
	ls := &lines{poll: poll}
	ls.ctx, ls.stop = context.WithCancel(context.Background())
	ls.running.Go(func() { poll.run(ls.ctx) })
	for range runtime.GOMAXPROCS(0) {
		w := newWriter(ls)
		ls.writers = append(ls.writers, w)
		ls.running.Go(func() { w.run(ls.ctx) })
	}
	return ls, nil
}

// close closes what is left and waits for all who work for it.
func (ls *lines) close() {
	ls.stop()
	ls.running.Wait()
}
