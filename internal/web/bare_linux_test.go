package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// raw sends a request as it is written, for a visitor, and returns the connection.
func (v *visitor) raw(request string) net.Conn {
	v.h.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(v.h.url, "http://"))
	if err != nil {
		v.h.t.Fatal(err)
	}
	v.h.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	for _, cookie := range v.client.Jar.Cookies(v.request("GET", "/session", nil).URL) {
		request = strings.Replace(request, "\r\n", "\r\nCookie: "+cookie.String()+"\r\n", 1)
	}
	if _, err := io.WriteString(c, strings.Replace(request, "\r\n", "\r\nHost: x\r\nAccept: text/event-stream\r\n", 1)); err != nil {
		v.h.t.Fatal(err)
	}
	return c
}

const streamPath = "/api/v1/rooms/lobby/events"

// A stream on a bare connection is an HTTP response whose end is the end of the
// connection, and says all that the others say.
func TestBareHead(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for _, test := range []struct{ request, status string }{
			{"GET " + streamPath + " HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"},
			{"GET " + streamPath + " HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK"},
			{"GET " + streamPath + " HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK"},
			{"GET " + streamPath + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "HTTP/1.1 200 OK"},
			{"GET /api/v1/session HTTP/1.1\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 200 OK"},
		} {
			c := mina.raw(test.request)
			lines := bufio.NewReader(c)
			if strings.HasPrefix(test.request, "GET /api/v1/session") {
				// A connection that was used for something else before.
				res, err := http.ReadResponse(lines, nil)
				if err != nil {
					t.Fatal(err)
				}
				io.Copy(io.Discard, res.Body)
				fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nCookie: maru=%s\r\n\r\n", streamPath, mina.client.Jar.Cookies(mina.request("GET", "/session", nil).URL)[0].Value)
			}
			status, err := lines.ReadString('\n')
			if err != nil || strings.TrimSpace(status) != test.status {
				t.Fatalf("%q: %q %v", test.request, status, err)
			}
			head := http.Header{}
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
				if !ok {
					break
				}
				head.Set(name, value)
			}
			for name, want := range map[string]string{
				"Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform", "Connection": "close", "X-Content-Type-Options": "nosniff",
				"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy": "same-origin", "Transfer-Encoding": "", "Content-Length": "",
			} {
				if got := head.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if _, err := http.ParseTime(head.Get("Date")); err != nil {
				t.Error(err)
			}
			for _, want := range []string{"retry: 2000", "event: hello"} {
				if line, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(line) != want {
					t.Errorf("%q, want %q: %v", line, want, err)
				}
			}
		}
	})
}

// What comes behind the request of a stream is refused, and who hangs up, or
// half of it, is let go at once.
func TestBareReadersWhoLeave(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		const request = "GET " + streamPath + " HTTP/1.1\r\n\r\n"
		for name, leave := range map[string]func(c net.Conn){
			"another request":  func(c net.Conn) { io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
			"one byte":         func(c net.Conn) { c.Write([]byte{'x'}) },
			"a whole close":    func(c net.Conn) { c.Close() },
			"a reset":          func(c net.Conn) { c.(*net.TCPConn).SetLinger(0); c.Close() },
			"half of a close":  func(c net.Conn) { c.(*net.TCPConn).CloseWrite() },
			"all in one write": nil,
		} {
			var c net.Conn
			if leave == nil {
				c = mina.raw(request + "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			} else {
				c = mina.raw(request)
				h.wait("a stream is open", 5*time.Second, func() bool { return h.streams.Open() == 1 })
				lines := bufio.NewScanner(c)
				for lines.Scan() && lines.Text() != "event: caught-up" {
				}
				leave(c)
			}
			h.wait("after "+name+" none is open", 5*time.Second, func() bool { return h.streams.Open() == 0 })
			if text, err := io.ReadAll(c); err == nil && strings.Contains(string(text), "<html") {
				t.Errorf("%s was answered with %s", name, text)
			}
		}
	})
}

// A stream on a bare connection costs no goroutine. Nothing else may run beside
// this test: goroutines are counted of the whole process.
func TestBareCostsNoGoroutine(t *testing.T) {
	s, db := testdb.New(t)
	h := build(t, s, db, free, stream.Limits{})
	mina := h.signUp("mina")
	mina.open("lobby", "head").until("caught-up") // the writers run
	before := runtime.NumGoroutine()
	for range 100 {
		mina.raw("GET " + streamPath + "?after=head HTTP/1.1\r\n\r\n")
	}
	h.wait("all are open", 10*time.Second, func() bool { return h.streams.Open() == 101 })
	h.wait("no goroutine is left for them", 10*time.Second, func() bool { return runtime.NumGoroutine() <= before+5 })
}

// The stop waits until all streams on bare connections have heard of it, but not
// for those who take nothing.
func TestBareStop(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		const open = 100
		var conns []net.Conn
		for range open {
			conns = append(conns, mina.raw("GET "+streamPath+"?after=head HTTP/1.1\r\n\r\n"))
		}
		h.wait("all are open", 10*time.Second, func() bool { return h.streams.Open() == open })
		var reading sync.WaitGroup
		for _, c := range conns {
			reading.Go(func() {
				text, err := io.ReadAll(c)
				if last := string(text[max(0, len(text)-60):]); err != nil || !strings.Contains(last, "\n\nevent: bye\ndata: {\"retry_ms\":") || !strings.HasSuffix(last, "}\n\n") {
					t.Errorf("%v; %d bytes end with %.100q", err, len(text), string(text[max(0, len(text)-100):]))
				}
			})
		}
		mina.stall("/rooms/lobby/events?after=head")
		for range 60 {
			mina.post("lobby", strings.Repeat("마루", 2000))
		}
		began := time.Now()
		h.streams.Stop()
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("the stop took %v", took)
		}
		reading.Wait()
	})
}
