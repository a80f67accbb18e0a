package page

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// An excerpt of a short text is all of it, on one line.
func TestShortExcerpts(t *testing.T) {
	tests := []struct {
		name, body string
		marks      [][2]int
		want       string
	}{
		{"one mark", "안녕하세요", [][2]int{{2, 4}}, "안녕[하세]요"},
		{"several marks", "a b a", [][2]int{{0, 1}, {4, 5}}, "[a] b [a]"},
		{"on one line", " a\n\n  b\t", [][2]int{{6, 7}}, "a [b]"},
		{"a space that is marked", "the  sea", [][2]int{{0, 8}}, "[the sea]"},
	}
	for _, test := range tests {
		if got := shown(excerpt(test.body, test.marks)); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// An excerpt of a long text has the first mark, and cuts no letters, nor words
// where there are spaces.
func TestLongExcerpts(t *testing.T) {
	tests := []struct{ unit, body string }{
		{"바다 ", strings.Repeat("바다 ", 100)},
		{"가", strings.Repeat("가", 4000)},
		{"\u1112\u1161\u11ab", strings.Repeat("\u1112\u1161\u11ab", 200)}, // a syllable that is not composed
		{"👍🏽", strings.Repeat("👍🏽", 300)},
	}
	for _, test := range tests {
		step, n := utf8.RuneCountInString(test.unit), utf8.RuneCountInString(test.body)
		for at := 0; at < n; at += step {
			got := shown(excerpt(test.body, [][2]int{{at, at + step}}))
			plain := strings.NewReplacer("[", "", "]", "", "…", "").Replace(got)
			if !strings.Contains(got, "["+strings.TrimSpace(test.unit)) {
				t.Fatalf("%q: the mark at %d is not in %q", test.unit, at, got)
			}
			if plain = strings.TrimSpace(plain) + strings.Repeat(" ", strings.Count(test.unit, " ")); strings.ReplaceAll(plain, test.unit, "") != "" {
				t.Fatalf("%q: what is around the mark at %d is cut: %q", test.unit, at, got)
			}
			if utf8.RuneCountInString(plain) > excerptLength+1 {
				t.Fatalf("%q: around the mark at %d are %d letters", test.unit, at, utf8.RuneCountInString(plain))
			}
		}
	}
}

func shown(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Marked {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
