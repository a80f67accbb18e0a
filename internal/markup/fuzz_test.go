package markup

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	for _, e := range corpus(f) {
		f.Add(e.Body)
	}
	for _, body := range []string{"a\xffb\n**\xc3**", "**a\xe2\x80**\nb", strings.Repeat("> - ", 9) + "a", "\x00\r\n\r\t- \t-"} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		asked := map[string]bool{}
		tree := Parse(body, func(name string) (int64, string, bool) {
			asked[name] = true
			id, ok := people[name]
			return id, name, ok
		})
		check(t, body, tree)
		names := Names(body)
		for name := range asked {
			if !slices.Contains(names, name) {
				t.Errorf("mention was asked for %q, which is not in Names: %q", name, names)
			}
		}
		if strings.ContainsAny(tree.Plain(), "\r\n") {
			t.Errorf("Plain has more than one line: %q", tree.Plain())
		}
	})
}

// check asserts what holds for every tree of a body.
func check(t *testing.T, body string, tree Tree) {
	t.Helper()
	if tree == nil {
		return
	}
	if len(tree) == 0 || len(tree) == 1 && tree[0].Kind == Text {
		t.Errorf("%q: a tree that says no more than the body: %v", body, tree)
	}
	checkTree(t, tree, 1)
	data, err := json.Marshal(tree)
	if err != nil || !json.Valid(data) || !utf8.Valid(data) {
		t.Errorf("%q: bad JSON: %v %s", body, err, data)
	}

	var text strings.Builder
	onlyText := typed(&text, tree)
	got := text.String()
	want := normal(body)
	if onlyText && got != want {
		t.Errorf("text is not as typed:\n got %q\nwant %q", got, want)
	}
	for line := range strings.SplitSeq(want, "\n") {
		if _, length, _ := fenceOf(strings.TrimLeft(line, " \t>-1234567890.")); length > 0 {
			continue // the words behind a fence may be left out
		}
		for _, r := range line {
			if unicode.IsSpace(r) || strings.ContainsRune("*_~`>-[]()!@1234567890.", r) {
				continue
			}
			i := strings.IndexRune(got, r)
			if i < 0 {
				t.Fatalf("%q: %q of %q is lost", body, r, line)
			}
			got = got[i+utf8.RuneLen(r):]
		}
	}
}

func checkTree(t *testing.T, tree Tree, level int) {
	t.Helper()
	if level > maxLevel {
		t.Errorf("level %d", level)
	}
	for i, token := range tree {
		inner := len(token.Children) > 0
		switch token.Kind {
		case Text:
			if token.Text == "" || strings.ContainsAny(token.Text, "\r\n") || i > 0 && tree[i-1].Kind == Text {
				t.Errorf("bad text: %v", tree)
			}
			inner = true
		case Code:
			inner = token.Text != ""
		case Pre:
			inner = true
			if token.Lang != "" && !lang.MatchString(token.Lang) {
				t.Errorf("language %q", token.Lang)
			}
		case Mention:
			inner = people[token.Text] == token.ID
		case Break:
			inner = true
		case Link:
			u, err := url.Parse(token.URL)
			if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) {
				t.Errorf("URL %q: %v", token.URL, err)
			}
		case List:
			inner = len(token.Items) > 0
			for _, item := range token.Items {
				inner = inner && len(item) > 0
				checkTree(t, item, level+1)
			}
		case Bold, Italic, Strike, Quote:
		default:
			t.Errorf("kind %q", token.Kind)
		}
		if !inner {
			t.Errorf("nothing in %v", token)
		}
		if token.Children != nil {
			checkTree(t, token.Children, level+1)
		}
	}
}

// typed writes what stands in the tree in the order of the body, and tells
// whether it is only text and line ends.
func typed(b *strings.Builder, tree Tree) bool {
	only := true
	for _, token := range tree {
		only = only && (token.Kind == Text || token.Kind == Break)
		b.WriteString(token.Lang)
		if token.Kind == Break {
			b.WriteByte('\n')
		}
		b.WriteString(token.Text)
		typed(b, token.Children)
		for _, item := range token.Items {
			typed(b, item)
		}
		b.WriteString(token.URL)
	}
	return only
}
