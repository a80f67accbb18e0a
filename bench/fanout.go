package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// target is a server whose streams are measured.
type target struct {
	name string
	pid  int
	addr string // host:port
	head string // what follows the method of each request: path of the stream, headers
	post func(text string) error
}

// streams measures what streams cost, and what the naive server takes for them
// in the same minute.
func streams(s *server, out io.Writer) error {
	base, stop, err := startNaive()
	if err != nil {
		return err
	}
	defer stop()
	maru := target{
		name: "Maru", pid: s.cmd.Process.Pid, addr: strings.TrimPrefix(s.url, "http://"), post: s.post,
		head: "/api/v1/rooms/lobby/events?after=head HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + s.token,
	}
	var idle, cpu, most [2]float64
	for i, t := range []target{maru, *base} {
		if idle[i], err = t.idle(5000); err != nil {
			return err
		}
		if _, cpu[i], err = t.fanout(1000, 40); err != nil {
			return err
		}
		var each float64
		if most[i], each, err = t.fanout(1000, 300); err != nil {
			return err
		}
		fmt.Fprintf(out, "%-6s memory an idle stream            %.1f KB of 5,000\n", t.name, idle[i])
		fmt.Fprintf(out, "%-6s 40 posts/s to 1,000 readers      %.1f CPU-s a million deliveries\n", t.name, cpu[i])
		fmt.Fprintf(out, "%-6s 300 posts/s to 1,000 readers     %.0f deliveries/s, %.1f CPU-s a million\n", t.name, most[i], each)
	}
	fmt.Fprintf(out, "Maru to the naive server: memory %.2f, CPU a delivery %.2f, deliveries/s %.2f\n", idle[0]/idle[1], cpu[0]/cpu[1], most[0]/most[1])
	return nil
}

// startNaive starts this program again as the naive server.
func startNaive() (*target, func(), error) {
	cmd := exec.Command("taskset", "-c", "0", os.Args[0])
	cmd.Env = append(os.Environ(), "BENCH_NAIVE=1")
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	url := strings.TrimSpace(line)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	t := &target{
		name: "naive", pid: cmd.Process.Pid, addr: strings.TrimPrefix(url, "http://"),
		head: "/events HTTP/1.1\r\nHost: bench",
		post: func(text string) error {
			res, err := client.Post(url+"/messages", "application/json", strings.NewReader(`{"body":"`+text+`"}`))
			if err == nil {
				res.Body.Close()
			}
			return err
		},
	}
	return t, func() { cmd.Process.Kill(); cmd.Wait() }, err
}

// open opens streams and returns when each has begun.
func (t target) open(n int) ([]net.Conn, error) {
	conns := make([]net.Conn, n)
	errs := make(chan error, n)
	var opening sync.WaitGroup
	for part := range 50 {
		opening.Go(func() {
			for i := part; i < n; i += 50 {
				c, err := net.Dial("tcp", t.addr)
				if err != nil {
					errs <- err
					return
				}
				conns[i] = c
				fmt.Fprintf(c, "GET %s\r\n\r\n", t.head)
				buf := make([]byte, 4096)
				for got := ""; !strings.Contains(got, "caught-up") || !strings.HasSuffix(strings.TrimSuffix(got, "\r\n"), "\n\n"); {
					m, err := c.Read(buf)
					if got += string(buf[:m]); err != nil {
						errs <- fmt.Errorf("a stream of %s: %w: %s", t.name, err, got)
						return
					}
				}
			}
		})
	}
	opening.Wait()
	select {
	case err := <-errs:
		return conns, err
	default:
		return conns, nil
	}
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		if c != nil {
			c.Close()
		}
	}
	time.Sleep(time.Second)
}

// idle returns how many KB the server takes for a stream on which nothing happens.
func (t target) idle(n int) (float64, error) {
	before, err := resident(t.pid)
	if err != nil {
		return 0, err
	}
	conns, err := t.open(n)
	defer closeAll(conns)
	if err != nil {
		return 0, err
	}
	time.Sleep(2 * time.Second)
	after, err := resident(t.pid)
	return float64(after-before) / float64(n), err
}

// fanout posts so many messages a second for a while, and returns how many
// events a second reached the readers, and the CPU-seconds a million took.
func (t target) fanout(readers, rate int) (perSecond, cpuPerMillion float64, err error) {
	const lasts = 4 * time.Second
	conns, err := t.open(readers)
	defer closeAll(conns)
	if err != nil {
		return 0, 0, err
	}
	var came atomic.Int64
	for _, c := range conns {
		go func() {
			buf := make([]byte, 32<<10)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				// Each event has one; few fall between two reads.
				came.Add(int64(bytes.Count(buf[:n], []byte("event: message"))))
			}
		}()
	}
	began, cpu := time.Now(), busy(t.pid)
	var failed atomic.Pointer[error]
	due := make(chan struct{}, 10000)
	var posting sync.WaitGroup
	for range 16 {
		posting.Go(func() {
			for range due {
				if err := t.post(strings.Repeat("about sixty characters ", 3)[:60]); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	for i := 0; time.Since(began) < lasts; i++ {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		due <- struct{}{}
	}
	got, took, used := came.Load(), time.Since(began), busy(t.pid)-cpu
	close(due)
	posting.Wait()
	if err := failed.Load(); err != nil {
		return 0, 0, *err
	}
	return float64(got) / took.Seconds(), used.Seconds() / float64(got) * 1e6, nil
}

// resident is a process's resident memory in KB.
func resident(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		}
	}
	return 0, fmt.Errorf("no VmRSS of %d", pid)
}

// busy is how long a process has used the CPU, in steps of 10 ms.
func busy(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+2:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
