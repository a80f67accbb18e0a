package markup

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// lang is what may stand as the language of fenced code.
var lang = regexp.MustCompile(`^[A-Za-z0-9+#._-]{1,32}$`)

// blocks reads the lines of a body, a quote or an item. A container is a run of
// lines, so its inside is these lines without their marks, read in the same way.
func (p *parse) blocks(lines []string, level int) Tree {
	if p.tooDeep(level) {
		return nil
	}
	var tree Tree
	var fences fences
	text := 0 // the first line that is in no block yet
	for i := 0; i < len(lines); {
		token, n := fences.pre(lines, i)
		if n == 0 {
			token, n = p.quote(lines[i:], level)
		}
		if n == 0 {
			token, n = p.list(lines[i:], level)
		}
		if token.Kind == "" { // lines of text, as many as were looked at
			i += max(n, 1)
			continue
		}
		tree = p.text(tree, lines[text:i], level, true)
		tree = append(tree, token)
		i += n
		text = i
	}
	return p.text(tree, lines[text:], level, false)
}

// text appends lines of text to the tree. Blank lines are dropped beside a block
// and at the edges of a container, but not at the edges of the body.
func (p *parse) text(tree Tree, lines []string, level int, blockFollows bool) Tree {
	for (level > 1 || len(tree) > 0) && len(lines) > 0 && isBlank(lines[0]) {
		lines = lines[1:]
	}
	for (level > 1 || blockFollows) && len(lines) > 0 && isBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return append(tree, p.inline(strings.Join(lines, "\n"), level, false)...)
}

// quote reads the lines that start with >. Where they hold nothing else, all of
// them are text: the token has no kind.
func (p *parse) quote(lines []string, level int) (Token, int) {
	var inner []string
	empty := true
	for _, line := range lines {
		cols, rest := indent(line)
		if cols > 3 || !strings.HasPrefix(rest, ">") {
			break
		}
		rest = rest[1:]
		if rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
			rest = rest[1:]
		}
		inner = append(inner, rest)
		empty = empty && strings.TrimLeftFunc(rest, isQuoteOrSpace) == ""
	}
	if empty {
		return Token{}, len(inner)
	}
	return Token{Kind: Quote, Children: p.blocks(inner, level+1)}, len(inner)
}

// bullet is the mark of a list item and what follows it on its line.
type bullet struct {
	indent int    // columns before the mark
	width  int    // columns up to the content
	number string // as typed; empty for a dash
	rest   string
}

// bulletOf reads the mark that starts a line: a dash, or digits and a full stop,
// and then a space and content.
func bulletOf(line string) (b bullet, ok bool) {
	cols, s := indent(line)
	mark := 0
	for mark < len(s) && mark < 9 && '0' <= s[mark] && s[mark] <= '9' {
		mark++
	}
	if mark == len(s) || cols > 3 || s[mark] != '.' && mark > 0 || s[mark] != '-' && mark == 0 {
		return b, false
	}
	space, rest := indent(s[mark+1:])
	if space == 0 || isBlank(rest) {
		return b, false
	}
	return bullet{indent: cols, width: cols + mark + 1 + space, number: s[:mark], rest: rest}, true
}

// follows tells whether the bullet goes on with the list of the one before it.
// A number that doesn't would be shown as another one than was typed.
func (b bullet) follows(before bullet) bool {
	if b.number == "" || before.number == "" {
		return b.number == before.number
	}
	n, _ := strconv.Atoi(before.number)
	return b.number == strconv.Itoa(n+1) || b.number == "1" && n == 1
}

// list reads items. To an item belong the lines after it that stand two or more
// columns further in than its mark, with the blank lines between them; such
// lines lose up to the width of the mark.
func (p *parse) list(lines []string, level int) (Token, int) {
	before, ok := bulletOf(lines[0])
	if !ok || before.number != "" && before.number != "1" {
		return Token{}, 0
	}
	list := Token{Kind: List, Ordered: before.number != ""}
	end := 0 // after the last line of the list that is not blank
	for n := 0; n < len(lines); {
		b, ok := bulletOf(lines[n])
		if !ok || n > 0 && !b.follows(before) {
			break
		}
		inner := []string{b.rest}
		for n, end = n+1, n+1; n < len(lines); n++ {
			if isBlank(lines[n]) {
				continue
			}
			if cols, _ := indent(lines[n]); cols < b.indent+2 {
				break
			}
			for ; end <= n; end++ {
				inner = append(inner, outdent(lines[end], b.width))
			}
		}
		list.Items = append(list.Items, p.blocks(inner, level+1))
		before = b
	}
	return list, end
}

// fences knows, once it is asked, for each line the longest closing fence of
// either kind that is still to come, so that a fence nobody closes costs nothing.
type fences struct {
	toCome [][2]int
}

// fenceOf reads a line that may open or close fenced code. kind is 0 for
// backticks and 1 for tildes, length 0 where there is no fence.
func fenceOf(line string) (kind, length int, info string) {
	cols, s := indent(line)
	if cols > 3 || s == "" || s[0] != '`' && s[0] != '~' {
		return 0, 0, ""
	}
	if s[0] == '~' {
		kind = 1
	}
	info = strings.TrimLeft(s, s[:1])
	length = len(s) - len(info)
	if length < 3 || kind == 0 && strings.Contains(info, "`") {
		return 0, 0, ""
	}
	return kind, length, strings.Trim(info, " \t")
}

// pre reads fenced code that opens at lines[i]. A fence that is never closed is text.
func (f *fences) pre(lines []string, i int) (Token, int) {
	kind, length, info := fenceOf(lines[i])
	if length == 0 {
		return Token{}, 0
	}
	if f.toCome == nil {
		f.toCome = make([][2]int, len(lines)+1)
		for j := len(lines) - 1; j >= 0; j-- {
			f.toCome[j] = f.toCome[j+1]
			if k, n, info := fenceOf(lines[j]); info == "" {
				f.toCome[j][k] = max(f.toCome[j][k], n)
			}
		}
	}
	if f.toCome[i+1][kind] < length {
		return Token{}, 0
	}
	end := i + 1
	for ; ; end++ {
		if k, n, info := fenceOf(lines[end]); k == kind && n >= length && info == "" {
			break
		}
	}
	word, _, _ := strings.Cut(strings.ReplaceAll(info, "\t", " "), " ")
	if !lang.MatchString(word) {
		word = ""
	}
	return Token{Kind: Pre, Text: strings.Join(lines[i+1:end], "\n"), Lang: word}, end + 1 - i
}

func isQuoteOrSpace(r rune) bool { return r == '>' || unicode.IsSpace(r) }

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// indent measures the white space that starts a line; a tab counts four columns.
func indent(line string) (cols int, rest string) {
	for i := range len(line) {
		switch line[i] {
		case ' ':
			cols++
		case '\t':
			cols += 4
		default:
			return cols, line[i:]
		}
	}
	return cols, ""
}

// outdent takes up to width columns of white space off the start of a line.
func outdent(line string, width int) string {
	for width > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
		if line[0] == '\t' {
			width -= 3
		}
		width--
		line = line[1:]
	}
	return line
}
