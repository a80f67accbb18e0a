package web

import (
	_ "embed"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/page"
)

//go:embed openapi.json
var openAPI []byte

// kept is for what has its content in its name.
const kept = "public, max-age=31536000, immutable"

// getHealth says that this node serves. It does not ask the database: a node that
// has lost it comes back by itself, and who started it anew would cut its streams.
func (v *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte("ok\n"))
	return err
}

func (v *Server) getOpenAPI(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, err := w.Write(openAPI)
	return err
}

// getStatic answers with a file of the pages.
func (v *Server) getStatic(w http.ResponseWriter, r *http.Request) error {
	asset, ok := v.door.Pages.Asset(r.URL.Path)
	if !ok {
		return chat.NoSuchThing()
	}
	return door.SendAsset(w, r, asset)
}

// The six dyes of seals as pictures: background and ink.
var dyes = [chat.Dyes][2]string{
	{"#E4E8F0", "#35507A"}, {"#E4EBDC", "#4A6134"}, {"#F3E1DC", "#8C3B2E"},
	{"#EFE4D6", "#6F4A26"}, {"#ECE2EB", "#6D3F68"}, {"#E5E3DE", "#4C4944"},
}

const sealFont = `system-ui,'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',sans-serif`

// getSeal draws the picture that the path describes: a dye and one letter.
func (v *Server) getSeal(w http.ResponseWriter, r *http.Request) error {
	dye, err := strconv.Atoi(r.PathValue("dye"))
	letter, ok := strings.CutSuffix(r.PathValue("file"), ".svg")
	if err != nil || dye < 1 || dye > chat.Dyes || !ok || utf8.RuneCountInString(letter) != 1 || !utf8.ValidString(letter) {
		return chat.NoSuchThing()
	}
	w.Header().Set("Cache-Control", kept)
	return drawing(w, fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36" width="72" height="72">`+
		`<rect width="36" height="36" rx="10" fill="%s"/><text x="18" y="23.5" text-anchor="middle" `+
		`font-family="%s" font-size="15" font-weight="600" fill="%s">%s</text></svg>`,
		dyes[dye-1][0], sealFont, dyes[dye-1][1], html.EscapeString(letter)))
}

// getIcon draws the server's own sign.
func (v *Server) getIcon(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	return drawing(w, page.Icon())
}

// getPicture answers with the sign as pixels.
func (v *Server) getPicture(w http.ResponseWriter, r *http.Request) error {
	picture, ok, err := page.Picture(r.PathValue("file"))
	if err != nil {
		return err
	}
	if !ok {
		return chat.NoSuchThing()
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("Content-Type", "image/png")
	_, err = w.Write(picture)
	return err
}

func drawing(w http.ResponseWriter, svg string) error {
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	// A picture may stand on any page, and must not run anything on its own.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	_, err := w.Write([]byte(svg))
	return err
}
