package page

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"maru/internal/chat"
)

// docs/embed.md shows the very code that the page of a site shows, and each
// example names the site once.
func TestCode(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/embed.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Making it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var shown, files []string
	var code []Example
	for _, block := range regexp.MustCompile("(?s)### (\\w+)\n\n```\\w+ (\\S+)\n(.*?)```\n").FindAllStringSubmatch(section, -1) {
		code, shown = append(code, Example{block[1], block[3]}), append(shown, block[2])
	}
	for _, one := range examples {
		files = append(files, path.Base(one.file))
	}
	if !slices.Equal(shown, files) || strings.Count(section, "```") != 2*len(files) {
		t.Errorf("docs/embed.md shows %q, want %q and no other code", shown, files)
	}
	shop, blog := &Site{Site: chat.Site{Name: "shop"}}, &Site{Site: chat.Site{Name: "blog-1"}}
	shop.set, blog.set = p.set, p.set
	if !slices.Equal(shop.Code(), code) {
		t.Error("docs/embed.md shows other code than internal/page/code has")
	}
	for _, one := range blog.Code() {
		if strings.Contains(one.Text, "shop") || strings.Count(one.Text, `"blog-1"`)+strings.Count(one.Text, `'blog-1'`) != 1 {
			t.Errorf("%s does not name the site once:\n%s", one.Name, one.Text)
		}
	}
}
