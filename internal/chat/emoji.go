package chat

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// MaxEmoji is how many code points one emoji has at most; the longest that
// Unicode names have ten.
const MaxEmoji = 16

// The code points that emoji are put together from.
const (
	joiner  = '\u200D' // makes one picture of those around it
	shown   = '\uFE0F' // what stands before it is a picture and no sign
	keycap  = '\u20E3'
	flag    = '\U0001F3F4' // waves alone, or for the part of a country that follows it in tags
	tag     = '\U000E0000' // and a letter
	tagsEnd = '\U000E007F'
)

// CheckEmoji returns the one emoji that typed is: a picture, perhaps with a tone
// of skin; several that are joined to one; a keycap; a flag. The same picture
// has one form, whether or not it was typed with the mark that asks for it.
func CheckEmoji(typed string) (string, error) {
	if utf8.ValidString(typed) && utf8.RuneCountInString(typed) <= MaxEmoji {
		runes := []rune(typed)
		for _, read := range []func([]rune) []rune{keycapOf, flagOf, picturesOf} {
			if emoji := read(runes); emoji != nil {
				return string(emoji), nil
			}
		}
	}
	return "", Refuse(Invalid, "one_emoji")
}

// keycapOf reads a key of a telephone.
func keycapOf(r []rune) []rune {
	r = slices.DeleteFunc(slices.Clone(r), func(c rune) bool { return c == shown })
	if len(r) == 2 && strings.ContainsRune("0123456789#*", r[0]) && r[1] == keycap {
		return []rune{r[0], shown, keycap}
	}
	return nil
}

// flagOf reads the flag of a country, which is its two letters, or of one of the
// parts of countries that have one.
func flagOf(r []rune) []rune {
	const first, last = '\U0001F1E6', '\U0001F1FF' // A to Z
	if len(r) == 2 && min(r[0], r[1]) >= first && max(r[0], r[1]) <= last {
		region, err := language.ParseRegion(string([]rune{'A' + r[0] - first, 'A' + r[1] - first}))
		if err == nil && region.Canonicalize() == region && (region.IsCountry() || region.String() == "EU") {
			return r
		}
		return nil
	}
	for _, part := range []string{"gbeng", "gbsct", "gbwls"} {
		whole := []rune{flag}
		for _, letter := range part {
			whole = append(whole, tag+letter)
		}
		if slices.Equal(r, append(whole, tagsEnd)) {
			return r
		}
	}
	return nil
}

// picturesOf reads a picture, or several that are joined.
func picturesOf(r []rune) []rune {
	var whole []rune
	for {
		if len(r) == 0 || !unicode.In(r[0], pictures, signs) {
			return nil
		}
		at := r[0]
		whole, r = append(whole, at), r[1:]
		if len(r) > 0 && r[0] == shown {
			r = r[1:]
		}
		switch {
		case len(r) > 0 && isTone(r[0]) && unicode.Is(bodies, at):
			whole, r = append(whole, r[0]), r[1:]
		case unicode.Is(signs, at):
			whole = append(whole, shown)
		}
		if len(r) == 0 {
			return whole
		}
		if r[0] != joiner {
			return nil
		}
		whole, r = append(whole, joiner), r[1:]
	}
}

// isTone reports whether r is a tone of skin.
func isTone(r rune) bool { return r >= '\U0001F3FB' && r <= '\U0001F3FF' }
