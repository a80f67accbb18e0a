package page

import (
	"fmt"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
)

// minifier takes out of files what is there for their readers alone.
var minifier = func() *minify.M {
	m := minify.New()
	m.Add("text/javascript", &js.Minifier{})
	m.Add("text/css", &css.Minifier{})
	return m
}()

// minified returns a script or a style sheet as browsers are sent it.
func minified(kind, text string) (string, error) {
	short, err := minifier.String(kind, text)
	if err != nil {
		return "", fmt.Errorf("minifying: %w", err)
	}
	return short, nil
}
