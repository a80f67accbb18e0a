package browser

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// fromNPM reads a file of a package that `npm ci` brings, or skips the test.
func fromNPM(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("node_modules/" + path)
	if err != nil {
		if os.Getenv("MARU_TESTS") == "all" {
			t.Fatalf("run npm ci in test/browser: %v", err)
		}
		t.Skipf("run npm ci in test/browser: %v", err)
	}
	return string(text)
}

// violations returns what axe-core finds on the page of a tab that has it, in
// either theme. What fades in or out has a contrast that means nothing.
func violations(tab *Tab, what func(theme, fault string)) {
	for _, theme := range []string{"light", "dark"} {
		tab.Theme(theme)
		for _, fault := range Eval[[]string](tab, `Promise.all(document.getAnimations().filter((a) => a instanceof CSSTransition).map((a) => a.finished.catch(() => {})))
			.then(() => axe.run(document, { resultTypes: ['violations'] })).then(({ violations }) =>
			violations.flatMap(({ id, help, nodes }) => nodes.map((node) => [id, help, node.target.flat(), node.html, node.any[0]?.message].join(' · '))))`) {
			what(theme, fault)
		}
	}
}

// keys are the names of sentences, none of which a reader should ever see.
func keys(t *testing.T) (list []string) {
	t.Helper()
	text, err := os.ReadFile("../../internal/page/i18n/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(text, &words); err != nil {
		t.Fatal(err)
	}
	for key := range words {
		if strings.Contains(key, ".") {
			list = append(list, key)
		}
	}
	return list
}

// axe-core finds nothing on any page, in either theme and either language; and every sentence is there.
func TestAccessible(t *testing.T) {
	axe := fromNPM(t, "axe-core/axe.min.js")
	sentences := keys(t)
	h := NewHouse(t)
	p := StartProxy(t, h.Server)
	in := NewWindow(t, p.URL()).SignIn(h.Mina).Tab("mina").Allow(brokenLine)
	out := NewWindow(t, p.URL()).Tab("a visitor").Allow(brokenLine)
	for _, page := range h.pages(p) {
		tab := in
		if page.Out {
			tab = out
		}
		for _, lang := range []string{"ko", "en"} {
			tab.Language(lang)
			page.open(tab)
			for _, key := range Eval[[]string](tab, "((page) => %s.filter((key) => page.includes(key)))(document.body.outerHTML)", sentences) {
				t.Errorf("%s, %s: the page shows the name of a sentence, %s", page.Name, lang, key)
			}
			Eval[any](tab, strings.ReplaceAll(axe, "%", "%%")+";0")
			violations(tab, func(theme, fault string) { t.Errorf("%s, %s, %s: %s", page.Name, lang, theme, fault) })
			p.Set(Mode{})
		}
	}
}
