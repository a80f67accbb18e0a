package client

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestWatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	canaries := Canaries{}
	one, other := canaries.Canary(rng, "one"), canaries.Canary(rng, "other")
	text := "kanari " + one + "x" + canaryMark + canaryMark + other + one + " kanar"
	for size := 1; size <= len(text); size++ {
		var found []string
		w := watch{canaries: canaries, seen: map[string]bool{}, found: func(room string) { found = append(found, room) }}
		for part := range slices.Chunk([]byte(text), size) {
			w.Write(part)
		}
		if !slices.Equal(found, []string{"one", "other"}) {
			t.Fatalf("in parts of %d it found %v", size, found)
		}
	}
}

func TestWatchOtherRuns(t *testing.T) {
	w := watch{canaries: Canaries{}, seen: map[string]bool{}, found: func(room string) { t.Errorf("it found %q", room) }}
	w.Write([]byte("a canary of another run: " + canaryMark + strings.Repeat("0", 16)))
}

func TestBody(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		body := Body(rng, "canary", "c001-m7", 3)
		if msg, version := Parse(body); msg != "c001-m7" || version != 3 {
			t.Fatalf("%q is version %d of %q", body, version, msg)
		}
		if strings.TrimSpace(body) != body || strings.Contains(body, "'") {
			t.Fatalf("%q would not be stored as it is", body)
		}
	}
	for _, body := range []string{"", "a", "a b"} {
		if msg, version := Parse(body); msg != "" || version != 0 {
			t.Errorf("%q is version %d of %q", body, version, msg)
		}
	}
}

func TestForge(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		for _, cursor := range []string{"7.00000000", "7.7fffffff"} {
			forged := forge(rng, cursor)
			number, tag, _ := strings.Cut(forged, ".")
			if forged == cursor || len(tag) != 8 || number != "7" && number != "7000000" {
				t.Errorf("%s was forged to %s", cursor, forged)
			}
		}
	}
}
