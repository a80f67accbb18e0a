package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
)

// A name has at most maxName code points, and at most maxParticle of them can
// turn out to be a Korean particle that was glued to it.
const (
	maxName     = 32
	maxParticle = 4
)

// Names gives the names that Parse may ask mention for, in order and without
// doubles, so that a caller can look them up at once. It knows nothing of code
// and links, so some of them may never be asked for.
func Names(body string) []string {
	var names []string
	seen := map[string]bool{}
	before, rest, found := strings.Cut(body, "@")
	for ; found; before, rest, found = strings.Cut(rest, "@") {
		if last, _ := utf8.DecodeLastRuneInString(before); isName(last) {
			continue
		}
		for _, name := range candidates(rest) {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// mentions parses @name.
type mentions struct{}

func (mentions) Trigger() []byte { return []byte{'@'} }

func (mentions) Parse(_ ast.Node, block gtext.Reader, pc parser.Context) ast.Node {
	r, line, _ := here(block, pc)
	if r.mention == nil || r.inLink || isName(block.PrecendingCharacter()) {
		return nil
	}
	for _, name := range candidates(line[1:]) {
		if id, shown, ok := r.mention(name); ok {
			block.Advance(1 + len(name))
			return &node{token: Token{Kind: Mention, ID: id, Text: shown}}
		}
	}
	return nil
}

// isName holds for what a name is made of.
func isName(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nd, unicode.M) || r == '.' || r == '_' || r == '-'
}

// candidates gives the names that s, which stands behind an @, may start with,
// the longest first: all of it that can be a name, then without the punctuation
// at its end, then without a Korean particle. A shorter piece of a longer word
// is no candidate: @annabel never means anna.
func candidates(s string) []string {
	if end := strings.IndexFunc(s, func(r rune) bool { return !isName(r) }); end >= 0 {
		s = s[:end]
	}
	word := strings.TrimRight(s, "._-")
	if len(word) > utf8.UTFMax*(maxName+maxParticle) {
		return nil
	}
	var found []string
	offer := func(name string) {
		if name != "" && utf8.RuneCountInString(name) <= maxName {
			found = append(found, name)
		}
	}
	for n := min(len(s), len(word)+maxName); n > len(word); n-- {
		offer(s[:n])
	}
	offer(word)
	for range maxParticle {
		r, size := utf8.DecodeLastRuneInString(word)
		word = word[:len(word)-size]
		if '가' <= r && r <= '힣' {
			offer(word)
		}
	}
	return found
}
