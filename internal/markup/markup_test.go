package markup

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for body, want := range map[string]string{
		"plain":                                     "",
		"a\nb\n\nc":                                 "a b c",
		"**a** _b_ ~~c~~ `d`":                       "a b c d",
		"**굵게**입니다":                                 "굵게입니다",
		"안녕 @민아야\n> 인용\n끝":                          "안녕 @민아야 인용 끝",
		"할 일:\n- 하나\n  - 둘\n- **셋**":                "할 일: 하나 둘 셋",
		"a\n```go\nx := 1\n\ty()\n```\nb":           "a x := 1 y() b",
		"[문서](https://a.example)와 http://b.example": "문서와 http://b.example",
	} {
		if got := Parse(body, mention).Plain(); got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for body, want := range map[string][]string{
		"no names":                           nil,
		"a@anna":                             nil,
		"@":                                  nil,
		"@anna":                              {"anna"},
		"@anna @anna":                        {"anna"},
		"@anna.":                             {"anna.", "anna"},
		"@민아":                                {"민아", "민"},
		"@anna에게 @anna":                      {"anna에게", "anna에", "anna"},
		"@가나다라마바":                            {"가나다라마바", "가나다라마", "가나다라", "가나다", "가나"},
		"@anna가b":                            {"anna가b", "anna"},
		"`@a1` [@b1](http://c.d)":            {"a1", "b1"},
		"@" + strings.Repeat("a", 33):        nil,
		"@" + strings.Repeat("a", 32) + "님은": {strings.Repeat("a", 32)},
	} {
		if got := Names(body); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

func TestParseWithoutMentions(t *testing.T) {
	if tree := Parse("@anna", nil); tree != nil {
		t.Errorf("%v", tree)
	}
}

// The name shown is what the caller says, and the longest candidate is the first.
func TestMentionShown(t *testing.T) {
	var asked []string
	tree := Parse("@민아가 왔다", func(name string) (int64, string, bool) {
		asked = append(asked, name)
		return 7, "김민아", name == "민아"
	})
	if want := []string{"민아가", "민아"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	if got, _ := json.Marshal(tree); string(got) != `[["mention",7,"김민아"],["text","가 왔다"]]` {
		t.Errorf("%s", got)
	}
}

// What is not UTF-8 becomes U+FFFD; the corpus, being JSON, can't hold it.
func TestNotUTF8(t *testing.T) {
	got, err := Parse("**a\xff\xfeb**\x80", nil).MarshalJSON()
	if want := "[[\"bold\",[[\"text\",\"a\uFFFDb\"]]],[\"text\",\"\uFFFD\"]]"; err != nil || string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestMarshalJSON(t *testing.T) {
	tree := Parse("**<b>&** \"\\ \u2028\t[<](http://a.example/?a&b)", nil)
	want := `[["bold",[["text","<b>&"]]],["text"," \"\\ \u2028\t"],["link","http://a.example/?a&b",[["text","<"]]]]`
	if got, err := tree.MarshalJSON(); err != nil || string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"tokens": tree}); err != nil || b.String() != `{"tokens":`+want+"}\n" {
		t.Errorf("%s", b.String())
	}
	if got, err := Tree(nil).MarshalJSON(); err != nil || string(got) != "null" {
		t.Errorf("%s %v", got, err)
	}
	if got, _ := tree[0].MarshalJSON(); string(got) != `["bold",[["text","<b>&"]]]` {
		t.Errorf("%s", got)
	}
}
