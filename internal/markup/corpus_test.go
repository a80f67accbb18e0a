package markup

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"testing"
)

// people are those that the mentions of the corpus resolve to. A name that is
// not among them stays text.
var people = map[string]int64{"민아": 7, "anna": 3, "j.doe": 4}

func mention(name string) (int64, string, bool) {
	id, ok := people[name]
	return id, name, ok
}

// example is one case of the corpus: a body and its tokens as they go over the
// wire, null where it is plain text.
type example struct {
	Name   string `json:"name"`
	Body   string `json:"body"`
	Tokens any    `json:"tokens"`
}

func corpus(t testing.TB) []example {
	t.Helper()
	data, err := os.ReadFile("testdata/corpus.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	return examples
}

// wire gives a tree as a reader gets it.
func wire(t testing.TB, tree Tree) any {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(tree); err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatalf("%v in %s", err, b.Bytes())
	}
	return v
}

func TestCorpus(t *testing.T) {
	examples := corpus(t)
	if len(examples) < 150 {
		t.Errorf("the corpus has %d cases", len(examples))
	}
	seen := map[string]bool{}
	for _, e := range examples {
		if seen[e.Name] {
			t.Errorf("there are two cases named %q", e.Name)
		}
		seen[e.Name] = true
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel() // as the server parses
			tree := Parse(e.Body, mention)
			if got := wire(t, tree); !reflect.DeepEqual(got, e.Tokens) {
				want, _ := json.Marshal(e.Tokens)
				have, _ := json.Marshal(tree)
				t.Errorf("%q\n got %s\nwant %s", e.Body, have, want)
			}
			check(t, e.Body, tree)
		})
	}
}
