package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// requests is how many of the two commonest a second are answered: "is there
// anything new?", when there is not, and a room's page of fifty messages.
func requests(s *server, out io.Writer) error {
	for i := range 50 {
		if err := s.post(fmt.Sprint("A message as people write them, number ", i)); err != nil {
			return err
		}
	}
	res, err := s.request("GET", "/api/v1/rooms/lobby/events", "")
	if err != nil {
		return err
	}
	res.Body.Close()
	for _, ask := range []struct{ what, path, more string }{
		{"polls with nothing new (304)", "/api/v1/rooms/lobby/events", "If-None-Match: " + res.Header.Get("ETag")},
		{"room pages of 50 messages", "/rooms/lobby", "Accept-Encoding: gzip"},
	} {
		request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n", ask.path, s.token, ask.more)
		n, err := closedLoop(strings.TrimPrefix(s.url, "http://"), request)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-37s %.0f a second on one CPU\n", ask.what, n)
	}
	return nil
}

// closedLoop sends a request again and again over 32 connections, each as soon
// as it was answered, and returns how many a second were.
func closedLoop(addr, request string) (float64, error) {
	var done atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				failed.Store(&err)
				return
			}
			defer c.Close()
			in := bufio.NewReader(c)
			for time.Since(began) < 3*time.Second {
				io.WriteString(c, request)
				res, err := http.ReadResponse(in, nil)
				if err == nil && res.StatusCode >= 400 {
					err = fmt.Errorf("%s", res.Status)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				io.Copy(io.Discard, res.Body)
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}
