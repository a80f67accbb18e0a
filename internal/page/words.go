package page

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/text/language"
)

// Words are the sentences of one language by their keys. A sentence has places
// {0}, {1} and so on for what changes.
type Words map[string]string

// The languages that there are words for. The first is what a reader gets who
// asks for none of them.
var languages = []language.Tag{language.English, language.Korean}

var matcher = language.NewMatcher(languages)

// Languages returns the languages that the pages speak, as in <html lang>.
func Languages() []string {
	names := make([]string, len(languages))
	for i, tag := range languages {
		names[i] = tag.String()
	}
	return names
}

// Language chooses the language of a page: the one that was chosen by hand, if
// there is such a one, else the best of an Accept-Language header.
func Language(chosen, accept string) string {
	for _, name := range Languages() {
		if name == chosen {
			return name
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		wanted = nil
	}
	_, i, _ := matcher.Match(wanted...)
	return languages[i].String()
}

func readWords(source fs.FS) (map[string]Words, error) {
	all := map[string]Words{}
	for _, lang := range Languages() {
		text, err := fs.ReadFile(source, path.Join("i18n", lang+".json"))
		if err != nil {
			return nil, err
		}
		var w Words
		if err := json.Unmarshal(text, &w); err != nil {
			return nil, fmt.Errorf("reading the words of %s: %w", lang, err)
		}
		all[lang] = w
	}
	return all, nil
}

// Text returns a sentence with its places filled. A key without a sentence
// shows itself, which a test keeps from happening.
func (w Words) Text(key string, args ...any) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	var places []string
	for i, arg := range args {
		places = append(places, fmt.Sprintf("{%d}", i), fmt.Sprint(arg))
	}
	return strings.NewReplacer(places...).Replace(text)
}
