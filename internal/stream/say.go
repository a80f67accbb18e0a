package stream

import (
	"strconv"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/markup"
)

// greeting is the data of a stream's first frame.
type greeting struct {
	Room   string        `json:"room"`
	Head   int64         `json:"head"`
	Floor  int64         `json:"floor"`
	You    *chat.User    `json:"you,omitempty"`
	Name   string        `json:"name"`
	Topic  string        `json:"topic"`
	Member bool          `json:"member"`
	Role   chat.RoomRole `json:"role,omitempty"`
	Read   int64         `json:"read"`
}

// AppendJSON adds the greeting as encoding/json would by its fields.
func (g greeting) AppendJSON(b []byte) []byte {
	b = markup.AppendText(append(b, `{"room":`...), g.Room)
	b = strconv.AppendInt(append(b, `,"head":`...), g.Head, 10)
	b = strconv.AppendInt(append(b, `,"floor":`...), g.Floor, 10)
	if g.You != nil {
		b = g.You.AppendJSON(append(b, `,"you":`...))
	}
	b = markup.AppendText(append(b, `,"name":`...), g.Name)
	b = markup.AppendText(append(b, `,"topic":`...), g.Topic)
	b = strconv.AppendBool(append(b, `,"member":`...), g.Member)
	if g.Role != "" {
		b = markup.AppendText(append(b, `,"role":`...), string(g.Role))
	}
	return append(strconv.AppendInt(append(b, `,"read":`...), g.Read, 10), '}')
}

// hello makes the first frame of a stream: which room it is, who reads it, and to
// what they have come. Who is nobody is not told who that is.
func hello(r chat.Reading, you chat.User) *feed.Frame {
	g := greeting{Room: r.Slug, Head: r.Head, Floor: r.Floor, Name: r.Name, Topic: r.Topic, Member: r.Member, Role: r.Role, Read: r.Read}
	if you.ID != 0 {
		g.You = &you
	}
	return feed.Say("hello", g)
}

// mark is how far a room has come, and where a reader stands who has all of it.
type mark struct {
	Room   string `json:"room"`
	Head   int64  `json:"head"`
	Cursor string `json:"cursor,omitempty"`
}

// AppendJSON adds the mark as encoding/json would by its fields.
func (m mark) AppendJSON(b []byte) []byte {
	b = markup.AppendText(append(b, `{"room":`...), m.Room)
	b = strconv.AppendInt(append(b, `,"head":`...), m.Head, 10)
	if m.Cursor != "" {
		b = markup.AppendText(append(b, `,"cursor":`...), m.Cursor)
	}
	return append(b, '}')
}

// caughtUp makes the frame that says that everything up to at has been sent.
func caughtUp(room string, at chat.Cursor) *feed.Frame {
	return feed.Say("caught-up", mark{room, at.Seq, at.String()})
}

// beat makes the frame that shows that a stream is alive, and lets its reader
// notice that something is missing.
func beat(room string, head int64) *feed.Frame { return feed.Say("beat", mark{Room: room, Head: head}) }

// other makes the frame that tells of rooms that are not of the stream.
func other(rooms []chat.InboxRoom) *feed.Frame {
	return feed.Say("inbox", struct {
		Rooms []chat.InboxRoom `json:"rooms"`
	}{rooms})
}

// bye makes the last frame of a stream that the node ends.
func bye(retry time.Duration, code chat.Kind) *feed.Frame {
	return feed.Say("bye", struct {
		RetryMS int64     `json:"retry_ms"`
		Code    chat.Kind `json:"code,omitempty"`
	}{retry.Milliseconds(), code})
}

// lastWords are what a stream says that has to end for a reason, and how it ends.
func lastWords(reason chat.Kind) ([]byte, End) {
	if reason == chat.Unauthenticated {
		return bye(retry, reason).Wire(), SignedOut
	}
	return bye(chat.Jitter(retry), "").Wire(), Stopped
}
