package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// The limits of what people type, in code points.
const (
	MaxBody        = 4000
	MinName        = 2
	MaxName        = 32
	MaxDisplayName = 64
	MinPassword    = 8
	MaxPassword    = 256
	MaxRoomName    = 64
	MaxTopic       = 256
	MaxSlug        = 64
	MaxLabel       = 64
	MaxNonce       = 64
)

// MaxID is the largest id and seq: JSON numbers are exact up to 2^53.
const MaxID = 1<<53 - 1

// Fold returns the form in which two spellings of one word are equal.
func Fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// clean trims s and checks what every field of text has in common: it is valid
// UTF-8, has no NUL, which no database keeps whole, and is at most most code
// points long. It refuses in the name of field, a member of a request.
func clean(field, s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", Refuse(Invalid, "text_encoding", field)
	}
	if n := utf8.RuneCountInString(s); n > most {
		return "", Refuse(TooLarge, "text_too_long", field, most, n)
	}
	return s, nil
}

// cleanLine is clean for a text of one line that stands beside others, such as
// a name: control characters and marks that turn the direction of what follows
// are refused, and something in it must be visible.
func cleanLine(field, s string, most int) (string, error) {
	s, err := clean(field, s, most)
	if err != nil {
		return "", err
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(bidiControls, r) || r == '\u2028' || r == '\u2029' {
			return "", Refuse(Invalid, "text_control", field)
		}
	}
	if s != "" && !visible(s) {
		return "", Refuse(Invalid, "text_empty", field)
	}
	return norm.NFC.String(s), nil
}

// bidiControls are the marks that override or isolate the direction of text.
var bidiControls = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x202A, Hi: 0x202E, Stride: 1},
	{Lo: 0x2066, Hi: 0x2069, Stride: 1},
}}

// visible reports whether s shows anything at all: white space, format
// characters and the Hangul fillers, which many use as an empty name, do not.
func visible(s string) bool {
	for _, r := range s {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r):
		case r == '\u115F', r == '\u1160', r == '\u3164', r == '\uFFA0', r == '\u2800':
		default:
			return true
		}
	}
	return false
}
