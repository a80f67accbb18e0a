package page

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"maru/internal/chat"
	"maru/internal/markup"
)

// functions are what the templates can call.
var functions = template.FuncMap{
	"emoji": func() []string { return emoji },
	"icon":  icon,
	"keys":  func() []shortcut { return shortcuts },
	"line":  line,
	"ms":    func(t chat.Time) int64 { return int64(t) },
	"nodes": nodes,
	"crowd": crowd,
	"dict":  dict,
	"href":  href,
	"sign":  func() template.URL { return template.URL("data:image/svg+xml," + url.PathEscape(Icon())) },
}

// emoji are the reactions that are offered; any other one shows too.
var emoji = []string{"👍", "❤️", "😂", "🎉", "😮", "🙏", "👀", "✅"}

// shortcut is what can be done with the keyboard, by one of some chords.
type shortcut struct {
	Chords [][]string
	Does   string // the last part of the key of a sentence
}

// shortcuts are all that there are: what the keys do is in the browser's modules.
var shortcuts = []shortcut{
	{[][]string{{"Enter"}}, "send"},
	{[][]string{{"Shift", "Enter"}}, "line"},
	{[][]string{{"@"}}, "mention"},
	{[][]string{{"↑"}}, "edit"},
	{[][]string{{"Esc"}}, "escape"},
	{[][]string{{"Ctrl", "K"}}, "switch"},
	{[][]string{{"Alt", "↑"}, {"↓"}}, "step"},
	{[][]string{{"Alt", "Shift", "↑"}, {"↓"}}, "unread"},
	{[][]string{{"?"}, {"Ctrl", "/"}}, "keys"},
}

// crowd says how many people are in a room, as far as that is known.
func crowd(here int) string {
	const most = 200
	if here >= most {
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(here)
}

// dict makes the data of a template that takes more than one thing.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("the name of a value must be text, not %v", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// nodes is a token tree with who reads it, which is what the template of tokens
// takes: a mention of the reader looks different.
func nodes(tree markup.Tree, me int64) map[string]any {
	return map[string]any{"Tree": tree, "Me": me}
}

// href is the attribute of a link that somebody wrote, with the address as it
// was written. A template would rewrite parts of it, and the browser's module
// does not; which addresses may stand there at all, both say.
func href(url string) template.HTMLAttr {
	if !safeURL.MatchString(url) {
		return ""
	}
	return template.HTMLAttr(`href="` + html.EscapeString(url) + `"`)
}

var safeURL = regexp.MustCompile(`(?i)^(https?|mailto):`)

// line is a message on one line, as lists and quotes show it.
func line(m *chat.Message) string {
	if m.Tokens != nil {
		return m.Tokens.Plain()
	}
	return strings.Join(strings.Fields(m.Body), " ")
}

// The icons are drawn on a field of 20 by 20 with one stroke.
var icons = map[string]string{
	"back":   `<path d="M12.5 4.2 6.7 10l5.8 5.8"/>`,
	"plus":   `<path d="M10 4.4v11.2M4.4 10h11.2"/>`,
	"about":  `<rect x="3" y="4" width="14" height="12" rx="2"/><path d="M12.4 4.2v11.6"/>`,
	"tune":   `<path d="M3.2 6.6h7.2M14.6 6.6h2.2M3.2 13.4h2.4M9.6 13.4h7.2"/><circle cx="12.5" cy="6.6" r="1.9"/><circle cx="7.6" cy="13.4" r="1.9"/>`,
	"go":     `<path d="M3.4 5.6h13.2M3.4 10h5.2M3.4 14.4h5.2M11.6 12.2h5M14 9.4l2.8 2.8-2.8 2.8"/>`,
	"lock":   `<rect x="4.6" y="9" width="10.8" height="7.4" rx="1.8"/><path d="M7 8.8V6.8a3 3 0 0 1 6 0v2"/>`,
	"search": `<circle cx="8.8" cy="8.8" r="5.2"/><path d="m12.7 12.7 3.9 3.9"/>`,
	"send":   `<path d="M10 15.8V4.6M5 9.4l5-4.9 5 4.9" stroke-width="2"/>`,
	"down":   `<path d="M10 4.2v11.2M5.4 11l4.6 4.5 4.6-4.5" stroke-width="1.8"/>`,
	"got":    `<path d="m4.6 8.8 3.8 3.9 7-8M3.6 17h12.8" stroke-width="2"/>`,
	"cut":    `<path d="M2.6 10h4M13.4 10h4M11.5 6.3 8.5 13.7" stroke-width="1.8"/>`,
	"reply":  `<path d="M7.7 4.9 3.5 9l4.2 4.1M3.7 9h7.4a5 5 0 0 1 5 5v1.4"/>`,
	"react":  `<circle cx="10" cy="10" r="6.8"/><path d="M7.2 11.8a3.3 3.3 0 0 0 5.6 0M7.8 7.9v.3M12.2 7.9v.3"/>`,
	"edit":   `<path d="m4.2 15.8.7-3.2 8-8a1.7 1.7 0 0 1 2.4 2.4l-8 8zM11.6 6l2.4 2.4"/>`,
	"delete": `<path d="M4.2 6h11.6M8 6V4.2h4V6M5.8 6l.7 9.8h7L14.2 6"/>`,
	"close":  `<path d="m5.2 5.2 9.6 9.6M14.8 5.2l-9.6 9.6"/>`,
	"link":   `<path d="M8.6 11.4a3 3 0 0 0 4.3 0l2.5-2.5a3 3 0 0 0-4.3-4.3L10 5.7M11.4 8.6a3 3 0 0 0-4.3 0l-2.5 2.5a3 3 0 0 0 4.3 4.3l1.1-1.1"/>`,
}

func icon(name string) (template.HTML, error) {
	drawing, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %q", name)
	}
	return template.HTML(`<svg class="i" viewBox="0 0 20 20" aria-hidden="true">` + drawing + `</svg>`), nil
}
