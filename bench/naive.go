package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
)

// naive is what Maru is compared with: the simplest chat over net/http that
// streams. It asks nobody who they are, and it forgets.
type naive struct {
	mu    sync.RWMutex
	rooms map[string]*naiveRoom
	disk  *os.File // where it writes each post before it answers, if it does
}

type naiveRoom struct {
	readers map[chan string]struct{}
	seq     int
	frames  []string // the newest
}

const naiveName = "naive"

// serveNaive prints where it listens and serves until it is killed.
func serveNaive(args []string) error {
	flags := flag.NewFlagSet(naiveName, flag.ExitOnError)
	disk := flags.Bool("disk", false, "write posts to a file and sync it before they are answered")
	tls := flags.String("tls", "", "`file` of a certificate and its key: speak TLS and HTTP/2")
	flags.Parse(args)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	n := &naive{rooms: map[string]*naiveRoom{}}
	if *disk {
		if n.disk, err = os.CreateTemp("", "maru-naive-"); err != nil {
			return err
		}
		os.Remove(n.disk.Name()) // it goes with this process
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/rooms/{room}/events", n.events)
	mux.HandleFunc("POST /api/v1/rooms/{room}/messages", n.post)
	mux.HandleFunc("GET /rooms/{room}", n.page)
	fmt.Printf("naive listens on %s\n", l.Addr())
	if *tls != "" {
		return http.ServeTLS(l, mux, *tls, *tls)
	}
	return http.Serve(l, mux)
}

// room is a room that is there as soon as it is named.
func (n *naive) room(r *http.Request) *naiveRoom {
	name := r.PathValue("room")
	if n.rooms[name] == nil {
		n.rooms[name] = &naiveRoom{readers: map[chan string]struct{}{}}
	}
	return n.rooms[name]
}

func (n *naive) events(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	room := n.room(r)
	head := fmt.Sprintf("%d.0", room.seq)
	if r.Header.Get("Accept") != "text/event-stream" {
		n.mu.Unlock()
		w.Header().Set("ETag", `"`+head+`"`)
		if r.Header.Get("If-None-Match") == `"`+head+`"` {
			w.WriteHeader(http.StatusNotModified)
		}
		return
	}
	var missed []string
	var last int
	if _, err := fmt.Sscanf(r.Header.Get("Last-Event-ID"), "%d.0", &last); err == nil {
		missed = room.frames[len(room.frames)-min(len(room.frames), room.seq-last):]
	}
	mine := make(chan string, 64)
	room.readers[mine] = struct{}{}
	first := strings.Join(missed, "") + fmt.Sprintf("event: caught-up\ndata: {\"head\":%d}\n\n", room.seq)
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(room.readers, mine)
		n.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, first)
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
	defer n.mu.Unlock()
	if n.disk != nil {
		n.disk.Write(body)
		if syscall.Fdatasync(int(n.disk.Fd())) != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
	room := n.room(r)
	room.seq++
	frame := fmt.Sprintf("id: %d.0\nevent: message\ndata: {\"room\":%q,\"seq\":%d,\"at\":\"2026-11-22T01:02:03.456Z\","+
		"\"author\":{\"id\":1,\"name\":\"bench\",\"display_name\":\"bench\",\"kind\":\"member\",\"role\":\"owner\"},%s\n\n", room.seq, r.PathValue("room"), room.seq, body[1:])
	room.frames = append(room.frames, frame)
	room.frames = room.frames[max(0, len(room.frames)-50):]
	for reader := range room.readers {
		select {
		case reader <- frame:
		default: // it is too slow
		}
	}
	w.WriteHeader(http.StatusCreated)
}

var naivePage = template.Must(template.New("").Parse(`<!doctype html><title>Room</title><ol>
{{range .}}<li><b>bench</b> <time datetime="2026-11-22T01:02:03.456Z">01:02</time> <p>{{.}}</p></li>
{{end}}</ol><form method="post"><textarea name="text"></textarea><button>Send</button></form>`))

// page is the newest messages of a room for people, packed.
func (n *naive) page(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	frames := n.room(r).frames
	n.mu.Unlock()
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	packed := gzip.NewWriter(w)
	naivePage.Execute(packed, frames)
	packed.Close()
}
