package stream

import (
	"context"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// poller notices what readers do: that they hang up, that they send something,
// that a full socket has room again. It is one epoll set and one goroutine,
// which waits in Go's own poller for the set to become readable, so that no
// thread waits.
type poller struct {
	file *os.File
	set  syscall.RawConn

	mu    sync.Mutex
	lines map[uint64]*line // by ids that are never used again, as descriptors are
	last  uint64
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), lines: map[uint64]*line{}}
	p.set, err = p.file.SyscallConn()
	return p, err
}

// add begins to watch a line.
func (p *poller) add(l *line) error {
	p.mu.Lock()
	p.last++
	l.id = p.last
	p.lines[l.id] = l
	p.mu.Unlock()
	return p.control(unix.EPOLL_CTL_ADD, l, 0)
}

// arm watches a line again after something was noticed, and for room in its
// socket where it is full.
func (p *poller) arm(l *line, full bool) error {
	if full {
		return p.control(unix.EPOLL_CTL_MOD, l, unix.EPOLLOUT)
	}
	return p.control(unix.EPOLL_CTL_MOD, l, 0)
}

func (p *poller) control(op int, l *line, events uint32) error {
	// Once, because the writer may come to it later.
	event := unix.EpollEvent{Events: events | unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(l.id), Pad: int32(l.id >> 32)}
	var err error
	if outer := p.set.Control(func(fd uintptr) { err = unix.EpollCtl(int(fd), op, l.fd, &event) }); outer != nil {
		return outer
	}
	return os.NewSyscallError("epoll_ctl", err)
}

// remove forgets a line. The kernel does so by itself when it is closed.
func (p *poller) remove(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.lines, l.id)
}

// run tells writers of what it notices, until ctx ends.
func (p *poller) run(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { p.file.Close() })()
	events := make([]unix.EpollEvent, 128)
	for {
		n := 0
		err := p.set.Read(func(fd uintptr) bool {
			n, _ = unix.EpollWait(int(fd), events, 0)
			return n > 0
		})
		if err != nil {
			return // closed
		}
		for _, e := range events[:n] {
			p.mu.Lock()
			l := p.lines[uint64(uint32(e.Fd))|uint64(uint32(e.Pad))<<32]
			p.mu.Unlock()
			if l != nil {
				l.writer.tell(l, noticed(e.Events))
			}
		}
	}
}

func noticed(events uint32) (what news) {
	switch {
	case events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0:
		return hungUp
	case events&unix.EPOLLIN != 0:
		return spoke
	}
	return writable
}
