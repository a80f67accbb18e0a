package chat

import (
	"slices"
	"strings"
)

// RoomKind says who may find and read a room.
type RoomKind string

// The kinds of rooms. A direct room is between the people it was made for.
const (
	Open   RoomKind = "open"
	Closed RoomKind = "closed"
	Direct RoomKind = "direct"
	// Ended is the kind of a room that is deleted; it stands in the log only.
	Ended RoomKind = "deleted"
	// Unmade is the kind of a page's room before the first message, in a Standing
	// only: it reads as an empty open room.
	Unmade RoomKind = "unmade"
)

// Lobby is the slug of the room that exists from the first start. As long as
// its name is LobbyName, pages show the name in the reader's language.
const (
	Lobby     = "lobby"
	LobbyName = "lobby"
)

// Room is a room by itself, the same for every reader.
type Room struct {
	ID    int64    `json:"-"`
	Slug  string   `json:"slug"`
	Name  string   `json:"name"`
	Topic string   `json:"topic"`
	Kind  RoomKind `json:"kind"`
	// Deleted is on the wire only where it is true: in a room's last event.
	Deleted bool `json:"deleted,omitempty"`
}

// RoomState is where a room's log stands.
type RoomState struct {
	Head    int64 `json:"head"`
	Floor   int64 `json:"floor"`
	HeadTag Tag   `json:"-"`
}

// HeadCursor is the cursor of a reader that has everything.
func (s RoomState) HeadCursor() Cursor { return Cursor{Seq: s.Head, Tag: s.HeadTag} }

// RoomView is a room as one actor sees it, with its place in it.
type RoomView struct {
	Room
	RoomState
	Member bool     `json:"member"`
	Role   RoomRole `json:"role,omitempty"`
	Read   int64    `json:"read"`
	Unread int      `json:"unread"`
	// With is there for direct rooms only, which have no name: the other members.
	With []User   `json:"with,omitzero"`
	Last *Message `json:"last,omitempty"`
	// Retention is there only where the room does not keep everything.
	Retention *Retention `json:"retention,omitempty"`
}

// Retention says what a room keeps; 0 is no limit.
type Retention struct {
	Messages int64 `json:"keep_messages,omitempty"` // the newest so many
	Days     int64 `json:"keep_days,omitempty"`     // what is not older
}

// The largest settings of retention.
const (
	MaxKeepMessages = 1_000_000_000
	MaxKeepDays     = 36_500
)

// Check says what is wrong with the settings.
func (r Retention) Check() error {
	if r.Messages < 0 || r.Messages > MaxKeepMessages {
		return Refuse(Invalid, "number_range", "keep_messages", 1, MaxKeepMessages)
	}
	if r.Days < 0 || r.Days > MaxKeepDays {
		return Refuse(Invalid, "number_range", "keep_days", 1, MaxKeepDays)
	}
	return nil
}

// RoomRole is what a member may do in a room.
type RoomRole string

// The roles of a room.
const (
	RoomOwner     RoomRole = "owner"
	RoomModerator RoomRole = "moderator"
	RoomMember    RoomRole = "member"
)

// CheckRoomRole refuses what is no role of a room.
func CheckRoomRole(r RoomRole) error {
	switch r {
	case RoomOwner, RoomModerator, RoomMember:
		return nil
	}
	return Refuse(Invalid, "one_of", "role", "owner, moderator, member")
}

// Member is a user in a room.
type Member struct {
	User     User     `json:"user"`
	Role     RoomRole `json:"role"`
	JoinedAt Time     `json:"joined_at"`
}

// NewRoom is what an open or closed room is made from.
type NewRoom struct {
	Slug    string
	Name    string
	Kind    RoomKind
	Members []int64
}

// Check returns the room with its texts trimmed, or says what is wrong. An
// empty slug stays empty: the store makes one.
func (n NewRoom) Check() (NewRoom, error) {
	var err error
	if n.Name, err = CheckRoomName(n.Name); err != nil {
		return n, err
	}
	if n.Slug != "" {
		if err := CheckNewSlug(n.Slug); err != nil {
			return n, err
		}
	}
	switch n.Kind {
	case Open, Closed:
	default:
		return n, Refuse(Invalid, "one_of", "kind", "open, closed, direct")
	}
	return n, checkIDs("members", n.Members)
}

// Others returns the members beside me, each once.
func (n NewRoom) Others(me int64) []int64 {
	ids := slices.Sorted(slices.Values(n.Members))
	return slices.DeleteFunc(slices.Compact(ids), func(id int64) bool { return id == me })
}

func checkIDs(field string, ids []int64) error {
	for _, id := range ids {
		if id < 1 || id > MaxID {
			return Refuse(Invalid, "bad_id", field)
		}
	}
	return nil
}

// RoomChanges are the changes of a room that a request asks for; nil leaves a
// thing as it is.
type RoomChanges struct {
	Name      *string
	Topic     *string
	Kind      *RoomKind
	Retention *Retention
}

// Check returns the changes with their texts trimmed, or says what is wrong.
func (c RoomChanges) Check() (RoomChanges, error) {
	if c.Name != nil {
		name, err := CheckRoomName(*c.Name)
		if err != nil {
			return c, err
		}
		c.Name = &name
	}
	if c.Topic != nil {
		topic, err := cleanLine("topic", *c.Topic, MaxTopic)
		if err != nil {
			return c, err
		}
		c.Topic = &topic
	}
	if c.Kind != nil && *c.Kind != Open && *c.Kind != Closed {
		return c, Refuse(Invalid, "one_of", "kind", "open, closed")
	}
	if c.Retention != nil {
		return c, c.Retention.Check()
	}
	return c, nil
}

// CheckFor says what of the changes can't be made to a room of a kind.
func (c RoomChanges) CheckFor(kind RoomKind) error {
	switch {
	case kind == Direct && c.Kind != nil:
		return Refuse(Invalid, "direct_stays")
	case kind == Direct && c.Name != nil:
		return Refuse(Invalid, "direct_name")
	}
	return nil
}

// CheckRoomName returns the name of a room trimmed.
func CheckRoomName(name string) (string, error) {
	name, err := cleanLine("name", name, MaxRoomName)
	if err == nil && name == "" {
		err = Refuse(Invalid, "text_empty", "name")
	}
	return name, err
}

// CheckSlug checks the name of a room in addresses: [a-z0-9][a-z0-9-]{0,63}.
func CheckSlug(slug string) error {
	if len(slug) > MaxSlug {
		return Refuse(TooLarge, "text_too_long", "slug", MaxSlug, len(slug))
	}
	for i := range len(slug) {
		c := slug[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && i > 0) {
			return Refuse(Invalid, "slug_letters")
		}
	}
	if slug == "" {
		return Refuse(Invalid, "slug_letters")
	}
	return nil
}

// CheckNewSlug is CheckSlug for a room that somebody makes: those of pages are
// made by their first message alone.
func CheckNewSlug(slug string) error {
	if IsPage(slug) {
		return Refuse(Invalid, "slug_of_pages")
	}
	return CheckSlug(slug)
}

// SlugFrom makes a slug from a room's name, or returns "" where the name has
// letters that a slug can't hold: a part of a name would be misleading.
func SlugFrom(name string) string {
	var b strings.Builder
	for _, r := range Fold(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r > 127:
			return ""
		default:
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
				b.WriteByte('-')
			}
		}
		if b.Len() == MaxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
