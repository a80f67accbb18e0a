package search

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"maru/internal/chat"
)

// text is a text in the form in which it is compared: folded, and without what
// nobody sees. It remembers which part of the original each letter stands for.
type text struct {
	folded string
	at     []int32 // where each letter begins in folded; and where the last one ends
	from   []int32 // the first code point of the original that a letter stands for
	to     []int32 // and the one behind the last
	atoms  []atom
}

// atom is what can be searched for: a word, or one letter of a writing that does
// not part its words, or whose words take endings. An emoji is one, too. The rest
// of a text, spaces and punctuation, only parts them.
type atom struct {
	from, to int // letters of the text
	word     bool
	glued    bool // nothing parts it from the atom before
}

// kind is what a letter is to the atoms.
type kind int

const (
	parting kind = iota // is of none, and parts them
	unseen              // is not there
	letter              // is one
	ofWord              // is of a word
)

// read takes a text apart.
func read(original string) *text {
	x := &text{at: make([]int32, 0, len(original)+1)}
	folded := make([]byte, 0, len(original))
	var segments norm.Iter
	segments.InitString(norm.NFKC, original)
	var code int32
	glued := false
	for !segments.Done() {
		begin := segments.Pos()
		composed := segments.Next()
		from := code
		for range original[begin:segments.Pos()] {
			code++
		}
		for _, r := range foldSegment(composed) {
			what := kindOf(r)
			switch {
			case what == parting:
				glued = false
				continue
			case what == unseen:
				// It belongs to what it follows: a mark must not cut an emoji.
				if n := len(x.to); n > 0 && x.to[n-1] == from {
					x.to[n-1] = code
				}
				continue
			}
			x.add(what, glued, len(folded), from, code)
			folded = append(folded, string(r)...)
			glued = true
		}
	}
	x.at = append(x.at, int32(len(folded)))
	x.folded = string(folded)
	return x
}

// add adds a letter, which begins an atom or goes on with the last.
func (x *text) add(what kind, glued bool, at int, from, to int32) {
	n := len(x.at)
	if last := len(x.atoms) - 1; what == ofWord && glued && x.atoms[last].word {
		x.atoms[last].to = n + 1
	} else {
		x.atoms = append(x.atoms, atom{n, n + 1, what == ofWord, glued})
	}
	x.at, x.from, x.to = append(x.at, int32(at)), append(x.from, from), append(x.to, to)
}

// letters returns a stretch of the folded text.
func (x *text) letters(from, to int) string { return x.folded[x.at[from]:x.at[to]] }

// foldSegment folds a segment that is composed already. Most are one letter that
// folds to itself.
func foldSegment(composed []byte) string {
	if len(composed) == 1 && (composed[0] < 'A' || composed[0] > 'Z') {
		return string(composed)
	}
	if len(composed) == 3 && composed[0] >= 0xE3 && composed[0] <= 0xED {
		return string(composed) // U+3000 to U+DFFF: kana, ideographs and syllables have no case
	}
	return chat.Fold(string(composed))
}

// unspaced are the writings that don't part their words, and the Korean one,
// whose words take endings.
var unspaced = []*unicode.RangeTable{
	unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// longVowel lengthens a syllable of either kana, and so belongs to neither.
const longVowel = 'ー'

func kindOf(r rune) kind {
	switch {
	case r < 0x80:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return ofWord
		}
		return parting
	case r >= '가' && r <= '힣':
		return letter
	case unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point), r >= '🏻' && r <= '🏿':
		return unseen // colours of skin, too: a hand is found in each of them
	case r == longVowel, unicode.Is(unicode.So, r), unicode.In(r, unspaced...) && !unicode.IsPunct(r):
		return letter
	case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
		return ofWord
	}
	return parting
}

// maxTerm is how many letters of a word the index holds. Longer ones are told
// apart by their messages.
const maxTerm = 24

// terms returns what a text stands under in the index, each once, in order: its
// words, its letters that are atoms, and the pairs of those that stand together.
func (x *text) terms() []string {
	terms := make([]string, 0, 2*len(x.atoms))
	for i, a := range x.atoms {
		terms = append(terms, x.term(a))
		if x.pairs(i) {
			terms = append(terms, x.letters(a.from-1, a.to))
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// term is what an atom by itself stands under.
func (x *text) term(a atom) string { return x.letters(a.from, min(a.to, a.from+maxTerm)) }

// pairs says whether an atom makes a pair with the one before.
func (x *text) pairs(i int) bool {
	return i > 0 && x.atoms[i].glued && !x.atoms[i].word && !x.atoms[i-1].word
}
