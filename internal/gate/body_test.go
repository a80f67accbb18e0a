package gate

import "testing"

func TestLoneSurrogate(t *testing.T) {
	for text, want := range map[string]bool{
		``: false, `\`: false, `\u`: false, `\ud800`: true, `\udc00`: true, `\ud83d\ude00`: false, `\\ud800`: false, `\\\ud800`: true,
		`\ud83d x`: true, `\ud83d\n`: true, `\ud83d\ud83d\ude00`: true, `\u0041`: false, `\uDBFF\uDFFF`: false, `\uD800`: true,
	} {
		if got := loneSurrogate([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
