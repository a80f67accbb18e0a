package markup

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
)

// isSafe tells whether a URL may be followed from a message: http or https with
// a host, or mailto with an address, and nothing in it that can't be seen.
func isSafe(raw string) bool {
	if strings.ContainsFunc(raw, isHidden) {
		return false
	}
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	switch u.Scheme { // in lower case already
	case "http", "https":
		return u.Hostname() != ""
	case "mailto":
		name, host, _ := strings.Cut(u.Opaque, "@")
		return name != "" && host != ""
	}
	return false
}

// isHidden holds for white space, control and formatting characters, what is not
// UTF-8, and the backslash, which browsers take for a slash.
func isHidden(r rune) bool {
	return r == '\\' || r == utf8.RuneError || unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
}

// addresses parses bare URLs. It is asked at the colon, since goldmark asks for
// punctuation only, and then takes the scheme off the text before it.
type addresses struct{}

func (addresses) Trigger() []byte { return []byte{':'} }

func (addresses) Parse(parent ast.Node, block gtext.Reader, pc parser.Context) ast.Node {
	r, line, at := here(block, pc)
	text, ok := parent.LastChild().(*ast.Text)
	if r.inLink || !ok || text.Segment.Stop != at || !strings.HasPrefix(line, "://") {
		return nil
	}
	scheme := schemeLen(r.source[text.Segment.Start:at])
	start := at - scheme
	before, _ := utf8.DecodeLastRuneInString(r.source[:start])
	if scheme == 0 || unicode.In(before, unicode.L, unicode.N) {
		return nil
	}
	// The host is looked at first: where it will do, so will any path.
	end := at + len("://") + hostLen(line[len("://"):])
	if !isSafe(r.source[start:end]) {
		return nil
	}
	if strings.IndexByte("/?#", r.source[end]) >= 0 {
		end += pathLen(r.source[end : at+len(line)])
	}
	address := strings.TrimRight(r.source[start:end], ".,:;!?'*_~([")
	text.Segment = text.Segment.WithStop(start)
	block.Advance(len(address) - scheme)
	return &node{token: Token{Kind: Link, Text: address, URL: address}}
}

// schemeLen measures the http or https that ends s.
func schemeLen(s string) int {
	for _, scheme := range []string{"https", "http"} {
		if n := len(scheme); len(s) >= n && strings.EqualFold(s[len(s)-n:], scheme) {
			return n
		}
	}
	return 0
}

// hostLen measures a host with its port. A host may be Hangul, but Hangul glued
// to ASCII in its last label is a particle (example.com에서), as no top-level
// domain is made of both.
func hostLen(s string) int {
	glued := -1    // where such a letter joined ASCII in this label
	ascii := false // this label has ASCII
	var before rune
	for i, r := range s {
		word := unicode.In(r, unicode.L, unicode.N, unicode.M)
		bracket := r == '[' && i == 0 || r == ']' && s[0] == '['
		if !word && !bracket && !strings.ContainsRune("-._:@", r) {
			s = s[:i]
			break
		}
		if word && (before == '.' || before == '@') {
			glued, ascii = -1, false
		}
		if glued < 0 && ascii && isGlued(r) {
			glued = i
		}
		ascii = ascii || word && r < utf8.RuneSelf
		before = r
	}
	if glued >= 0 {
		return glued
	}
	return len(s)
}

// pathLen measures what follows the host. It ends at Hangul (a particle: inside
// a URL it is percent-encoded), at what no URL holds, at a bracket that closes
// none of its own, and at marks that close the emphasis around it.
func pathLen(s string) int {
	round, square := 0, 0
	for i, r := range s {
		switch {
		case r == '(':
			round++
		case r == '[':
			square++
		case r == ')':
			round--
		case r == ']':
			square--
		}
		rest := s[i:]
		if round < 0 || square < 0 || isHidden(r) || unicode.Is(unicode.Hangul, r) ||
			strings.ContainsRune("<>\"`", r) ||
			r >= utf8.RuneSelf && !unicode.In(r, unicode.L, unicode.N, unicode.M) ||
			strings.HasPrefix(rest, "**") || strings.HasPrefix(rest, "~~") ||
			r == '%' && !isEscape(rest) {
			return i
		}
	}
	return len(s)
}

// isEscape tells whether s starts with a percent sign and two hexadecimal digits.
func isEscape(s string) bool {
	return len(s) >= 3 && strings.Trim(s[1:3], "0123456789abcdefABCDEF") == ""
}
