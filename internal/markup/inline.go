package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxMarks bounds the emphasis marks of a stretch of text, for goldmark pairs them
// in time quadratic to their number. Those beyond it stay text. A message of 4,000
// characters has room for no more marks around letters.
const maxMarks = 2000

// inlines finds what stands inside text. A backslash before a mark keeps
// goldmark from asking for it, so both stay text, the backslash too.
var inlines = parser.NewParser(
	parser.WithBlockParsers(util.Prioritized(paragraph{}, 1)),
	parser.WithInlineParsers(
		util.Prioritized(spans{}, 1),
		util.Prioritized(addresses{}, 2),
		util.Prioritized(mentions{}, 3),
		util.Prioritized(emphasis('*'), 4),
		util.Prioritized(emphasis('_'), 5),
		util.Prioritized(emphasis('~'), 6),
	),
)

// run is what the parsers of a stretch of text share; runKey is where they find it.
type run struct {
	*parse
	source string
	inLink bool         // the text of a link: no mentions, no links
	marks  int          // emphasis marks so far
	line   int          // where the line ends that spans are known for
	spans  map[int]span // by where they start
}

var runKey = parser.NewContextKey()

// here gives what the parsers share, what is left of the line they are asked at,
// and where that starts.
func here(block gtext.Reader, pc parser.Context) (r *run, line string, at int) {
	r = pc.Get(runKey).(*run)
	_, left := block.PeekLine()
	return r, r.source[left.Start:left.Stop], left.Start
}

// inline reads text. Emphasis may go over a line end, but not over a blank line;
// nothing else goes over a line end.
func (p *parse) inline(s string, level int, inLink bool) Tree {
	if !strings.ContainsAny(s, "*_~`[@") && !strings.Contains(s, "://") {
		return Tree(nil).addText(s)
	}
	// The last line gets an end as well, so that all of them read the same.
	r := &run{parse: p, source: s + "\n", inLink: inLink}
	pc := parser.NewContext()
	pc.Set(runKey, r)
	doc := inlines.Parse(gtext.NewReader([]byte(r.source)), parser.WithContext(pc))
	var tree Tree
	end := 0
	for c := doc.FirstChild(); c != nil; c = c.NextSibling() {
		lines := c.Lines()
		tree = tree.addText(r.source[end:lines.At(0).Start]) // blank lines
		tree = append(tree, r.tokens(c, level)...)
		end = lines.At(lines.Len() - 1).Stop
	}
	tree = tree.addText(r.source[end:])
	return tree[:max(len(tree)-1, 0)]
}

// node carries a token through goldmark's tree. Only emphasis has children there.
type node struct {
	ast.BaseInline
	token Token
}

var nodeKind = ast.NewNodeKind("Token")

func (n *node) Kind() ast.NodeKind            { return nodeKind }
func (n *node) Dump(source []byte, depth int) { ast.DumpHelper(n, source, depth, nil, nil) }

// tokens turns goldmark's nodes into a tree.
func (r *run) tokens(parent ast.Node, level int) Tree {
	if r.tooDeep(level) {
		return nil
	}
	var tree Tree
	var text strings.Builder // since the last token that is not text
	for c := parent.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			text.WriteString(r.source[c.Segment.Start:c.Segment.Stop])
			if c.SoftLineBreak() || c.HardLineBreak() {
				// Goldmark trims the end of a line; it is put back as typed.
				trimmed, _, _ := strings.Cut(r.source[c.Segment.Stop:], "\n")
				text.WriteString(trimmed + "\n")
			}
		case *node:
			tree = append(tree.addText(text.String()), r.token(c, level))
			text.Reset()
		}
	}
	return tree.addText(text.String())
}

func (r *run) token(n *node, level int) Token {
	token := n.token
	switch {
	case n.HasChildren():
		token.Children = r.tokens(n, level+1)
	case token.Kind == Link && !r.tooDeep(level+1):
		token.Text = ""
		if n.token.Text == token.URL { // a bare URL, in which _ marks nothing
			token.Children = Tree{{Kind: Text, Text: token.URL}}
		} else {
			token.Children = r.inline(n.token.Text, level+1, true)
		}
	}
	return token
}

// paragraph is goldmark's paragraph, but every line is kept as it is.
type paragraph struct{}

func (paragraph) Trigger() []byte             { return nil }
func (paragraph) CanInterruptParagraph() bool { return false }
func (paragraph) CanAcceptIndentedLine() bool { return true }

func (b paragraph) Open(_ ast.Node, reader gtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	n := ast.NewParagraph()
	b.Continue(n, reader, pc)
	return n, parser.NoChildren
}

func (paragraph) Continue(n ast.Node, reader gtext.Reader, _ parser.Context) parser.State {
	line, segment := reader.PeekLine()
	if util.IsBlank(line) {
		return parser.Close
	}
	n.Lines().Append(segment)
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (paragraph) Close(ast.Node, gtext.Reader, parser.Context) {}

// emphasis is one of the marks *, _ and ~, of which * and ** mark, _ alone and
// ~~ alone. The pairing is goldmark's; what may open and close is decided here.
type emphasis byte

func (e emphasis) Trigger() []byte         { return []byte{byte(e)} }
func (e emphasis) IsDelimiter(b byte) bool { return b == byte(e) }

func (e emphasis) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (e emphasis) OnMatch(consumed int) ast.Node {
	kind := Italic
	if e == '~' {
		kind = Strike
	} else if consumed == 2 {
		kind = Bold
	}
	return &node{token: Token{Kind: kind}}
}

func (e emphasis) Parse(_ ast.Node, block gtext.Reader, pc parser.Context) ast.Node {
	r, line, at := here(block, pc)
	n := len(line) - len(strings.TrimLeft(line, line[:1]))
	before := block.PrecendingCharacter()
	after, _ := utf8.DecodeRuneInString(line[n:])
	canOpen, canClose := e.flanks(before, after)
	mark := gtext.NewSegment(at, at+n)
	block.Advance(n)
	r.marks++
	if e == '_' && n != 1 || e == '~' && n != 2 || r.marks > maxMarks || !canOpen && !canClose {
		return ast.NewTextSegment(mark)
	}
	d := parser.NewDelimiter(canOpen, canClose, n, byte(e), e)
	d.Segment = mark
	pc.PushDelimiter(d)
	return d
}

// flanks says by the characters around it whether a mark may open or close, as
// CommonMark does, but for two things. Where words are not divided by spaces, as
// particles are glued to what they mark in Korean, a letter outside the mark
// allows punctuation inside: **"인용"**입니다; but not for _, which never marks
// inside a word. And the _ of a face, ^_^ or >_<, is none.
func (e emphasis) flanks(before, after rune) (canOpen, canClose bool) {
	spaceBefore, spaceAfter := unicode.IsSpace(before), unicode.IsSpace(after)
	punctBefore, punctAfter := isPunct(before), isPunct(after)
	left := !spaceAfter && (!punctAfter || spaceBefore || punctBefore || e != '_' && isGlued(before))
	right := !spaceBefore && (!punctBefore || spaceAfter || punctAfter || e != '_' && isGlued(after))
	if e == '_' {
		face := punctBefore && (before == after || before == '>' && after == '<')
		return !face && left && (!right || punctBefore), !face && right && (!left || punctAfter)
	}
	return left, right
}

func isPunct(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// isGlued holds for letters of the scripts that put no space between a word and
// its particles.
func isGlued(r rune) bool {
	return unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
