package chat

import (
	"crypto/sha256"
	"encoding/base32"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Site is an owner of pages elsewhere that may show the chat.
type Site struct {
	ID       int64
	Name     string   // by which its tokens name it
	Origins  []string // scheme://host[:port], as browsers send them
	Visitors Visitors
	AllRooms bool   // every open room may be shown
	Rooms    []Room // these may, too; closed ones to those whom a token lets in
	Pages    bool   // each page of the site has a room of its own
	Roles    bool   // its tokens may make moderators
	Accent   string // #rrggbb, or ""
	Keys     []SiteKey
}

// Visitors says what somebody may do who comes to a site without a token of it.
type Visitors string

// What visitors may do: nothing; read; read, and write as guests.
const (
	VisitorsMember Visitors = "member"
	VisitorsRead   Visitors = "read"
	VisitorsGuest  Visitors = "guest"
)

// Read reports whether anybody may read.
func (v Visitors) Read() bool { return v == VisitorsRead || v == VisitorsGuest }

// SiteKey is what a site signs its tokens with. Its algorithm is fixed.
type SiteKey struct {
	ID        string // the `kid` of its tokens
	Algorithm string
	Since     Time
}

// The limits of sites.
const (
	MaxSiteKeys    = 2 // the one in use, and the one that replaces it
	MaxSiteOrigins = 20
	MaxSiteRooms   = 100
	maxPagePath    = 1024 // bytes
)

// Check returns the site in the form in which it is kept, or says what is wrong.
func (s Site) Check() (Site, error) {
	if !isLabel(s.Name, "abcdefghijklmnopqrstuvwxyz0123456789", "-.") {
		return s, Refuse(Invalid, "site_letters")
	}
	switch s.Visitors {
	case VisitorsMember, VisitorsRead, VisitorsGuest:
	default:
		return s, Refuse(Invalid, "one_of", "visitors", "member, read, guest")
	}
	if s.Accent = strings.ToLower(strings.TrimSpace(s.Accent)); s.Accent != "" && !isColour(s.Accent) {
		return s, Refuse(Invalid, "site_accent")
	}
	if len(s.Origins) > MaxSiteOrigins || len(s.Rooms) > MaxSiteRooms {
		return s, Refuse(TooLarge, "site_lists", MaxSiteOrigins, MaxSiteRooms)
	}
	origins := make([]string, len(s.Origins))
	for i, text := range s.Origins {
		var err error
		if origins[i], err = CheckOrigin(text); err != nil {
			return s, err
		}
	}
	slices.Sort(origins)
	s.Origins = slices.Compact(origins)
	return s, nil
}

// CheckKeyID refuses what is no name of a key.
func CheckKeyID(id string) error {
	if !isLabel(id, alphanumeric, "-._") {
		return Refuse(Invalid, "site_key_letters")
	}
	return nil
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// isLabel reports whether s is 1 to 64 of letters and more, and begins with one
// of letters.
func isLabel(s, letters, more string) bool {
	return s != "" && len(s) <= 64 && strings.Contains(letters, s[:1]) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(letters+more, r) })
}

func isColour(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdef") == ""
}

// SitePage is a page of a site as the room that it has.
type SitePage struct {
	Slug, Name, Topic string
}

// AnyPage is what the list of rooms in a token names the rooms of pages by.
const AnyPage = "auto"

// A page's slug is `auto-`, a digest of the site, `-`, a digest of site and path.
// No other room's has this form.
const (
	pagePrefix = AnyPage + "-"
	siteDigest = 8 // letters
	pageDigest = 26
)

var slugText = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return slugText.EncodeToString(sum[:])
}

// PagesOf is what the slugs of a site's pages begin with.
func PagesOf(site string) string { return pagePrefix + digest(site)[:siteDigest] + "-" }

// PagePattern is what the slugs of pages are like, in SQL.
var PagePattern = pagePrefix + strings.Repeat("_", siteDigest) + "-" + strings.Repeat("_", pageDigest)

// IsPage reports whether a slug is that of a page's room.
func IsPage(slug string) bool {
	rest, ok := strings.CutPrefix(slug, pagePrefix)
	return ok && len(rest) == siteDigest+1+pageDigest && rest[siteDigest] == '-'
}

// Page returns the room of a page of the site, from the page's address. What
// differs in a query, a fragment, an escape or a slash at the end is one page.
func (s Site) Page(address string) (SitePage, error) {
	wrong := Refuse(Invalid, "bad_page")
	u, err := url.Parse(address)
	if err != nil || u.Opaque != "" || u.User != nil || len(u.Path) > maxPagePath || !utf8.ValidString(u.Path) {
		return SitePage{}, wrong
	}
	origin, err := CheckOrigin(u.Scheme + "://" + u.Host)
	if err != nil || !slices.Contains(s.Origins, origin) {
		return SitePage{}, wrong
	}
	path := "/" + strings.Trim(u.Path, "/")
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(bidiControls, r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, path)
	topic := origin + name
	if utf8.RuneCountInString(topic) > MaxTopic {
		topic = ""
	}
	return SitePage{Slug: PagesOf(s.Name) + digest(s.Name, path)[:pageDigest], Name: endOf(name, MaxRoomName), Topic: topic}, nil
}

// endOf returns the last most code points of s: the end of a path says most.
func endOf(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return "…" + string(runes[len(runes)-most+1:])
}
