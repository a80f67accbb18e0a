// Package markup turns what people type into a safe token tree.
//
// It owns the subset of Markdown that messages may use, the shape of its
// tokens on the wire, and the finding of mentions and links. Blocks are read
// here, line by line, because nothing in a message is lazy, trimmed or
// escaped away; inside a run of text goldmark's parser drives the small
// parsers of this package and pairs the emphasis marks.
//
// Whatever is not in the subset stays text exactly as typed. The package never
// makes HTML, never fails, never asks a database (the caller resolves
// mentions), and does work that is linear in the length of a body.
package markup

import "strings"

// maxLevel is how deep a token may stand, the top of the tree being level 1.
const maxLevel = 16

// parse is one body being parsed.
type parse struct {
	mention func(name string) (id int64, shown string, ok bool)
	deep    bool // something stands deeper than maxLevel
}

// tooDeep tells whether to give up: here, at this level, or already elsewhere.
func (p *parse) tooDeep(level int) bool {
	p.deep = p.deep || level > maxLevel
	return p.deep
}

// Parse returns body as tokens, and nil where it is plain text: one line
// without marks, or a body that nests deeper than 16 levels. mention resolves
// the name after an @; it is asked for the longest candidate first, and may be
// nil where there is nobody to mention. Any string will do as a body: bytes
// that are not UTF-8 become U+FFFD, and \r\n and \r count as \n.
//
// Each line end between two lines of text is a break, blank lines included.
// The line end and the blank lines beside a quote, a list or a code block give
// nothing, for such a block stands on its own lines anyway; nor do blank lines
// at the edges of a quote or an item.
func Parse(body string, mention func(name string) (id int64, shown string, ok bool)) Tree {
	if isPlain(body) {
		return nil
	}
	p := &parse{mention: mention}
	tree := p.blocks(strings.Split(normal(body), "\n"), 1)
	if p.deep || len(tree) == 0 || len(tree) == 1 && tree[0].Kind == Text {
		return nil
	}
	return tree
}

// isPlain tells cheaply that a body can't hold any token but text, which is so
// for most messages.
func isPlain(body string) bool {
	if strings.ContainsAny(body, "\n\r*_~`>[@") || strings.Contains(body, "://") {
		return false
	}
	_, ok := bulletOf(body)
	return !ok
}

// normal gives body as valid UTF-8 with \n as the only line end.
func normal(body string) string {
	body = strings.ToValidUTF8(body, "\uFFFD")
	if strings.Contains(body, "\r") {
		body = strings.ReplaceAll(body, "\r\n", "\n")
		body = strings.ReplaceAll(body, "\r", "\n")
	}
	return body
}
