// Package sse reads event streams as the WHATWG text describes them. It is
// written from that text and shares no code with the server, so that a mistake
// of one is not hidden by the same mistake of the other.
package sse

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Event is one event as it is handed to an application.
type Event struct {
	ID   string // the last id that the stream has named, by this event or before it
	Name string
	Data string
}

// Parser takes the bytes of a stream as they arrive, cut anywhere.
type Parser struct {
	// Dispatch is called at the empty line that ends an event.
	Dispatch func(Event)
	// Retry is called where the stream says how long to wait before coming back.
	Retry func(time.Duration)

	began  bool   // the place for a byte order mark is behind
	line   []byte // of the line that is not ended yet
	wasCR  bool   // the last byte was a carriage return; a line feed belongs to it
	data   strings.Builder
	name   string
	id     string // of the event that is being read
	lastID string
}

// LastID is the id of the last event that was ended by its empty line. An id
// whose event was cut off does not count.
func (p *Parser) LastID() string { return p.lastID }

// mark is the byte order mark that a stream may begin with.
var mark = []byte("\xef\xbb\xbf")

// Write takes the next bytes. It never fails.
func (p *Parser) Write(b []byte) (int, error) {
	for _, c := range b {
		switch {
		case c == '\n' && p.wasCR:
			p.wasCR = false
		case c == '\n', c == '\r':
			p.wasCR = c == '\r'
			p.endLine()
		default:
			p.wasCR = false
			p.line = append(p.line, c)
		}
	}
	return len(b), nil
}

func (p *Parser) endLine() {
	line := p.line
	if !p.began {
		p.began = true
		line = bytes.TrimPrefix(line, mark)
	}
	p.take(strings.ToValidUTF8(string(line), "\uFFFD"))
	p.line = p.line[:0]
}

// take processes one line without its end.
func (p *Parser) take(line string) {
	if line == "" {
		p.dispatch()
		return
	}
	field, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch field {
	case "": // a comment
	case "event":
		p.name = value
	case "data":
		p.data.WriteString(value)
		p.data.WriteByte('\n')
	case "id":
		if !strings.ContainsRune(value, 0) {
			p.id = value
		}
	case "retry":
		if ms, err := strconv.ParseUint(value, 10, 31); err == nil && isDigits(value) && p.Retry != nil {
			p.Retry(time.Duration(ms) * time.Millisecond)
		}
	}
}

func (p *Parser) dispatch() {
	p.lastID = p.id
	data, name := p.data.String(), p.name
	p.data.Reset()
	p.name = ""
	if data == "" {
		return
	}
	if name == "" {
		name = "message"
	}
	if p.Dispatch != nil {
		p.Dispatch(Event{ID: p.lastID, Name: name, Data: strings.TrimSuffix(data, "\n")})
	}
}

// isDigits is there because ParseUint also takes a sign in some bases.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
