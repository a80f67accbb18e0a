package markup

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Kind says what a token is. Its value is the name on the wire.
type Kind string

// The kinds, each with the fields of Token that it uses.
const (
	Text    Kind = "text"    // Text
	Bold    Kind = "bold"    // Children
	Italic  Kind = "italic"  // Children
	Strike  Kind = "strike"  // Children
	Code    Kind = "code"    // Text
	Pre     Kind = "pre"     // Text, Lang
	Quote   Kind = "quote"   // Children
	List    Kind = "list"    // Ordered, Items
	Link    Kind = "link"    // URL, Children
	Mention Kind = "mention" // ID, Text (the name shown, without the @)
	Break   Kind = "br"
)

// Token is one node of a Tree.
type Token struct {
	Kind     Kind
	Text     string
	URL      string // absolute; http, https or mailto
	Lang     string // empty where none was given
	ID       int64
	Ordered  bool
	Children Tree
	Items    []Tree
}

// Tree is a body as tokens; nil where the body is plain text.
type Tree []Token

// addText appends text in which each \n is a break. There is no empty text.
func (t Tree) addText(s string) Tree {
	for {
		line, rest, more := strings.Cut(s, "\n")
		if line != "" {
			t = append(t, Token{Kind: Text, Text: line})
		}
		if !more {
			return t
		}
		t, s = append(t, Token{Kind: Break}), rest
	}
}

// Plain gives the text of the tree without its marks on one line, for the last
// line in a list of rooms and the like: each stretch of white space is one space,
// and blocks stand apart. A nil tree gives "", for its text is the body.
func (t Tree) Plain() string {
	var b strings.Builder
	t.writePlain(&b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func (t Tree) writePlain(b *strings.Builder) {
	for _, token := range t {
		between := ""
		switch token.Kind {
		case Mention:
			b.WriteByte('@')
		case Break, Pre, Quote, List:
			between = " "
		}
		b.WriteString(between + token.Text)
		token.Children.writePlain(b)
		for _, item := range token.Items {
			item.writePlain(b)
			b.WriteByte(' ')
		}
		b.WriteString(between)
	}
}

// MarshalJSON gives the tree as an array of tokens; a nil tree is null. In it <,
// > and & stay as they are; but json.Marshal escapes them afterwards, as does an
// encoder that is not told SetEscapeHTML(false).
func (t Tree) MarshalJSON() ([]byte, error) { return encode(t.wire()) }

// MarshalJSON gives the token as it goes over the wire: ["bold",[["text","a"]]].
func (t Token) MarshalJSON() ([]byte, error) { return encode(t.wire()) }

func encode(wire []any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(wire)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (t Tree) wire() []any {
	if t == nil {
		return nil
	}
	wire := make([]any, len(t))
	for i, token := range t {
		wire[i] = token.wire()
	}
	return wire
}

func (t Token) wire() []any {
	wire := []any{t.Kind}
	switch t.Kind {
	case Text, Code:
		return append(wire, t.Text)
	case Pre:
		wire = append(wire, t.Text)
		if t.Lang != "" {
			wire = append(wire, t.Lang)
		}
		return wire
	case Mention:
		return append(wire, t.ID, t.Text)
	case Link:
		return append(wire, t.URL, t.Children.wire())
	case List:
		items := make([]any, len(t.Items))
		for i, item := range t.Items {
			items[i] = item.wire()
		}
		return append(wire, t.Ordered, items)
	case Break:
		return wire
	}
	return append(wire, t.Children.wire())
}
