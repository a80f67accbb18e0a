package stream

import (
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
)

// hello makes the first frame of a stream: which room it is, who reads it, and to
// what they have come. Who is nobody is not told who that is.
func hello(r chat.Reading, you chat.User) *feed.Frame {
	said := struct {
		Room   string        `json:"room"`
		Head   int64         `json:"head"`
		Floor  int64         `json:"floor"`
		You    *chat.User    `json:"you,omitempty"`
		Name   string        `json:"name"`
		Topic  string        `json:"topic"`
		Member bool          `json:"member"`
		Role   chat.RoomRole `json:"role,omitempty"`
		Read   int64         `json:"read"`
	}{Room: r.Slug, Head: r.Head, Floor: r.Floor, Name: r.Name, Topic: r.Topic, Member: r.Member, Role: r.Role, Read: r.Read}
	if you.ID != 0 {
		said.You = &you
	}
	return feed.Say("hello", said)
}

// caughtUp makes the frame that says that everything up to at has been sent.
func caughtUp(room string, at chat.Cursor) *feed.Frame {
	return feed.Say("caught-up", struct {
		Room   string `json:"room"`
		Head   int64  `json:"head"`
		Cursor string `json:"cursor"`
	}{room, at.Seq, at.String()})
}

// other makes the frame that tells of rooms that are not of the stream.
func other(rooms []chat.InboxRoom) *feed.Frame {
	return feed.Say("inbox", struct {
		Rooms []chat.InboxRoom `json:"rooms"`
	}{rooms})
}

// beat makes the frame that shows that a stream is alive, and lets its reader
// notice that something is missing.
func beat(room string, head int64) *feed.Frame {
	return feed.Say("beat", struct {
		Room string `json:"room"`
		Head int64  `json:"head"`
	}{room, head})
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
