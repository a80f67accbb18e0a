package page

import (
	"io/fs"
	"slices"
	"strings"
)

// Example is the code that answers token-url on the server of a site, in one
// framework.
type Example struct{ Name, Text string }

// The files of the examples, in the order in which they are shown, and the site
// that each of them names once.
var examples = []struct{ name, file string }{
	{"Django", "code/django.py"}, {"Rails", "code/rails.rb"}, {"Laravel", "code/laravel.php"},
	{"Express", "code/express.js"}, {"Go", "code/net_http.go.txt"}, {"PHP", "code/php.php"},
}

const exampleSite = "shop"

func readCode(source fs.FS) ([]Example, error) {
	var code []Example
	for _, one := range examples {
		text, err := fs.ReadFile(source, one.file)
		if err != nil {
			return nil, err
		}
		code = append(code, Example{one.name, string(text)})
	}
	return code, nil
}

// Code returns the examples with the site's own name in them.
func (v *Site) Code() []Example {
	code := slices.Clone(v.set.code)
	for i := range code {
		code[i].Text = strings.Replace(code[i].Text, exampleSite, v.Site.Name, 1)
	}
	return code
}
