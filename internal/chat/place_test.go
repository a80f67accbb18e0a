package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestParsePlaces(t *testing.T) {
	got, err := ParsePlaces("lobby:1042.007c1e90,dev,a-1:head,b:0,c:7")
	want := []Place{
		{"lobby", Position{FromCursor, Cursor{1042, 0x7c1e90}}}, {Slug: "dev"}, {"a-1", Position{From: FromHead}},
		{"b", Position{From: FromFloor}}, {"c", Position{FromSeq, Cursor{Seq: 7}}},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	many := make([]string, MaxPlaces+1)
	for i := range many {
		many[i] = fmt.Sprint("r", i)
	}
	if got, err := ParsePlaces(strings.Join(many[:MaxPlaces], ",")); err != nil || len(got) != MaxPlaces {
		t.Error(got, err)
	}
	for _, bad := range []string{
		"", ",", "lobby,", ",lobby", "lobby,lobby", "lobby:1,lobby:2", "Lobby", "-a", "방", "lobby:", "lobby::", "lobby:1:2", "lobby:x",
		"lobby:01", "lobby 1", "lobby, dev", "7.00000001", "lobby;dev", strings.Repeat("a", MaxSlug+1), strings.Join(many, ","),
	} {
		if got, err := ParsePlaces(bad); KindOf(err) != Invalid {
			t.Errorf("%q was taken as %+v, %v", bad, got, err)
		}
	}
}

// What is read as a list of places is written as one that is read as the same.
func FuzzParsePlaces(f *testing.F) {
	for _, seed := range []string{"lobby", "lobby:1042.7c1e90,dev:88.0a11c2", "a:head,b:0,c:7,d", "a:", "a,a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		places, err := ParsePlaces(text)
		if err != nil {
			if KindOf(err) != Invalid {
				t.Fatal(err)
			}
			return
		}
		var again []string
		for _, p := range places {
			again = append(again, p.String())
		}
		if same, err := ParsePlaces(strings.Join(again, ",")); err != nil || !slices.Equal(same, places) {
			t.Fatalf("%q is %+v, written %q, read %+v: %v", text, places, again, same, err)
		}
	})
}

func TestPositionOfCursor(t *testing.T) {
	for at, want := range map[Cursor]string{{}: "0", {Seq: 7}: "7", {7, 0xab}: "7.000000ab"} {
		if got := at.Position().String(); got != want {
			t.Errorf("%+v is %s, want %s", at, got, want)
		}
	}
}
