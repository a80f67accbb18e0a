package page

import (
	"io/fs"
	"strings"
)

// The element that pages of other sites show the chat by: the styles of its shadow
// root, the module that imports all others, and the script that such a page loads.
var embedStyles = []string{"css/tokens.css", "css/base.css", "css/room.css", "css/compact.css", "css/embed.css"}

const (
	embedEntry = "embed/main.js"
	loader     = "embed/loader.js"
	framed     = "embed/framed.js"
)

// EmbedScript is the path of the script that pages of other sites load. The second
// one stays what it is when a later form of the element can no longer do what
// those pages expect of it.
const (
	EmbedScript   = "/embed.js"
	EmbedScriptV1 = "/embed/v1.js"
	framedScript  = "/embed/framed.js"
)

// addEmbed adds the script that pages of other sites load, and the modules that it
// imports when the chat comes into view: joined, one file for each language.
func (s *set) addEmbed(source fs.FS) error {
	parts := map[string][]string{} // by language, the path of the modules, and what the launcher is called
	for lang, words := range s.words {
		script, err := s.embedScript(source, lang, words)
		if err != nil {
			return err
		}
		at, err := s.add("/embed/chat."+lang, ".js", jsType, []byte(script))
		if err != nil {
			return err
		}
		parts[lang] = []string{at, words.Text("embed.open")}
	}
	for _, one := range []struct{ file, head, at string }{
		{loader, constant("files", parts), EmbedScript}, {loader, constant("files", parts), EmbedScriptV1}, {framed, "", framedScript},
	} {
		text, err := fs.ReadFile(source, one.file)
		if err != nil {
			return err
		}
		script, err := minified(jsType, "{"+one.head+string(text)+"}")
		if err != nil {
			return err
		}
		if err := s.addAt(one.at, jsType, []byte(script)); err != nil {
			return err
		}
	}
	return nil
}

// embedScript returns the modules of the element with what they are given: the
// conversation as the server's template draws it, and the styles that may match
// something in it.
func (s *set) embedScript(source fs.FS, lang string, words Words) (string, error) {
	js, err := join(source, embedEntry, words)
	if err != nil {
		return "", err
	}
	script, err := minified(jsType, "export const mount=(()=>{"+js+"return mount})()")
	if err != nil {
		return "", err
	}
	var drawn strings.Builder
	if err := s.templates.ExecuteTemplate(&drawn, "talk", &Base{Lang: lang, words: words, set: s}); err != nil {
		return "", err
	}
	tree, err := treeOf(drawn.String())
	if err != nil {
		return "", err
	}
	css, err := joinStyles(source, embedStyles)
	if err != nil {
		return "", err
	}
	sheet := prune(css, script+drawn.String())
	return constant("sheet", sheet) + constant("parts", tree) + script, nil
}
