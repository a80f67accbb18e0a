package chat

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"maru/internal/markup"
)

// UserKind says where a user comes from.
type UserKind string

// The kinds of users: with an account here, a visitor without one, a program,
// a person whom a site vouches for.
const (
	KindMember UserKind = "member"
	KindGuest  UserKind = "guest"
	KindBot    UserKind = "bot"
	KindSite   UserKind = "site"
)

// ServerRole is what a user may do on the whole server.
type ServerRole string

// The roles of a server. There is exactly one owner.
const (
	ServerOwner  ServerRole = "owner"
	ServerAdmin  ServerRole = "admin"
	ServerMember ServerRole = "member"
	// ServerReader is of who is nobody, and reads; it stands in a Standing only.
	ServerReader ServerRole = "reader"
)

// Governs reports whether the role carries the rights of the server's owner
// and admins.
func (r ServerRole) Governs() bool { return r == ServerOwner || r == ServerAdmin }

// User is a person or a program that can be an author.
type User struct {
	ID          int64
	Name        string
	DisplayName string
	Kind        UserKind
	Role        ServerRole
	Avatar      string // the address of a picture elsewhere, or ""
	// Disabled is not on the wire: it only ends credentials.
	Disabled bool
}

// AppendJSON adds the user as everybody sees it:
// {"id","name","display_name","kind","role","avatar_url"}.
func (u User) AppendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), u.ID, 10)
	b = markup.AppendText(append(b, `,"name":`...), u.Name)
	b = markup.AppendText(append(b, `,"display_name":`...), u.DisplayName)
	b = markup.AppendText(append(b, `,"kind":`...), string(u.Kind))
	b = markup.AppendText(append(b, `,"role":`...), string(u.Role))
	b = markup.AppendText(append(b, `,"avatar_url":`...), u.AvatarURL())
	return append(b, '}')
}

// MarshalJSON writes what AppendJSON adds.
func (u User) MarshalJSON() ([]byte, error) { return u.AppendJSON(nil), nil }

// Visits reports whether the user came by a site and has no account here.
func (u User) Visits() bool { return u.Kind == KindGuest || u.Kind == KindSite }

// Dyes is the number of colours a seal can have.
const Dyes = 6

// Dye returns the colour of the user's seal, 1 to Dyes, made from the id so
// that it never changes.
func (u User) Dye() int { return int(u.ID%Dyes) + 1 }

// Initial returns the one letter or syllable on the user's seal.
func (u User) Initial() string {
	for _, r := range norm.NFC.String(u.DisplayName) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	r, _ := utf8.DecodeRuneInString(u.DisplayName)
	return string(r)
}

// AvatarURL returns the address of the user's picture: the one that a site gave,
// or the path of the seal. The path says all that the seal shows, so it can be
// public and kept for ever, and tells nothing about who exists.
func (u User) AvatarURL() string {
	if u.Avatar != "" {
		return u.Avatar
	}
	return "/static/seal/" + strconv.Itoa(u.Dye()) + "/" + url.PathEscape(u.Initial()) + ".svg"
}

// CheckName returns name in the form in which it is kept. A name is 2 to 32
// letters and digits of any script, '.', '_' and '-'.
func CheckName(name string) (string, error) {
	name, err := clean("name", name, MaxName)
	if err != nil {
		return "", err
	}
	name = norm.NFC.String(name)
	if utf8.RuneCountInString(name) < MinName {
		return "", Refuse(Invalid, "name_short", MinName, MaxName)
	}
	key := NameKey(name) // compatibility forms can grow or turn into signs when they are folded
	for i, r := range name + key {
		if unicode.IsSpace(r) {
			return "", Refuse(Invalid, "name_space")
		}
		if !nameRune(r) || i == 0 && unicode.IsMark(r) {
			return "", Refuse(Invalid, "name_letters", string(r))
		}
	}
	if !visible(key) {
		return "", Refuse(Invalid, "text_empty", "name")
	}
	return name, nil
}

// nameRune allows marks too: many scripts cannot write a word without them.
func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._-", r)
}

// NameKey returns the form in which names are unique: NFKC and case folded.
func NameKey(name string) string { return Fold(strings.TrimSpace(name)) }

// CheckDisplayName returns a display name trimmed; the empty one stands for name.
func CheckDisplayName(display, name string) (string, error) {
	display, err := cleanLine("display_name", display, MaxDisplayName)
	if err != nil {
		return "", err
	}
	if display == "" {
		return name, nil
	}
	return display, nil
}

// CheckPassword checks the length of a password, the only rule there is. A
// password is taken as it is typed, spaces included.
func CheckPassword(field, password string) error {
	if !utf8.ValidString(password) {
		return Refuse(Invalid, "text_encoding", field)
	}
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return Refuse(Invalid, "password_short", MinPassword)
	case n > MaxPassword:
		return Refuse(TooLarge, "text_too_long", field, MaxPassword, n)
	}
	return nil
}

// CheckLabel returns the label of a token trimmed.
func CheckLabel(label string) (string, error) {
	label, err := cleanLine("label", label, MaxLabel)
	if err == nil && label == "" {
		err = Refuse(Invalid, "text_empty", "label")
	}
	return label, err
}
