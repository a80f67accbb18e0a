package search

import (
	"slices"
	"strings"

	"maru/internal/chat"
)

// question is a list of parts, all of which a message has to have, in whatever
// order.
type question []part

// part is one word of a question, or several between quotation marks: what has to
// stand in a message side by side.
type part struct {
	*text
	quoted bool
}

// growing is from how many letters on a word that is not quoted is found by its
// beginning. Shorter ones begin too many others.
const growing = 3

// parse reads a question. White space parts its words, but not between quotation
// marks.
func parse(typed string) (question, error) {
	var q question
	quoted := false
	for stretch := range strings.SplitSeq(quotes.Replace(typed), `"`) {
		words := []string{stretch}
		if !quoted {
			words = strings.Fields(stretch)
		}
		for _, word := range words {
			if x := read(word); len(x.atoms) > 0 {
				q = append(q, part{x, quoted})
			}
		}
		quoted = !quoted
	}
	if len(q) == 0 {
		return nil, chat.Refuse(chat.Invalid, "nothing_to_search")
	}
	return q, nil
}

// quotes are the quotation marks that a phone makes of the one on the keyboard.
var quotes = strings.NewReplacer("“", `"`, "”", `"`)

// marks returns where in a body the parts of the question stand; none where one of
// them is missing.
func (q question) marks(body string) [][2]int {
	x := read(body)
	var marks [][2]int
	for _, p := range q {
		found := p.in(x)
		if found == nil {
			return nil
		}
		marks = append(marks, found...)
	}
	slices.SortFunc(marks, func(a, b [2]int) int { return a[0] - b[0] })
	apart := marks[:1]
	for _, m := range marks[1:] {
		if last := &apart[len(apart)-1]; m[0] <= last[1] {
			last[1] = max(last[1], m[1])
		} else {
			apart = append(apart, m)
		}
	}
	return apart
}

// in returns where in a text the part stands.
func (p part) in(x *text) (marks [][2]int) {
	for first := range x.atoms {
		if end, ok := p.fits(x, first); ok {
			marks = append(marks, [2]int{int(x.from[x.atoms[first].from]), int(x.to[end-1])})
		}
	}
	return marks
}

// fits reports whether the part stands in a text from an atom on, and at which
// letter it ends there. What is glued in the question is so in the text; what is
// not may be.
func (p part) fits(x *text, first int) (end int, ok bool) {
	if first+len(p.atoms) > len(x.atoms) {
		return 0, false
	}
	for i, want := range p.atoms {
		have := x.atoms[first+i]
		if have.word != want.word || i > 0 && want.glued && !have.glued {
			return 0, false
		}
		if p.grows(i) && have.to-have.from > want.to-want.from {
			have.to = have.from + want.to - want.from
		}
		if x.letters(have.from, have.to) != p.letters(want.from, want.to) {
			return 0, false
		}
		end = have.to
	}
	return end, true
}

// grows says whether an atom of the part is found by its beginning: the last one
// of what may still be being typed.
func (p part) grows(i int) bool {
	a := p.atoms[i]
	return a.word && !p.quoted && i == len(p.atoms)-1 && a.to-a.from >= growing
}

// span is a stretch of the terms of the index, in their order: from one on, up to
// another, that one not included.
type span struct{ from, to string }

// Between a term and the next one, or the next that it does not begin: nothing
// that is ever part of a term.
const (
	behindTerm   = "\x01"
	behindPrefix = "\U0010FFFF"
)

// spans returns what in the index has to hold a message: for each span at least
// one of its terms.
func (q question) spans() []span {
	var spans []span
	for _, p := range q {
		for i, a := range p.atoms {
			term := p.term(a)
			switch {
			case p.grows(i) && a.to-a.from < maxTerm:
				spans = append(spans, span{term, term + behindPrefix})
			case p.pairs(i):
				pair := p.letters(a.from-1, a.to)
				spans = append(spans, span{pair, pair + behindTerm})
			case i+1 == len(p.atoms) || !p.pairs(i+1): // it is in no pair
				spans = append(spans, span{term, term + behindTerm})
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return strings.Compare(a.from+a.to, b.from+b.to) })
	return slices.Compact(spans)
}
