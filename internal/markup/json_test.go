package markup

import (
	"bytes"
	"encoding/json"
	"testing"
)

// byReflection is what encoding/json makes of v.
func byReflection(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// ofTree is a tree as lists.
func ofTree(t Tree) []any {
	if t == nil {
		return nil
	}
	lists := make([]any, len(t))
	for i, token := range t {
		lists[i] = ofToken(token)
	}
	return lists
}

func ofToken(t Token) []any {
	list := []any{t.Kind}
	switch t.Kind {
	case Text, Code:
		return append(list, t.Text)
	case Pre:
		list = append(list, t.Text)
		if t.Lang != "" {
			list = append(list, t.Lang)
		}
		return list
	case Mention:
		return append(list, t.ID, t.Text)
	case Link:
		return append(list, t.URL, ofTree(t.Children))
	case List:
		items := make([]any, len(t.Items))
		for i, item := range t.Items {
			items[i] = ofTree(item)
		}
		return append(list, t.Ordered, items)
	case Break:
		return list
	}
	return append(list, ofTree(t.Children))
}

// What is encoded by hand is what encoding/json makes of it.
func FuzzJSON(f *testing.F) {
	for _, e := range corpus(f) {
		f.Add(e.Body)
	}
	for _, text := range []string{"", "a\r\nb\tc\bd\fe", "\u2028\u2029\ufffd", "\x00\x1b\x7f", "\"\\/", "<b>&amp;</b>", "\xff\xfe\xed\xa0\x80", "**a** \"b\"\n- c\n- \xc3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := string(AppendText(nil, text)), byReflection(t, text); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, tree := range []Tree{Parse(text, mention), {{Kind: Pre, Text: text, Lang: text}, {Kind: Bold}, {Kind: List, Items: []Tree{nil}}, {Kind: List}}} {
			if got, want := string(tree.AppendJSON(nil)), byReflection(t, ofTree(tree)); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		}
	})
}
