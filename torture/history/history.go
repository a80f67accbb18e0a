// Package history keeps what happened in a run: one record for each thing that
// a client did or saw, as a line of JSON. The checker judges the history alone,
// so a run can be judged again, by other rules, after it is over.
package history

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind says what a record is about.
type Kind string

// The kinds of records. What a field means for a kind stands at the kind.
const (
	// Of the run.
	Run    Kind = "run"    // ID: the seed, Name: the form
	Phase  Kind = "phase"  // Name: Chaos, Calm, Roll, Quiet, Rest
	Room   Kind = "room"   // Room, Name: open or closed, Seq: how many messages it keeps, 0 for all
	Client Kind = "client" // Client, User, Room, Via
	Server Kind = "server" // Name: what was done to the server, or what it uses
	Fault  Kind = "fault"  // Client, Name: what was done to the connection
	Audit  Kind = "audit"  // Name: what the tables' own check complains about
	Knock  Kind = "knock"  // Client: a node, Status, Seq: how long it took to answer a post, in ns, ID: what it said of trying again

	// Of what writes. Client is who acts, or for members who it is about.
	Invoke  Kind = "invoke"  // Name: the op, Room, Msg, Ver, Hash
	OK      Kind = "ok"      // the same, and Seq where it is a post
	Unknown Kind = "unknown" // the same: no answer, or none that says what was done
	Refused Kind = "refused" // the same, and Status

	// Of what reads.
	Open   Kind = "open"   // Client, Conn, Via, Room, ID: the position asked for
	Led    Kind = "led"    // Client, ID: the node that it is led to now
	Status Kind = "status" // Client, Conn, Status, Name: of a stream, on which kind of connection
	Event  Kind = "event"  // Client, Conn, Room, Name, ID, Seq, Ref, Msg, Ver, Hash, Data, User, Taken
	Answer Kind = "answer" // Client, Conn, Room, ID: the cursor told, Seq: the head told
	Row    Kind = "row"    // Client, Conn, Room, Seq: the message's, Msg, Ver, Hash, Data, Cells
	End    Kind = "end"    // Client, Conn, Name: why
	Forget Kind = "forget" // Client, ID: the cursor that it goes on from; may be empty
	Canary Kind = "canary" // Client, Conn, Room: the raw bytes hold the mark of that room
)

// The phases of a run.
const (
	Chaos = "chaos" // faults and posts
	Calm  = "calm"  // posts alone
	Roll  = "roll"  // posts, while one node after the other is stopped in order and started again
	Quiet = "quiet" // rows of another program alone
	Rest  = "rest"  // nothing is written any more
)

// The operations.
const (
	Post   = "post"
	Edit   = "edit"
	Delete = "delete"
	Join   = "join"
	Leave  = "leave"
	Remove = "remove"
)

// Deleted is the version of a message whose text is gone.
const Deleted = -1

// The ways to read. History is a page of messages, Final the whole log as it is
// read at the end, Tables what the database itself holds.
const (
	Stream   = "stream"
	LongPoll = "longpoll"
	Poll     = "poll"
	History  = "history"
	Final    = "final"
	Tables   = "tables"
)

// The kinds of connection that a stream comes on, as the client can tell.
const (
	Bare    = "bare"    // its end is the end of the response
	Chunked = "chunked" // HTTP/1.1 that says itself where the response ends
	HTTP2   = "http2"
)

// Record is one thing that happened.
type Record struct {
	At     int64  `json:"mono_ns"`
	Kind   Kind   `json:"kind"`
	Client string `json:"client,omitempty"`
	Conn   int    `json:"conn,omitempty"`
	Via    string `json:"transport,omitempty"`
	Room   string `json:"room,omitempty"`
	Name   string `json:"name,omitempty"`
	ID     string `json:"id,omitempty"`
	Seq    int64  `json:"seq,omitempty"`
	Ref    int64  `json:"ref,omitempty"`
	Msg    string `json:"msgid,omitempty"`
	Ver    int    `json:"ver,omitempty"`
	Hash   string `json:"hash,omitempty"`
	Data   string `json:"data,omitempty"`  // hash of the bytes that an event, or a message in a history, came as
	Cells  string `json:"cells,omitempty"` // hash of what the columns of a message's row hold, beside the text
	User   int64  `json:"user,omitempty"`
	Status int    `json:"status,omitempty"`
	Taken  bool   `json:"taken,omitempty"`
	// Forged says that a position was made up and belongs to no history.
	Forged bool `json:"forged,omitempty"`
}

// SeqOf returns the number in a cursor; 0 where there is none.
func SeqOf(cursor string) int64 {
	number, _, _ := strings.Cut(cursor, ".")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n
}

// HashOf is what a history keeps of a text.
func HashOf(body string) string {
	if body == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:6])
}

// Log is a history that is being written.
type Log struct {
	began time.Time

	mu   sync.Mutex
	file *os.File
	buf  *bufio.Writer
	err  error
}

// Create starts a history in a file.
func Create(path string) (*Log, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("starting a history: %w", err)
	}
	return &Log{began: time.Now(), file: file, buf: bufio.NewWriterSize(file, 1<<16)}, nil
}

// Path is where the history is kept.
func (l *Log) Path() string { return l.file.Name() }

// Now is the time since the history began.
func (l *Log) Now() int64 { return int64(time.Since(l.began)) }

// Add writes a record down. It stamps it, unless it carries a time already, and
// returns the time.
func (l *Log) Add(r Record) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.At == 0 {
		r.At = l.Now()
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = l.buf.Write(append(line, '\n'))
	}
	if l.err == nil {
		l.err = err
	}
	return r.At
}

// Close ends the history, and tells where a record could not be kept.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.buf.Flush(); l.err == nil {
		l.err = err
	}
	if err := l.file.Close(); l.err == nil {
		l.err = err
	}
	return l.err
}

// Read returns the records of a history, in the order of their times.
func Read(path string) ([]Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a history: %w", err)
	}
	var records []Record
	for line := range bytes.Lines(text) {
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: %w in %q", path, err, line)
		}
		records = append(records, r)
	}
	return records, nil
}
