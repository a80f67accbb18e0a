package page

import "slices"

// choices are what a reader can choose of how pages look, by the names of the
// cookies that keep it. The first is what holds where nothing is chosen; but the
// language is then the one that the browser asks for.
var choices = map[string][]string{
	"lang":    Languages(),
	"theme":   {"auto", "light", "dark"},
	"density": {"roomy", "compact"},
}

// Choice returns a value that was chosen, or what holds where it is none of
// those that are offered under the name.
func Choice(name, value string) string {
	if Offered(name, value) || len(choices[name]) == 0 {
		return value
	}
	return choices[name][0]
}

// Offered reports whether a value can be chosen under a name.
func Offered(name, value string) bool { return slices.Contains(choices[name], value) }

// Choices returns the names of what can be chosen.
func Choices() []string { return []string{"lang", "theme", "density"} }

// Chosen returns what holds of a choice on the page.
func (b *Base) Chosen(name string) string {
	return map[string]string{"lang": b.Lang, "theme": b.Theme, "density": b.Density}[name]
}

// Offers returns what can be chosen under a name.
func (b *Base) Offers(name string) []string { return choices[name] }
