package page

import "maru/internal/chat"

// Sites is the list of the sites that may show the chat.
type Sites struct {
	Base
	Sites         []chat.Site
	Name, Origins string // as they were typed
}

func (*Sites) template() string { return "sites" }

// Site is one of them.
type Site struct {
	Base
	Site      chat.Site
	Server    string // the address of this one
	Typed     TypedSite
	PageRooms []chat.Room // the newest rooms of its pages
	KeyID     string      // as it was typed, and so are the next two
	Algorithm string
	PublicKey string
	Made      string // the id of a key that was just made
	Secret    string // and its secret, shown this once
	Saved     string // what was saved, in the reader's language
}

func (*Site) template() string { return "site" }

// Shown is the room that the example on the page shows.
func (v *Site) Shown() string {
	switch {
	case len(v.Site.Rooms) > 0:
		return v.Site.Rooms[0].Slug
	case v.Site.Pages:
		return chat.AnyPage
	}
	return chat.Lobby
}

// TypedSite is what stands in the form of a site.
type TypedSite struct {
	Origins  string // a line each
	Rooms    string // slugs with spaces between
	Visitors chat.Visitors
	AllRooms bool
	Pages    bool
	Roles    bool
	Accent   string
}

// Framed is a room by itself, in a frame on a page of another site. Its content is
// the element's.
type Framed struct {
	Base
	Site    string // "" where it is not known which one shows it
	Room    string
	Address string // of the page, whose room it is
	Origins string // of the pages that it listens to, with spaces between
	Theme   string
	Token   *string // of whoever looks, where the page around is no site's; "" without one
}

func (*Framed) template() string { return "framed" }

// Element is the path of the script that brings the element in.
func (*Framed) Element() string { return EmbedScript }

// Around is the path of the script that speaks with the page around the frame.
func (*Framed) Around() string { return framedScript }
