package chat

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// What is typed finds what it is the beginning or a part of, in the order of how
// well it fits. The cases hold for the pages' own search too.
func TestSought(t *testing.T) {
	text, err := os.ReadFile("testdata/sought.json")
	if err != nil {
		t.Fatal(err)
	}
	var tests []struct {
		Typed string
		Names string // display names; the order in which they are found, | before those who are not
	}
	if err := json.Unmarshal(text, &tests); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		sought, err := NewSought(test.Typed)
		if err != nil {
			t.Fatal(test.Typed, err)
		}
		fits, others, _ := strings.Cut(test.Names, "|")
		want := strings.Fields(fits)
		all := append(strings.Fields(others), want...)
		var users []User
		for _, name := range all {
			users = append(users, User{Name: "x", DisplayName: strings.ReplaceAll(name, "_", " ")})
		}
		var got []string
		for _, u := range sought.Best(users, 100) {
			name := strings.ReplaceAll(u.DisplayName, " ", "_")
			got = append(got, name)
			if key := SearchKey(u.Name, u.DisplayName); !strings.Contains(key, sought.Key()) {
				t.Errorf("%q finds %q, and %q is not in %q", test.Typed, u.DisplayName, sought.Key(), key)
			}
		}
		if test.Typed != "" && strings.Join(got, " ") != strings.Join(want, " ") || test.Typed == "" && len(got) != len(all) {
			t.Errorf("%q finds %v, want %v", test.Typed, got, want)
		}
	}
}
