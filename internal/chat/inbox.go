package chat

// InboxRoom is a room as an inbox tells of it.
type InboxRoom struct {
	ID   int64  `json:"-"`
	Slug string `json:"slug"`
	Head int64  `json:"head"`
}

// Membership is a room that a user is a member of.
type Membership struct {
	User int64
	Room InboxRoom
}

// Move is what has become of a room since an event of its log.
type Move struct {
	Room    InboxRoom
	Head    Cursor
	Deleted bool
	Parted  bool         // the event is not in the log any more, so nobody can tell what came behind it
	Members []MemberMove // who has come and gone, in the order of the log
}

// MemberMove is that a user has become a member, or is none any more.
type MemberMove struct {
	User   int64
	Member bool
}
