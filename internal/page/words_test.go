package page

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"maru/internal/chat"
)

// What fills one place of a sentence is never taken for another place.
func TestPlaces(t *testing.T) {
	w := Words{"said": "{0}: {1}"}
	if got := w.Text("said", "{1}", "hello {0}"); got != "{1}: hello {0}" {
		t.Error(got)
	}
}

// Every language has every sentence, with the same places, and nothing is left
// untranslated.
func TestWordsMatch(t *testing.T) {
	all, err := readWords(files)
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`\{\w+\}`)
	english := all["en"]
	same := []string{"lang.en", "lang.ko", "room.said"} // are the same on purpose
	for lang, words := range all {
		if lang == "en" {
			continue
		}
		for key, sentence := range english {
			other, ok := words[key]
			if !ok {
				t.Errorf("%s has no %s", lang, key)
				continue
			}
			if other == sentence && !slices.Contains(same, key) {
				t.Errorf("%s: %s is not translated", lang, key)
			}
			// The forms of times have places of their own.
			if want, got := place.FindAllString(sentence, -1), place.FindAllString(other, -1); !strings.HasPrefix(key, "time.") && !sameSet(want, got) {
				t.Errorf("%s: %s has the places %v, not %v", lang, key, got, want)
			}
		}
		for key := range words {
			if _, ok := english[key]; !ok {
				t.Errorf("%s has %s, English does not", lang, key)
			}
		}
	}
}

func sameSet(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// Every sentence that is asked for is there, and every sentence that is there is
// asked for.
func TestWordsAreUsed(t *testing.T) {
	all, err := readWords(files)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	collect := func(path string, patterns map[string]string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for pattern, prefix := range patterns {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
				asked[prefix+m[1]] = true
			}
		}
	}
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch {
		case strings.HasSuffix(path, "_test.go"):
		case strings.HasSuffix(path, ".go"):
			collect(path, map[string]string{
				`Refuse\(\s*[\w.]+,\s*"([a-z0-9_]+)"`: "error.", `Take\([^"]*"([a-z0-9_]+)"`: "error.", `reason(?:, [\w.]+)? = "([a-z0-9_]+)"`: "error.",
				`Text\([^"\n]*"([a-z_.]+)"[),]`: "", `"(time\.\w+)"`: "", `\bT\("([\w.]+)"`: "",
			})
		case strings.HasSuffix(path, ".html"):
			collect(path, map[string]string{`\.T "([\w.]+)"`: ""})
		case strings.HasSuffix(path, ".js"):
			collect(path, map[string]string{`\bt\('([\w.]+)'`: ""})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Asked for by a key that is put together.
	for key := range all["en"] {
		for _, prefix := range []string{"lang.", "theme.", "density.", "keys.", "problem.", "member.", "role.", "room.kind."} {
			if strings.HasPrefix(key, prefix) {
				asked[key] = true
			}
		}
	}
	for key := range asked {
		if _, ok := all["en"][key]; !ok {
			t.Errorf("there is no sentence %s", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all["en"])) {
		if !asked[key] {
			t.Errorf("nobody asks for %s", key)
		}
	}
}

// The files of words are in order, so that two languages can be laid side by side.
func TestWordsStandInOneOrder(t *testing.T) {
	var first []string
	for _, lang := range Languages() {
		text, err := fs.ReadFile(files, "i18n/"+lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		for decoder.More() {
			token, err := decoder.Token()
			if err != nil {
				t.Fatal(err)
			}
			if key, ok := token.(string); ok {
				keys = append(keys, key)
				if _, err := decoder.Token(); err != nil { // its sentence
					t.Fatal(err)
				}
			}
		}
		if first == nil {
			first = keys
		} else if !slices.Equal(first, keys) {
			t.Errorf("%s stands in another order than %s", lang, Languages()[0])
		}
	}
}

// Who filled in a form is told in the form's words what was wrong.
func TestRefusal(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	refused := func(_ string, err error) *chat.Error {
		e, ok := errors.AsType[*chat.Error](err)
		if !ok {
			t.Fatal(err)
		}
		return e
	}
	for want, e := range map[string]*chat.Error{
		"The display name is too long: 65 characters, and 64 are allowed.": refused(chat.CheckDisplayName(strings.Repeat("x", 65), "mina")),
		"보이는 이름: 너무 길어요. 64자까지인데 65자예요.":                                   refused(chat.CheckDisplayName(strings.Repeat("가", 65), "mina")),
		"The name label is taken.": chat.Refuse(chat.Conflict, "name_taken", "label"),
		"아이디에는 띄어쓰기를 쓸 수 없어요.":     refused(chat.CheckName("가 나")),
	} {
		lang := "en"
		if want[0] > 127 {
			lang = "ko"
		}
		if got := p.Refusal(lang, e); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
