package site

import (
	"testing"
	"time"
)

// Whatever a stranger sends as a token is refused, and in no time.
func FuzzToken(f *testing.F) {
	const head = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzIiwidHlwIjoiSldUIn0"
	for _, seed := range []string{"", "..", "a.b.c", head + ".e30.", head + ".eyJpc3MiOiJzaG9wIn0.AA", "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := readToken(text)
		if err != nil {
			return
		}
		if token.signed+"."+text[len(token.signed)+1:] != text {
			t.Errorf("%q is signed as %q", text, token.signed)
		}
		token.claims.Check(time.Now())
		for _, algorithm := range []string{HS256, EdDSA, ES256, "none"} {
			if v, err := newVerifier(algorithm, "a secret of thirty-two characters at least"); err == nil && token.verify(v) == nil {
				t.Errorf("%q is believed", text)
			}
		}
	})
}
