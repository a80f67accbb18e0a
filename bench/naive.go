package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
)

// naive is what Maru is compared with: the simplest chat over net/http that
// streams. It asks nobody who they are and stores nothing.
type naive struct {
	mu      sync.RWMutex
	readers map[chan string]struct{}
	seq     int
}

// serveNaive prints where it listens and serves until it is killed.
func serveNaive() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	n := &naive{readers: map[chan string]struct{}{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /events", n.events)
	mux.HandleFunc("POST /messages", n.post)
	fmt.Fprintf(os.Stdout, "http://%s\n", l.Addr())
	return http.Serve(l, mux)
}

func (n *naive) events(w http.ResponseWriter, r *http.Request) {
	mine := make(chan string, 64)
	n.mu.Lock()
	n.readers[mine] = struct{}{}
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.readers, mine)
		n.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "event: caught-up\ndata: {}\n\n")
	w.(http.Flusher).Flush()
	for {
		select {
		case frame := <-mine:
			io.WriteString(w, frame)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func (n *naive) post(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n.mu.Lock()
	n.seq++
	frame := fmt.Sprintf("id: %d.00000000\nevent: message\ndata: {\"seq\":%d,\"author\":{\"id\":1,\"name\":\"bench\",\"display_name\":\"bench\"},%s\n\n", n.seq, n.seq, body[1:])
	n.mu.Unlock()
	n.mu.RLock()
	for reader := range n.readers {
		select {
		case reader <- frame:
		default: // it is too slow
		}
	}
	n.mu.RUnlock()
	w.WriteHeader(http.StatusCreated)
}
