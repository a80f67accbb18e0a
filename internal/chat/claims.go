package chat

import (
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Claims are what a site says of somebody in a token, as it was read: what the
// token does not have is empty.
type Claims struct {
	Issuer   string
	Audience []string
	Subject  string
	Name     string
	Avatar   string
	Role     string
	Rooms    []string // slugs; nil where the token names none
	// Seconds since 1970.
	Issued, Expires, NotBefore float64
}

// The limits of a token.
const (
	Audience     = "maru"
	tokenLife    = 10 * time.Minute
	clockLeeway  = time.Minute // by which a site's clock may be ahead of ours
	maxSubject   = 128         // bytes
	maxAvatar    = 512         // bytes
	maxNamed     = 100         // rooms
	roleVisitor  = "member"
	roleOverseer = "moderator"
)

// Moderates reports whether the claims ask for the rights of a moderator.
func (c Claims) Moderates() bool { return c.Role == roleOverseer }

// Until is when a token ends. It is exact: who shows it a moment later is late.
func (c Claims) Until() Time { return Time(c.Expires * 1000) }

// Check returns the claims with the name as it is shown, or says, for the log
// alone, which rule they break.
func (c Claims) Check(now time.Time) (Claims, error) {
	at := float64(now.UnixMilli()) / 1000
	ahead := at + clockLeeway.Seconds()
	switch {
	case len(c.Audience) != 1 || c.Audience[0] != Audience:
		return c, errors.New("aud is not maru alone")
	case c.Expires <= at:
		return c, errors.New("exp is over")
	case c.Expires > max(at, c.Issued)+tokenLife.Seconds()+1: // its seconds may be rounded
		return c, errors.New("exp is more than ten minutes ahead")
	case c.Issued > ahead:
		return c, errors.New("iat is in the future")
	case c.NotBefore > ahead:
		return c, errors.New("nbf is in the future")
	case c.Subject == "" || len(c.Subject) > maxSubject || strings.ContainsFunc(c.Subject, unprintable):
		return c, errors.New("sub is empty, too long or holds what can't be printed")
	case c.Role != "" && c.Role != roleVisitor && c.Role != roleOverseer:
		return c, errors.New("role is neither member nor moderator")
	case c.Avatar != "" && !isPicture(c.Avatar):
		return c, errors.New("avatar is no https address, or too long")
	case len(c.Rooms) > maxNamed:
		return c, errors.New("rooms are too many")
	}
	for _, slug := range c.Rooms {
		if CheckSlug(slug) != nil {
			return c, errors.New("rooms holds what is no slug")
		}
	}
	name, err := cleanLine("name", shortened(c.Name, MaxDisplayName), MaxDisplayName)
	if err != nil || name == "" {
		return c, errors.New("name is empty, or holds what a name can't")
	}
	c.Name = name
	return c, nil
}

// unprintable reports what no identity is made of. A broken character would
// make two of them one.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

// shortened returns the first most code points of a text: a site does not know
// our limits, and a long name is no reason to keep somebody out.
func shortened(s string, most int) string {
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most])
	}
	return s
}

// isPicture reports whether text is an address that pages can show a picture
// from. Nobody here ever asks for it.
func isPicture(text string) bool {
	if len(text) > maxAvatar || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"'<>\`+"`", r) }) {
		return false
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host == "" {
		return false
	}
	_, err = CheckOrigin("https://" + u.Host)
	return err == nil
}
