package chat

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// Reach is how far somebody sees who came by a site. What lies beyond is not
// there, whatever the rights are. It is immutable.
type Reach struct {
	Site      string
	All       bool     // every room, but the pages of other sites
	Rooms     []int64  // else these
	Pages     string   // what the slugs of the site's pages begin with; "" where pages have no rooms
	Named     []string // the slugs that a token is limited to; nil: no limit
	Moderator bool     // in every room that it holds
}

// Reach is how far the site lets anybody see.
func (s Site) Reach() *Reach {
	r := &Reach{Site: s.Name, All: s.AllRooms}
	for _, room := range s.Rooms {
		r.Rooms = append(r.Rooms, room.ID)
	}
	if s.Pages {
		r.Pages = PagesOf(s.Name)
	}
	return r
}

// Holds reports whether a room lies within; no Reach holds everything.
func (r *Reach) Holds(room Room) bool {
	if r == nil {
		return true
	}
	page := r.HoldsPage(room.Slug)
	switch {
	case r.Named != nil && !slices.Contains(r.Named, room.Slug) && !(page && slices.Contains(r.Named, AnyPage)):
		return false
	case IsPage(room.Slug):
		return page
	}
	return r.All || slices.Contains(r.Rooms, room.ID)
}

// HoldsPage reports whether a slug is that of a page of the site, whether the
// page has its room yet or not.
func (r *Reach) HoldsPage(slug string) bool {
	return r != nil && r.Pages != "" && IsPage(slug) && strings.HasPrefix(slug, r.Pages)
}

// Limit is the Reach of a token that names rooms, or that makes a moderator.
func (r *Reach) Limit(named []string, moderator bool) *Reach {
	limited := *r
	limited.Named, limited.Moderator = named, moderator
	return &limited
}

// Curb returns the standing of somebody who came by a site: a site can neither
// make those who govern the server nor those who own a room.
func (r *Reach) Curb(s Standing) Standing {
	switch {
	case r == nil:
		return s
	case s.Server.Governs():
		s.Server = ServerMember
	}
	if s.Role == RoomOwner || r.Moderator {
		s.Role = RoomModerator
	}
	return s
}

// UnmadeRoom is what a page's room reads as before its first message. Its id is
// that of no room, and always the same.
func UnmadeRoom(slug string) Room {
	sum := sha256.Sum256([]byte(slug))
	return Room{ID: -1 - int64(binary.BigEndian.Uint64(sum[:])>>11), Slug: slug, Kind: Open}
}

// Made reports whether the room is there, and is no page's before its first
// message.
func (r Room) Made() bool { return r.ID > 0 }
