package chat

// MaxQuestion is how long what somebody searches for may be, in code points;
// SearchPage is how many hits one answer holds at most.
const (
	MaxQuestion = 128
	SearchPage  = 50
)

// Question is what somebody searches for in the messages.
type Question struct {
	Text   string // the words, all of which a message has to have
	Room   string // the slug of the room to look in; empty: in all that the actor may read
	Author string // whose messages: an id, or @name; empty: anybody's
	Before int64  // the Next of the hits before these, or 0
}

// Hits are the newest messages that answer a question, the newest first.
type Hits struct {
	Hits []Hit `json:"hits"`
	Next int64 `json:"next,omitempty,string"` // where there are more, what Before has to be to get them
}

// Hit is a message that answers a question. Its marks are where in the body that
// is: from which code point on, and up to which, that one not included. They
// stand in order, and apart from each other.
type Hit struct {
	Message *Message `json:"message"`
	Marks   [][2]int `json:"marks"`
}

// CheckQuestion returns the words of a question trimmed.
func CheckQuestion(text string) (string, error) { return clean("q", text, MaxQuestion) }
