package page

import (
	"net/url"
	"strconv"
	"unicode"

	"maru/internal/chat"
)

// Search is the page to search at, before a question and after it.
type Search struct {
	Base
	Contents
	Text, Room, Author string // what was asked, as it was typed
	Before             int64  // these are not the newest
	Asked              bool   // there is an answer: Found
	Found              []Found
	Next               int64 // where more begin, or 0
}

func (*Search) template() string { return "search" }

// Current is the slug of the room that is open beside the list: none.
func (*Search) Current() string { return "" }

// Back is where the reader comes from: the room that is searched, or all of them.
func (v *Search) Back() string {
	if v.Room == "" {
		return "/"
	}
	return "/rooms/" + v.Room
}

// NameOf returns what the reader calls the room with a slug.
func (v *Search) NameOf(slug string) string {
	for _, r := range v.Contents {
		if r.Slug == slug {
			return v.RoomName(r)
		}
	}
	return slug
}

// At is the address of the same question, from a place of its answer on.
func (v *Search) At(before int64) string {
	q := url.Values{"q": {v.Text}}
	for name, value := range map[string]string{"room": v.Room, "author": v.Author} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return "/search?" + q.Encode()
}

// Found is a message that was found, with the part of its text that shows why.
type Found struct {
	*chat.Message
	Mine  bool
	Parts []Part
}

// Part is a stretch of a text.
type Part struct {
	Text   string
	Marked bool
}

// Findings arranges hits as the reader me sees them.
func Findings(hits []chat.Hit, me int64) []Found {
	found := make([]Found, len(hits))
	for i, h := range hits {
		found[i] = Found{h.Message, h.Message.Author.ID == me, excerpt(h.Message.Body, h.Marks)}
	}
	return found
}

const (
	// An excerpt shows so many letters, of which so many come before the first mark.
	excerptLength = 240
	excerptBefore = 48
	// looking is how far from there a space is looked for, so that words stay whole.
	looking = 16
)

// excerpt cuts a text to what stands around its first mark, on one line.
func excerpt(body string, marks [][2]int) []Part {
	letters := []rune(body)
	from, to := 0, len(letters)
	if to > excerptLength {
		from = cutBefore(letters, max(0, marks[0][0]-excerptBefore), marks[0][0])
		to = cutBehind(letters, min(len(letters), from+excerptLength))
	}
	var parts []Part
	add := func(text string, marked bool) {
		if last := len(parts) - 1; last >= 0 && parts[last].Marked == marked {
			parts[last].Text += text
		} else if text != "" {
			parts = append(parts, Part{text, marked})
		}
	}
	if from > 0 {
		add("…", false)
	}
	for i := from; i < to; i++ {
		for len(marks) > 0 && marks[0][1] <= i {
			marks = marks[1:]
		}
		marked := len(marks) > 0 && marks[0][0] <= i
		switch {
		case !unicode.IsSpace(letters[i]):
			add(string(letters[i]), marked)
		case i > from && i+1 < to && !unicode.IsSpace(letters[i-1]):
			add(" ", marked)
		}
	}
	if to < len(letters) {
		add("…", false)
	}
	return parts
}

// cutBefore returns where an excerpt begins that may begin at from, and not later
// than at most.
func cutBefore(letters []rune, from, most int) int {
	if from == 0 {
		return 0
	}
	for i := from; i < min(from+looking, most); i++ {
		if unicode.IsSpace(letters[i]) {
			return i + 1
		}
	}
	for from > 0 && belongs(letters[from]) {
		from--
	}
	return from
}

// cutBehind returns where an excerpt ends that may end at to.
func cutBehind(letters []rune, to int) int {
	if to == len(letters) {
		return to
	}
	for i := to; i > to-looking; i-- {
		if unicode.IsSpace(letters[i]) {
			return i
		}
	}
	for to > 0 && belongs(letters[to]) {
		to--
	}
	return to
}

// belongs reports whether a letter is drawn together with the one before it.
func belongs(r rune) bool {
	const firstVowel, lastEnd = '\u1160', '\u11FF' // of a syllable that is not composed
	return unicode.In(r, unicode.M, unicode.Cf) || r >= firstVowel && r <= lastEnd || r >= '🏻' && r <= '🏿'
}
