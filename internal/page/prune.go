package page

import (
	"regexp"
	"strings"
)

// prune leaves of a style sheet what can match something that a script makes: a
// rule stays where the script speaks of all classes, ids and elements that one of
// its selectors asks for, a custom property where something uses it. A shadow has
// no :root. The sheet is written as our own are: no string in it holds a brace.
func prune(css, script string) string {
	p := pruner{known: map[string]bool{}}
	for _, name := range nameInScript.FindAllString(script, -1) {
		p.known[name] = true
	}
	css, _ = p.rules(css)
	for {
		rest := declared.ReplaceAllStringFunc(css, func(d string) string {
			if name := strings.TrimSpace(declared.FindStringSubmatch(d)[1]); strings.Contains(css, "var("+name) || strings.Contains(script, name) {
				return d
			}
			return ""
		})
		if rest == css {
			return css
		}
		css = rest
	}
}

type pruner struct{ known map[string]bool }

var (
	nameInScript = regexp.MustCompile(`[\w-]+`)
	declared     = regexp.MustCompile(`(--[\w-]+):[^;{}]*;?`)
	asked        = regexp.MustCompile(`(^|[\s>+~])([a-z]\w*)|[.#]([\w-]+)`)
	alternatives = regexp.MustCompile(`:(not|is|where)\([^()]*(\([^()]*\)[^()]*)*\)`)
)

// rules prunes the rules up to the brace that closes what they stand in, and
// returns what is behind it.
func (p pruner) rules(css string) (kept, rest string) {
	var out strings.Builder
	for {
		end := strings.IndexAny(css, "{};")
		if end < 0 {
			return out.String() + css, ""
		}
		head := css[:end]
		switch css[end] {
		case '}':
			return out.String() + head, css[end+1:]
		case ';': // a declaration
			out.WriteString(css[:end+1])
			css = css[end+1:]
		case '{':
			var body string
			body, css = p.rules(css[end+1:])
			if head = p.selectors(head); head != "" && strings.TrimSpace(body) != "" {
				out.WriteString(head + "{" + body + "}")
			}
		}
	}
}

// selectors returns those of a list that may match, or "".
func (p pruner) selectors(list string) string {
	if strings.HasPrefix(strings.TrimSpace(list), "@") {
		return list
	}
	var kept []string
	for _, one := range splitSelectors(list) {
		ok := strings.TrimSpace(one) != ":root"
		for _, m := range asked.FindAllStringSubmatch(alternatives.ReplaceAllString(strings.TrimSpace(one), ""), -1) {
			class := strings.TrimRight(m[3], "0123456789") // a number may be put behind it
			ok = ok && (p.known[m[2]+m[3]] || p.known[class])
		}
		if ok {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, ",")
}

// splitSelectors divides a list at the commas that stand in no parentheses.
func splitSelectors(list string) (parts []string) {
	depth, begin := 0, 0
	for i, c := range list {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, list[begin:i])
			begin = i + 1
		}
	}
	return append(parts, list[begin:])
}
