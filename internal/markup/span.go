package markup

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
)

// maxParens is how deep parentheses may nest in the URL of a link. It also bounds
// how many unfinished links can look at the same character.
const maxParens = 4

// span is a stretch of a line that binds tighter than emphasis: code, a link, or
// an image, which is text.
type span struct {
	kind  Kind   // Code or Link, or empty
	inner string // the code, or the text of the link
	url   string
	end   int
}

// spans parses code, links and images. They are found together, once for each
// line, since one decides where the others can start; so a mark that nobody
// closes is not searched for again and again.
type spans struct{}

func (spans) Trigger() []byte { return []byte{'`', '[', '!'} }

func (spans) Parse(_ ast.Node, block gtext.Reader, pc parser.Context) ast.Node {
	r, line, at := here(block, pc)
	if line[0] == '!' && line[1] != '[' {
		return nil
	}
	if end := at + len(line); r.line != end {
		r.line, r.spans = end, findSpans(line, at)
	}
	s, ok := r.spans[at]
	if !ok {
		if line[0] != '`' {
			return nil
		}
		s.end = at + backticks(line) // no part of these backticks is code either
	}
	block.Advance(s.end - at)
	switch s.kind {
	case Code:
		return &node{token: Token{Kind: Code, Text: s.inner}}
	case Link:
		return &node{token: Token{Kind: Link, Text: s.inner, URL: s.url}}
	}
	return ast.NewTextSegment(gtext.NewSegment(at, s.end))
}

// findSpans reads what is left of a line, which starts at base, from left to right.
func findSpans(line string, base int) map[int]span {
	found := map[int]span{}
	closers := closersIn(line)
	var open []int // where brackets stand open; an image's stands on its !
	links := 0     // brackets below this one hold a link, so they can't be one
	for i := 0; i < len(line); {
		switch line[i] {
		case '\\':
			i += 2
		case '`':
			n := backticks(line[i:])
			if end, ok := closers.after(i, n); ok {
				code := unpad(line[i+n : end])
				found[base+i] = span{kind: Code, inner: code, end: base + end + n}
				i = end
			}
			i += n
		case '!':
			if strings.HasPrefix(line[i:], "![") {
				open = append(open, i)
				i++
			}
			i++
		case '[':
			open = append(open, i)
			i++
		case ']':
			i++
			if len(open) == 0 {
				continue
			}
			last := len(open) - 1
			start := open[last]
			open = open[:last]
			held := last < links
			links = min(links, last)
			end := destination(line, i)
			if end == 0 {
				continue
			}
			text, url := line[start+1:i-1], line[i+1:end-1]
			if line[start] == '!' {
				found[base+start] = span{end: base + end}
				i = end
			} else if !held && !isBlank(text) && isSafe(url) {
				found[base+start] = span{Link, text, url, base + end}
				links, i = last, end
			}
		default:
			i++
		}
	}
	return found
}

// destination finds the end of the (url) at line[i:], behind its parenthesis; 0
// where there is none.
func destination(line string, i int) int {
	if i == len(line) || line[i] != '(' {
		return 0
	}
	depth := 0
	for ; i < len(line) && depth <= maxParens; i++ {
		switch line[i] {
		case ' ', '\t', '\n', '\\', '<', '>':
			return 0
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// backticks counts those that s starts with.
func backticks(s string) int { return len(s) - len(strings.TrimLeft(s, "`")) }

// closers holds where the runs of backticks of each length start.
type closers map[int][]int

func closersIn(line string) closers {
	var found closers
	for i := 0; i < len(line); i++ {
		if n := backticks(line[i:]); n > 0 {
			if found == nil {
				found = closers{}
			}
			found[n] = append(found[n], i)
			i += n
		}
	}
	return found
}

// after finds the first run of n backticks behind the one at i. Since i only
// grows, what lies before it is forgotten.
func (c closers) after(i, n int) (int, bool) {
	runs := c[n]
	for len(runs) > 0 && runs[0] <= i {
		runs = runs[1:]
	}
	c[n] = runs
	if len(runs) == 0 {
		return 0, false
	}
	return runs[0], true
}

// unpad takes one space off both ends of code that has them, which is how code
// can start or end with a backtick.
func unpad(code string) string {
	if len(code) > 2 && code[0] == ' ' && code[len(code)-1] == ' ' && strings.Trim(code, " ") != "" {
		return code[1 : len(code)-1]
	}
	return code
}
