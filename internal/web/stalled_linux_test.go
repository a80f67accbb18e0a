package web_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// Readers who take nothing delay nobody, cost the kernel little, and are closed.
func TestStalledReaders(t *testing.T) {
	t.Parallel() // it waits for a time-out
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		const stalled, posts = 20, 300
		reading := mina.open("lobby", "head")
		reading.until("caught-up")
		h.mu.Lock()
		others := len(h.conns)
		h.mu.Unlock()
		for i := range stalled {
			mina.stall([]string{"/rooms/lobby/events?after=head", "/events?rooms=lobby:head"}[i%2])
		}
		h.wait("all are in", 10*time.Second, func() bool { return h.streams.Open() == stalled+1 })

		body := strings.Repeat("마루", 2000)
		var slowest time.Duration
		for range posts {
			began := time.Now()
			mina.post("lobby", body)
			reading.until("message")
			slowest = max(slowest, time.Since(began))
		}
		if slowest > 5*time.Second {
			t.Errorf("a reader beside them waited %v", slowest)
		}
		h.mu.Lock()
		var most uint32
		for _, c := range h.conns[others:] {
			most = max(most, kernelMemory(t, c))
		}
		h.mu.Unlock()
		t.Logf("%d posts of %d bytes; the kernel holds %d KiB for a stalled reader at most; the slowest post took %v to be read", posts, len(body), most>>10, slowest)
		if most < 16<<10 {
			t.Error("they were not stalled")
		}
		if most > 256<<10 {
			t.Errorf("the kernel holds %d bytes for a stalled reader", most)
		}
		h.wait("the stalled are closed", 35*time.Second, func() bool { return h.streams.Open() == 1 })
		mina.post("lobby", "and after it")
		reading.until("message")
	})
}

// stall opens a stream and reads nothing of it.
func (v *visitor) stall(path string) {
	v.h.t.Helper()
	r := v.request("GET", path, nil, "Accept", "text/event-stream")
	for _, cookie := range v.client.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	dialer := net.Dialer{Control: smallBuffer}
	c, err := dialer.Dial("tcp", strings.TrimPrefix(v.h.url, "http://"))
	if err != nil {
		v.h.t.Fatal(err)
	}
	v.h.t.Cleanup(func() { c.Close() })
	var head strings.Builder
	r.Write(&head)
	if _, err := io.WriteString(c, head.String()); err != nil {
		v.h.t.Fatal(err)
	}
}

// kernelMemory is what the kernel keeps for a connection, in bytes.
func kernelMemory(t *testing.T, c net.Conn) uint32 {
	t.Helper()
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	const soMemInfo = 55 // SO_MEMINFO of linux/socket.h: nine counters, see sock_diag.h
	var info [9]uint32
	size := uint32(unsafe.Sizeof(info))
	var errno syscall.Errno
	if err := raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_SOCKET, soMemInfo,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	}); err != nil {
		return 0 // closed already
	}
	if errno != 0 {
		t.Fatal(fmt.Errorf("SO_MEMINFO: %w", errno))
	}
	const received, queued = 0, 5
	return info[received] + info[queued]
}
