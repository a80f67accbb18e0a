package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// memory is what the server takes when nothing happens.
func memory(s *server, out io.Writer) error {
	time.Sleep(2 * time.Second)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return err
	}
	rss := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(string(status))
	fmt.Fprintf(out, "resident memory, idle after start     %s kB\n", rss[1])
	return nil
}

// coldPage is what a browser loads for a room of fifty messages, packed.
func coldPage(s *server, out io.Writer) error {
	for i := range 50 {
		if err := s.post(fmt.Sprint("A message as people write them, number ", i)); err != nil {
			return err
		}
	}
	get := func(path string) (string, int, error) {
		r, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			return "", 0, err
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
		if err != nil {
			return "", 0, err
		}
		defer res.Body.Close()
		packed, err := io.ReadAll(res.Body)
		return string(packed), len(packed), err
	}
	res, err := s.request("GET", "/rooms/lobby", "")
	if err != nil {
		return err
	}
	page, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return err
	}
	_, total, err := get("/rooms/lobby")
	if err != nil {
		return err
	}
	requests := 1
	for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		_, n, err := get(m[1])
		if err != nil {
			return err
		}
		total += n
		requests++
	}
	fmt.Fprintf(out, "cold room page, 50 messages           %d bytes packed, %d requests\n", total, requests)
	return nil
}

// postToScreen is the time from sending a post to its event on a stream.
func postToScreen(s *server, out io.Writer) error {
	came, err := s.screen("screen-")
	if err != nil {
		return err
	}
	var sent, stored []time.Duration
	for i := range 500 {
		began := time.Now()
		if err := s.post(fmt.Sprint("screen-", i)); err != nil {
			return err
		}
		answered := time.Now()
		seen := <-came
		sent = append(sent, seen.Sub(began))
		stored = append(stored, max(0, seen.Sub(answered)))
		time.Sleep(5 * time.Millisecond)
	}
	report(out, "post sent, to the event on a stream", sent)
	report(out, "post acknowledged, to the event", stored)
	return nil
}

// shellToScreen is the time from an INSERT in the sqlite3 shell, begun and
// committed, to its event on a stream.
func shellToScreen(s *server, out io.Writer) error {
	came, err := s.screen("shell-")
	if err != nil {
		return err
	}
	shell := exec.Command("sqlite3", "-batch", s.database())
	in, err := shell.StdinPipe()
	if err != nil {
		return err
	}
	said, err := shell.StdoutPipe()
	if err != nil {
		return err
	}
	if err := shell.Start(); err != nil {
		return err
	}
	fmt.Fprintln(in, ".timeout 5000")
	lines := bufio.NewScanner(said)
	var begun, committed []time.Duration
	for i := range 200 {
		began := time.Now()
		fmt.Fprintf(in, "INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'shell-%d'); SELECT 'done';\n", i)
		lines.Scan()
		done := time.Now()
		seen := <-came
		begun = append(begun, seen.Sub(began))
		committed = append(committed, max(0, seen.Sub(done)))
		time.Sleep(time.Duration(7+i%13) * time.Millisecond)
	}
	in.Close()
	report(out, "INSERT begun in sqlite3, to the event", begun)
	report(out, "INSERT committed, to the event", committed)
	return shell.Wait()
}

func report(out io.Writer, what string, times []time.Duration) {
	slices.Sort(times)
	fmt.Fprintf(out, "%-37s p50 %v, p99 %v, most %v (%d)\n", what, percentile(times, .5), percentile(times, .99), times[len(times)-1].Round(10*time.Microsecond), len(times))
}

// posts is how many posts a second are on the disk, by senders who each wait
// for their answer. This program takes its share of the machine.
func posts(s *server, out io.Writer) error {
	for _, senders := range []int{1, 16, 64} {
		var done atomic.Int64
		var failed atomic.Pointer[error]
		end := time.Now().Add(4 * time.Second)
		began := time.Now()
		var all sync.WaitGroup
		for range senders {
			all.Go(func() {
				for time.Now().Before(end) {
					if err := s.post(strings.Repeat("about sixty characters ", 3)[:60]); err != nil {
						failed.Store(&err)
						return
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		fmt.Fprintf(out, "durable posts, %2d senders             %.0f a second\n", senders, float64(done.Load())/time.Since(began).Seconds())
	}
	return nil
}
