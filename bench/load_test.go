package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// crooked is a server that sends to its reader, for each post, the events with
// the numbers that it is told.
type crooked struct {
	mu     sync.Mutex
	seq    int
	posts  map[int]string
	frames chan string
	send   func(seq int) []int
}

func (c *crooked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		c.mu.Lock()
		defer c.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		c.seq++
		c.posts[c.seq] = string(body)
		for _, seq := range c.send(c.seq) {
			c.frames <- fmt.Sprintf("id: %d.0\nevent: message\ndata: %s\n\n", seq, c.posts[seq])
		}
		w.WriteHeader(http.StatusCreated)
		return
	}
	frame := "retry: 2000\nevent: hello\ndata: {}\n\nevent: caught-up\ndata: {\"head\":0}\n\n"
	for {
		io.WriteString(w, frame)
		w.(http.Flusher).Flush()
		select {
		case frame = <-c.frames:
		case <-r.Context().Done():
			return
		}
	}
}

func TestLoadNoticesWhatIsLost(t *testing.T) {
	for name, one := range map[string]struct {
		send func(seq int) []int
		lost bool
	}{
		"all": {func(seq int) []int { return []int{seq} }, false},
		"a hole": {func(seq int) []int {
			if seq == 5 {
				return nil
			}
			return []int{seq}
		}, true},
		"the end": {func(seq int) []int {
			if seq > 18 {
				return nil
			}
			return []int{seq}
		}, true},
		"a double": {func(seq int) []int {
			if seq == 5 {
				return []int{5, 5}
			}
			return []int{seq}
		}, true},
		"another order": {func(seq int) []int {
			switch seq {
			case 5:
				return nil
			case 6:
				return []int{6, 5}
			}
			return []int{seq}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := &crooked{posts: map[int]string{}, frames: make(chan string, 100), send: one.send}
			h := httptest.NewServer(c)
			defer h.Close()
			s := &server{addr: strings.TrimPrefix(h.URL, "http://")}
			l, err := newLoad(lookPause)
			if err != nil {
				t.Fatal(err)
			}
			defer l.close()
			if err := l.open([]*reader{{server: s}}, 1); err != nil {
				t.Fatal(err)
			}
			if err := l.call(s, 1, s.post(1)); err != nil {
				t.Fatal(err)
			}
			o, err := l.run(demand{rate: 100, lasts: 200 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if o.Lost > 0 != one.lost || o.Late > 0 || len(l.messages) != 20 {
				t.Errorf("of %d deliveries %d are lost, %d late", o.all, o.Lost, o.Late)
			}
		})
	}
}

func TestHist(t *testing.T) {
	var h hist
	for us := range 100_000 {
		h.add(time.Duration(us) * time.Microsecond)
	}
	for _, part := range []float64{.001, .5, .99} {
		if got, want := h.at(part), part*100; got > want || got < want*.98 {
			t.Errorf("%v of all is %v, want %v", part, got, want)
		}
	}
	h = hist{}
	h.add(time.Hour)
	h.add(-time.Second)
	if h.at(0) != 0 || h.n != 2 {
		t.Error("the ends")
	}
}
