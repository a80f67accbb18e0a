package page

import (
	"slices"
	"strings"

	"maru/internal/chat"
)

// View is what one page shows.
type View interface {
	base() *Base
	template() string
	Tell(wrong string)
}

// Base is what every page has.
type Base struct {
	Lang  string     // a language of Languages
	Me    *chat.User // nil where nobody is signed in
	Here  string     // the path of the page, to come back to
	Error string     // what was wrong with a form, in the reader's language
	Clock Clock

	Theme, Density string // as the reader chose

	Style, Script string // filled in by Render
	words         Words
	set           *set
}

func (b *Base) base() *Base { return b }

// Tell puts on the page what was wrong with a form, in the reader's language.
func (b *Base) Tell(wrong string) { b.Error = wrong }

// T returns a sentence in the page's language.
func (b *Base) T(key string, args ...any) string { return b.words.Text(key, args...) }

// RoomName returns the name of a room as people read it: the lobby's is in
// their language until somebody names it, and a direct room is called by those
// whom the reader meets there.
func (b *Base) RoomName(r chat.RoomView) string {
	switch {
	case r.Slug == chat.Lobby && r.Name == chat.LobbyName:
		return b.T("room.lobby")
	case r.Kind == chat.Direct && len(r.With) == 0:
		return b.T("room.alone")
	case r.Kind == chat.Direct:
		names := make([]string, len(r.With))
		for i, u := range r.With {
			names[i] = u.DisplayName
		}
		return strings.Join(names, ", ")
	}
	return r.Name
}

// SignIn is the page to sign in at.
type SignIn struct {
	Base
	Name    string // as it was typed
	Next    string // where to go then
	MaySign bool   // there is a way to sign up
}

func (*SignIn) template() string { return "sign_in" }

// SignUp is the page to make an account at.
type SignUp struct {
	Base
	Name, DisplayName string // as they were typed
	Setup             string // the code of the link
	Next              string
	First             bool // this makes the owner
	Shut              bool // nobody can sign up this way
}

func (*SignUp) template() string { return "sign_up" }

// Contents is the list of rooms that stands beside a room, or by itself.
type Contents []chat.RoomView

// Listed returns the direct rooms of the list, or the others.
func (c Contents) Listed(direct bool) Contents {
	return slices.DeleteFunc(slices.Clone(c), func(r chat.RoomView) bool { return (r.Kind == chat.Direct) != direct })
}

// Rooms is the list of rooms by itself.
type Rooms struct {
	Base
	Contents
}

func (*Rooms) template() string { return "rooms" }

// Current is the slug of the room that is open beside the list: none.
func (*Rooms) Current() string { return "" }

// Room is a room: its newest messages, or those around one.
type Room struct {
	Base
	Contents
	Room     chat.RoomView
	Here     []int64 // who is in the room now, the reader among them
	Rows     []Row
	Cursor   string // where the log stood when the page was made
	Older    int64  // the number before which there is more, or 0
	Newer    bool   // what is shown does not reach the newest message
	Target   *Row   // the message that the address names, with what can be done
	Composer Composer
}

func (*Room) template() string { return "room" }

// Current is the slug of the room that is open beside the list.
func (v *Room) Current() string { return v.Room.Slug }

// Other is the id of the one other person of a direct room of two, or 0.
func (v *Room) Other() int64 {
	if len(v.Room.With) != 1 {
		return 0
	}
	return v.Room.With[0].ID
}

// Away reports whether the room is a direct room of two, and the other is not there.
func (v *Room) Away() bool { return v.Other() != 0 && !slices.Contains(v.Here, v.Other()) }

// Composer is the form to write with.
type Composer struct {
	Body    string
	Nonce   string        // so that sending the form twice posts once
	ReplyTo *chat.Message // the message that is answered
	Editing int64         // the number of the message that is being changed, or 0
}

// About is what can be known and changed about a room.
type About struct {
	Base
	Room      chat.RoomView
	Members   []chat.Member
	Here      []chat.User // who is in the room now, the reader among them
	More      int64       // the user id behind which there are more members, or 0
	Configure bool        // the reader may change the room
	Admit     bool        // the reader may add and remove members
	Writes    bool        // the reader could write to a member elsewhere
	Add       string
}

func (*About) template() string { return "about" }

// IsHere reports whether a user is in the room now.
func (v *About) IsHere(user int64) bool {
	return slices.ContainsFunc(v.Here, func(u chat.User) bool { return u.ID == user })
}

// NewRoom is the form to open a room with.
type NewRoom struct {
	Base
	Name, Slug string
	Kind       chat.RoomKind
	To         string // the name of whom to write to
}

func (*NewRoom) template() string { return "new_room" }

// Settings is the reader's own page.
type Settings struct {
	Base
	DisplayName string
	Tokens      []chat.Token
	Label       string
	Secret      string // a token that was just made, shown this once
	Saved       string // what was saved, in the reader's language
}

func (*Settings) template() string { return "settings" }

// Shortcuts is the page of what can be done with the keyboard.
type Shortcuts struct{ Base }

func (*Shortcuts) template() string { return "shortcuts" }

// Failure is a page that could not be shown.
type Failure struct {
	Base
	Status int
	Title  string
}

func (*Failure) template() string { return "failure" }
