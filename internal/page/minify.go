package page

import (
	"fmt"
	"regexp"
	"strings"
)

// minify takes out of a script what is there for its readers: comments, indents,
// spaces, and all but a letter or two of private names. It knows words, texts,
// templates and patterns, and no more of the language: a line end that might end a
// statement stays. It also returns the texts in single quotes and the templates.
func minify(script string) (short string, texts []string, err error) {
	m := minifier{rest: script, private: map[string]string{}}
	for m.rest != "" && err == nil {
		err = m.next()
	}
	return m.out.String() + "\n", m.texts, err
}

type minifier struct {
	rest    string
	out     strings.Builder
	last    string // the token before
	gap     string // what stood between it and the next one: nothing, a space, or a line end
	private map[string]string
	texts   []string
}

// next moves one token from the rest to what is written.
func (m *minifier) next() (err error) {
	length := blankLength(m.rest)
	if length > 0 {
		if m.gap == "" {
			m.gap = " "
		}
		if strings.Contains(m.rest[:length], "\n") {
			m.gap = "\n"
		}
		m.rest = m.rest[length:]
		return nil
	}
	switch c := m.rest[0]; {
	case wordy(c):
		for length < len(m.rest) && wordy(m.rest[length]) {
			length++
		}
	case c == '\'' || c == '"':
		length, err = textLength(m.rest)
	case c == '`':
		length, err = templateLength(m.rest)
	case c == '/' && m.beginsValue():
		length = max(1, len(pattern.FindString(m.rest)))
	default:
		length = 1
	}
	if err == nil {
		m.write(m.rest[:length])
		m.rest = m.rest[length:]
	}
	return err
}

// write writes a token, and before it what must stand between it and the last one.
func (m *minifier) write(token string) {
	if token[0] == '\'' || token[0] == '`' {
		m.texts = append(m.texts, token)
	}
	if m.last != "" && m.gap != "" {
		glued := wordy(m.last[len(m.last)-1]) && wordy(token[0]) || m.last == token && strings.Contains("+-", token)
		ends := m.gap == "\n" && !strings.Contains("{;,(=|&?:[>", m.last) && !strings.Contains("})];,.?:|&", token)
		if glued || ends {
			m.out.WriteString(m.gap)
		}
	}
	m.out.WriteString(m.shorten(token))
	m.last, m.gap = token, ""
}

func wordy(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '#' || c >= 0x80
}

// blankLength returns how long the space or the comment is that a script begins with.
func blankLength(script string) int {
	switch {
	case strings.HasPrefix(script, "//"):
		line, _, _ := strings.Cut(script, "\n")
		return len(line)
	case strings.HasPrefix(script, "/*"):
		comment, _, _ := strings.Cut(script, "*/")
		return min(len(comment)+2, len(script))
	}
	return len(script) - len(strings.TrimLeft(script, " \t\n"))
}

// beginsValue reports whether a value can stand here: a slash then begins a pattern,
// and is no division.
func (m *minifier) beginsValue() bool {
	switch m.last {
	case "", "return", "typeof", "case", "of", "in":
		return true
	}
	return strings.Contains("(,=:[!&|?{};+>", m.last)
}

var pattern = regexp.MustCompile(`^/(\\.|\[(\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*`)

// textLength returns how long the text is that a script begins with.
func textLength(script string) (int, error) {
	for i := 1; i < len(script); i++ {
		switch script[i] {
		case '\\':
			i++
		case script[0]:
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("a text has no end: %.40s", script)
}

// templateLength returns how long the template is that a script begins with.
func templateLength(script string) (int, error) {
	for i := 1; i < len(script); i++ {
		switch {
		case script[i] == '\\':
			i++
		case script[i] == '`':
			return i + 1, nil
		case strings.HasPrefix(script[i:], "${"):
			length, err := valueLength(script[i+2:])
			if err != nil {
				return 0, err
			}
			i += 1 + length
		}
	}
	return 0, fmt.Errorf("a template has no end: %.40s", script)
}

// valueLength returns how long the value in a template is, with the brace that ends it.
func valueLength(script string) (int, error) {
	depth := 1
	for i := 0; i < len(script); i++ {
		length, err := 1, error(nil)
		switch script[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		case '\'', '"':
			length, err = textLength(script[i:])
		case '`':
			length, err = templateLength(script[i:])
		}
		if err != nil {
			return 0, err
		}
		i += length - 1
	}
	return 0, fmt.Errorf("a value in a template has no end: %.40s", script)
}

var privateIn = regexp.MustCompile(`\.#\w+`)

// shorten gives a private name a short one, the same in all classes: nothing
// outside of its class can see it.
func (m *minifier) shorten(token string) string {
	switch token[0] {
	case '`':
		return privateIn.ReplaceAllStringFunc(token, func(name string) string { return "." + m.shorten(name[1:]) })
	case '#':
		short, ok := m.private[token]
		if !ok {
			short = "#" + shortName(len(m.private))
			m.private[token] = short
		}
		return short
	}
	return token
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func shortName(n int) string {
	if n < len(letters) {
		return letters[n : n+1]
	}
	return shortName(n/len(letters)-1) + letters[n%len(letters):n%len(letters)+1]
}

var (
	aroundSigns = regexp.MustCompile(`\s*([{};,])\s*`)
	spaces      = regexp.MustCompile(`\s+`)
)

// minifyStyle takes the spaces out of a style sheet that it does not need.
func minifyStyle(css string) string {
	css = aroundSigns.ReplaceAllString(css, "$1")
	css = strings.ReplaceAll(strings.ReplaceAll(css, ": ", ":"), ";}", "}")
	return spaces.ReplaceAllString(strings.TrimSpace(css), " ")
}
