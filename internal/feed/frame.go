package feed

import (
	"bytes"
	"slices"

	"maru/internal/chat"
)

// Frame is one event as it goes over the wire, encoded once for all readers of
// a room. It is immutable and never reused: many connections may be writing it.
type Frame struct {
	chat.Cursor        // zero for an event without an id
	change      effect // what a reader's right has to know of it
	name        string
	wire        []byte // the whole event, with its empty line
	data        []byte // the part of wire behind `data: `
}

// effect is what remains of an event beside its bytes.
type effect struct {
	chat.Change
	ref  int64
	user int64
	kind chat.RoomKind
}

func (e effect) event() chat.Event {
	return chat.Event{Change: e.Change, User: e.user, RoomKind: e.kind}
}

// Name is the name of the event.
func (f *Frame) Name() string { return f.name }

// Wire is the whole event as it is sent. The caller must not change it.
func (f *Frame) Wire() []byte { return f.wire }

// Body is what stands behind the id in Wire.
func (f *Frame) Body() []byte {
	if f.Seq == 0 {
		return f.wire
	}
	return f.wire[bytes.IndexByte(f.wire, '\n')+1:]
}

// Data is the JSON of the event. The caller must not change it.
func (f *Frame) Data() []byte { return f.data }

// ID is the cursor as text, or "" where the event has none.
func (f *Frame) ID() string {
	if f.Seq == 0 {
		return ""
	}
	return f.Cursor.String()
}

// Encode makes the frame of an event of the log.
func Encode(room string, e chat.Event) *Frame {
	f := frameOf(e.Cursor, e.Name(), e.Data(room))
	f.change = effect{e.Change, e.Ref, e.User, e.RoomKind}
	return f
}

// Say makes the frame of what stands in no log.
func Say(name string, data any) *Frame { return frameOf(chat.Cursor{}, name, data) }

// frameOf makes a frame. JSON escapes every line end inside of data, so the event
// has exactly the lines that are written here.
func frameOf(at chat.Cursor, name string, data any) *Frame {
	b := make([]byte, 0, 512)
	if at.Seq != 0 {
		b = append(append(append(b, "id: "...), at.String()...), '\n')
	}
	b = append(append(append(b, "event: "...), name...), "\ndata: "...)
	head := len(b)
	b = chat.AppendJSON(b, data)
	end := len(b)
	wire := slices.Concat(b, []byte("\n\n")) // as long as it is: rooms keep frames
	return &Frame{Cursor: at, name: name, wire: wire, data: wire[head:end:end]}
}

// notice makes the frame that tells a reader why its cursor was not simply
// continued.
func notice(n chat.Notice) *Frame { return Say(string(n.Kind), n.Data()) }

// Gone makes the last frame of a reader whose right has ended.
func Gone(room string) *Frame {
	return Say("gone", struct {
		Room string `json:"room"`
	}{room})
}
