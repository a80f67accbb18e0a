package chat

// MaxPage is how many messages one page of history holds at most; NewestPage
// is how many a new reader gets.
const (
	MaxPage    = 200
	NewestPage = 50
	// MaxEvents is how many events one answer, or one catch-up of a new reader,
	// holds at most.
	MaxEvents = 500
)

// PageRequest asks for a page of a room's history. At most one of Before,
// After and Around is set; none means the newest.
type PageRequest struct {
	Before, After, Around int64
	Limit                 int
}

// Page is a page of a room's history, oldest first, and where the log stood
// when it was read.
type Page struct {
	Messages []*Message
	RoomState
}

// Conversation is what a page of a room shows: the room and a page of its
// history, the messages that those answer, by number, and the reader's rooms.
type Conversation struct {
	Page
	Room   RoomView
	Quoted map[int64]*Message
	Rooms  []RoomView
}
