package markup

import "strings"

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
