package chat

// SignalKind says what a signal is about.
type SignalKind string

// The kinds of signals.
const (
	Typing   SignalKind = "typing"
	Presence SignalKind = "presence" // somebody has come into a room, or gone
	ReadMark SignalKind = "read"     // one's own read mark has moved
)

// Signal is the data of a `signal` event: what is so at the moment, stands in no
// log and may be lost.
type Signal struct {
	Room string     `json:"room"`
	Kind SignalKind `json:"kind"`
	User User       `json:"user"`
	Here *bool      `json:"here,omitempty"` // of Presence alone
	Seq  int64      `json:"seq,omitempty"`  // of ReadMark alone: up to where
}
