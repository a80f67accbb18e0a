package markup

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendJSON adds the tree as an array of tokens; a nil tree is null. In it <, >
// and & stay as they are.
func (t Tree) AppendJSON(b []byte) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	return appendList(b, t)
}

// AppendJSON adds the token as it goes over the wire: ["bold",[["text","a"]]].
func (t Token) AppendJSON(b []byte) []byte {
	b = append(append(append(b, `["`...), t.Kind...), '"')
	switch t.Kind {
	case Text, Code:
		b = AppendText(append(b, ','), t.Text)
	case Pre:
		b = AppendText(append(b, ','), t.Text)
		if t.Lang != "" {
			b = AppendText(append(b, ','), t.Lang)
		}
	case Mention:
		b = strconv.AppendInt(append(b, ','), t.ID, 10)
		b = AppendText(append(b, ','), t.Text)
	case Link:
		b = AppendText(append(b, ','), t.URL)
		b = t.Children.AppendJSON(append(b, ','))
	case List:
		b = strconv.AppendBool(append(b, ','), t.Ordered)
		b = appendList(append(b, ','), t.Items)
	case Break:
	default:
		b = t.Children.AppendJSON(append(b, ','))
	}
	return append(b, ']')
}

func appendList[T interface{ AppendJSON(b []byte) []byte }](b []byte, list []T) []byte {
	b = append(b, '[')
	for i, one := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one.AppendJSON(b)
	}
	return append(b, ']')
}

// MarshalJSON gives what AppendJSON adds; but json.Marshal escapes <, > and &
// afterwards, as does an encoder that is not told SetEscapeHTML(false).
func (t Tree) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// MarshalJSON gives what AppendJSON adds.
func (t Token) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// AppendText adds s as encoding/json writes a string, but for <, > and &. What is
// not UTF-8 becomes U+FFFD.
func AppendText(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i, r := range s {
		if r >= ' ' && r != '"' && r != '\\' && r != '\u2028' && r != '\u2029' && r != utf8.RuneError {
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size > 1 {
			continue // somebody typed it
		}
		b = append(b, s[done:i]...)
		done = i + size
		if at := strings.IndexRune("\"\\\b\f\n\r\t", r); at >= 0 {
			b = append(b, '\\', `"\bfnrt`[at])
		} else {
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return append(append(b, s[done:]...), '"')
}
