package page

import (
	"encoding/json"
	"fmt"
)

// paper is the ground of the pages in the light theme.
const paper = "#FBFAF8"

// Manifest describes the pages as an application that can be installed, in a
// language.
func (p *Pages) Manifest(lang string) ([]byte, error) {
	s, err := p.load()
	if err != nil {
		return nil, err
	}
	type icon struct {
		Src     string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	icons := []icon{{Src: "/static/icon.svg", Sizes: "any", Type: "image/svg+xml"}}
	for _, one := range pictures {
		purpose := ""
		if one.whole {
			purpose = "maskable"
		}
		icons = append(icons, icon{"/static/icon/" + one.file, fmt.Sprintf("%dx%d", one.size, one.size), "image/png", purpose})
	}
	words := s.words[lang]
	return json.Marshal(map[string]any{
		"id": "/", "start_url": "/", "scope": "/", "display": "standalone", "lang": lang,
		"name": words.Text("maru"), "short_name": words.Text("maru"), "description": words.Text("sign_in.lead"),
		"background_color": paper, "theme_color": paper, "icons": icons,
	})
}
