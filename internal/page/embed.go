package page

import (
	"encoding/json"
	"io/fs"
)

// The element that pages of other sites show the chat by: the styles of its shadow
// root, the module that imports all others, and the script that such a page loads.
var embedStyles = []string{"css/tokens.css", "css/embed.css"}

const (
	embedEntry = "embed/main.js"
	loader     = "embed/loader.js"
)

// EmbedScript is the path of the script that pages of other sites load. The second
// one stays what it is when a later form of the element can no longer do what
// those pages expect of it.
const (
	EmbedScript   = "/embed.js"
	EmbedScriptV1 = "/embed/v1.js"
)

// addEmbed adds the script that pages of other sites load, and the modules that it
// imports when the chat comes into view: joined, one file for each language.
func (s *set) addEmbed(source fs.FS) error {
	sheet, err := joinStyles(source, embedStyles)
	if err != nil {
		return err
	}
	paths := map[string]string{}
	for lang, words := range s.words {
		js, err := join(source, embedEntry, words, sheet)
		if err != nil {
			return err
		}
		if paths[lang], err = s.add("/embed/chat."+lang, ".js", jsType, js); err != nil {
			return err
		}
	}
	text, err := fs.ReadFile(source, loader)
	if err != nil {
		return err
	}
	list, err := json.Marshal(paths)
	if err != nil {
		return err
	}
	script := "(() => {\n'use strict';\nconst files = " + string(list) + ";\n" + stripBlocks(string(text)) + "})();\n"
	for _, at := range []string{EmbedScript, EmbedScriptV1} {
		if err := s.addAt(at, jsType, []byte(script)); err != nil {
			return err
		}
	}
	return nil
}
