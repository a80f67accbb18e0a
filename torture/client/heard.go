package client

import (
	"encoding/json"
	"fmt"
	"time"

	"maru/torture/api"
	"maru/torture/history"
	"maru/torture/sse"
)

// Heard is an event as it came, whichever way.
type Heard struct {
	ID   string          `json:"id"`
	Name string          `json:"event"`
	Data json.RawMessage `json:"data"`
}

// heardOf is an event of a stream. The parser names the last id that there was.
func heardOf(e sse.Event) Heard {
	switch e.Name {
	case "message", "member", "room", "void":
	default:
		e.ID = ""
	}
	return Heard{e.ID, e.Name, json.RawMessage(e.Data)}
}

// facts is what the rig reads out of the data of any event.
type facts struct {
	api.Message
	Change string   `json:"change"`
	User   api.User `json:"user"`
	Head   int64    `json:"head"`
	Floor  int64    `json:"floor"`
	To     int64    `json:"to"`
	Cursor string   `json:"cursor"`
	Retry  int64    `json:"retry_ms"`
}

// Record is what a history keeps of an event, and what the data says.
func (e Heard) Record() (history.Record, facts, error) {
	var f facts
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return history.Record{}, f, fmt.Errorf("an event %s has the data %q: %w", e.Name, e.Data, err)
	}
	rec := history.Record{
		Kind: history.Event, ID: e.ID, Name: e.Name, Seq: history.SeqOf(e.ID), Data: history.HashOf(string(e.Data)),
	}
	switch e.Name {
	case "message":
		rec.Ref, rec.Msg, rec.Ver, rec.Hash = Shown(f.Message)
	case "member":
		rec.User, rec.Msg = f.User.ID, f.Change
	case "gap":
		rec.Seq = f.Floor
	case "rewind":
		rec.Seq = f.To
	case "bye":
		rec.Seq = f.Retry
	case "hello", "beat":
		rec.Seq = f.Head
	case "caught-up":
		rec.Seq, rec.ID = f.Head, f.Cursor
	}
	return rec, f, nil
}

// Shown is what a history keeps of a message.
func Shown(m api.Message) (seq int64, msg string, version int, hash string) {
	if m.Deleted {
		return m.Seq, m.Nonce, history.Deleted, ""
	}
	msg, version = Parse(m.Body)
	return m.Seq, msg, version, history.HashOf(m.Body)
}

// Row is what a history keeps of a message as it came in a page of messages.
func Row(text []byte) (history.Record, error) {
	var m api.Message
	if err := json.Unmarshal(text, &m); err != nil {
		return history.Record{}, fmt.Errorf("a message is %q: %w", text, err)
	}
	rec := RowOf(m)
	rec.Data = history.HashOf(string(text))
	return rec, nil
}

// RowOf is the same of a message whose bytes nobody has seen.
func RowOf(m api.Message) history.Record {
	rec := history.Record{Kind: history.Row}
	rec.Seq, rec.Msg, rec.Ver, rec.Hash = Shown(m)
	rec.Cells = history.HashOf(fmt.Sprintf("%d %d %s %q %d %d %d", m.Seq, m.Author.ID, m.Author.Name, m.Nonce, m.ReplyTo, milli(m.At), milli(m.EditedAt)))
	return rec
}

// milli is a time as the tables hold it; 0 where there is none.
func milli(t time.Time) int64 { return max(0, t.UnixMilli()) }
