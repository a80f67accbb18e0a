package proxy

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

const stream = "retry: 2000\nevent: hello\ndata: {\"head\":1}\n\nid: 2.aa\nevent: message\ndata: {\"body\":\"마루\"}\n\n"

func TestPlace(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		for c, fits := range map[Cut]func(passed string) bool{
			LoseReply:   func(passed string) bool { return passed == "" },
			InData:      func(passed string) bool { return strings.Contains(lastLine(passed), "data: ") },
			InRune:      func(passed string) bool { return !utf8.ValidString(passed) },
			BeforeBlank: func(passed string) bool { return strings.HasSuffix(passed, "}\n") },
			AfterID:     func(passed string) bool { return strings.HasSuffix(passed, "id: 2.aa\n") },
		} {
			at, found := place(c, []byte(stream), rng)
			if !found || !fits(stream[:at]) {
				t.Errorf("%s with seed %d cuts after %q, found: %t", c, seed, stream[:at], found)
			}
		}
	}
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

// Where the place is not there, the cut is at any place that there is.
func TestNoPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, text := range []string{"", "x", "data: ", "data: x", "id: 1", "HTTP/1.1 304 Not Modified\r\n\r\n"} {
		for _, c := range []Cut{InData, InRune, BeforeBlank, AfterID} {
			if at, found := place(c, []byte(text), rng); found || at < 0 || at > len(text) {
				t.Errorf("%s in %q: %d, %t", c, text, at, found)
			}
		}
	}
}
