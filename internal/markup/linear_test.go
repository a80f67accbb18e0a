package markup

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// hostile makes bodies of about n bytes that have cost other Markdown parsers
// more than linear time.
var hostile = map[string]func(n int) string{
	"marks of two kinds":        repeat("*a_ "),
	"marks that can't pair":     func(n int) string { return "*" + repeat("_a ")(n/2) + repeat("b**c")(n/2) },
	"marks pairing far apart":   func(n int) string { return repeat("*a ")(n/2) + repeat("a* ")(n/2) },
	"marks in many paragraphs":  repeat("*" + strings.Repeat("_a ", 400) + strings.Repeat("b**c", 400) + "\n\n"),
	"marks in turns":            repeat("_*"),
	"marks inside words":        repeat("a**b"),
	"tildes":                    repeat("~~"),
	"tildes with letters":       repeat("~~a"),
	"one mark after another":    repeat("* ~ _ ~~~ __ "),
	"brackets":                  repeat("["),
	"closing brackets":          repeat("]"),
	"bracket pairs":             func(n int) string { return repeat("[")(n/2) + repeat("]")(n/2) },
	"links unfinished":          repeat("[a]("),
	"links with a URL begun":    repeat("[a](http://b.c/"),
	"links with bad URLs":       func(n int) string { return repeat("[a](http://b.c/")(n*15/16) + "%zz" + repeat(")")(n/16) },
	"links with angle brackets": repeat("[a](<b"),
	"links":                     repeat("[*a*](http://b.c)"),
	"links nested":              func(n int) string { return repeat("[")(n/8) + repeat("a](http://b)")(n*7/8) },
	"images begun":              repeat("!["),
	"images unfinished":         repeat("![a]("),
	"images":                    repeat("![a](b)"),
	"backticks of more lengths": growing("`", " "),
	"backticks of less lengths": shrinking("`", " "),
	"backticks on two lines":    func(n int) string { return growing("`", " ")(n/2) + "\n" + growing("`", "a")(n/2) },
	"backticks escaped":         repeat("\\``"),
	"backticks and brackets":    repeat("`["),
	"fences of less lengths":    shrinking("`", "\n"),
	"fences of more lengths":    growing("~", "\n"),
	"fences unclosed":           repeat("```a\n"),
	"fences in quotes":          repeat("> ```\n\n"),
	"quotes deep":               repeat(">"),
	"quotes deep with a text":   func(n int) string { return repeat("> ")(n) + "a" },
	"quotes empty":              repeat(">\n"),
	"quotes growing":            growing(">", "a\n"),
	"quotes of fifteen":         repeat(strings.Repeat(">", 15) + "a\n"),
	"dashes deep":               repeat("- "),
	"dashes deep with a text":   func(n int) string { return repeat("- ")(n) + "a" },
	"dashes":                    repeat("- a\n"),
	"dashes with blank lines":   repeat("- a\n\n\n"),
	"dashes indented more":      growing(" ", "- a\n"),
	"dashes nested, fifteen":    repeat(nested(14)),
	"numbers deep":              repeat("1. "),
	"numbers":                   repeat("1. a\n"),
	"numbers that are text":     repeat("9. a\n"),
	"containers in turns":       repeat("> - 1. "),
	"blank lines":               repeat("\n"),
	"blank lines of spaces":     growing(" ", "\n"),
	"paragraphs":                repeat("*a*\n\n"),
	"lines":                     repeat("*a*\n"),
	"line ends":                 repeat("\r"),
	"spaces":                    func(n int) string { return "*a*" + repeat(" ")(n) + "\nb" },
	"spaces at line ends":       repeat("a  \n*"),
	"backslashes":               repeat("\\"),
	"backslashes with marks":    repeat("\\*a\\\n"),
	"at signs":                  repeat("@"),
	"mentions":                  repeat("@anna "),
	"mentions unknown":          repeat("@민아에게서조차 "),
	"mention long":              func(n int) string { return "@" + repeat("가")(n) },
	"mention with dots":         func(n int) string { return "@a" + repeat(".-_")(n) },
	"mentions with dots":        repeat("@.-_.-_.-_ "),
	"schemes":                   repeat("http://"),
	"schemes with a bad host":   repeat("http://%"),
	"schemes with a bad port":   repeat("http://a:b/"),
	"schemes with a bad escape": repeat("http://a/%z"),
	"schemes in words":          repeat("xhttp://a "),
	"URL long":                  func(n int) string { return "http://a/" + repeat("(b")(n) },
	"URL with much behind":      repeat("http://a/....,,,"),
	"URL with a long host":      func(n int) string { return "http://" + repeat("a.")(n) + ":x" },
	"URLs":                      repeat("http://a.b/c "),
	"colons":                    repeat("://"),
	"not UTF-8":                 repeat("*\x80_"),
	"marks of two bytes":        repeat("**가**"),
}

func repeat(s string) func(int) string {
	return func(n int) string { return strings.Repeat(s, n/len(s)) }
}

// growing gives one, two, three, … of s, with end behind each; shrinking the reverse.
func growing(s, end string) func(int) string {
	return func(n int) string {
		var b strings.Builder
		for i := 1; b.Len()+i < n; i++ {
			b.WriteString(strings.Repeat(s, i) + end)
		}
		return b.String()
	}
}

func shrinking(s, end string) func(int) string {
	return func(n int) string {
		parts := strings.SplitAfter(growing(s, end)(n), end)
		var b strings.Builder
		for i := len(parts) - 1; i >= 0; i-- {
			b.WriteString(parts[i])
		}
		return b.String()
	}
}

func nested(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

func TestLinearTime(t *testing.T) {
	const small, large = 8 << 10, 32 << 10
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // collected between the runs only
	for name, body := range hostile {
		t.Run(name, func(t *testing.T) {
			a, b := body(small), body(large)
			// Four times the bytes are sixteen times the work where it grows with
			// the square. One good measurement of several is enough, for a busy
			// machine errs in either.
			limit := 9 * float64(len(b)) / float64(4*len(a))
			ratio := limit
			for try := 0; try < 20 && ratio >= limit; try++ {
				runtime.GC()
				ratio = float64(quickest(b, 2)) / float64(quickest(a, 5)+50*time.Microsecond)
			}
			if ratio >= limit {
				t.Errorf("4 times the bytes take %.1f times as long", ratio)
			}
		})
	}
}

// quickest gives the least time of some runs.
func quickest(body string, runs int) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	least := time.Hour
	for range runs {
		start := spent()
		Names(body)
		Parse(body, mention).Plain()
		least = min(least, spent()-start)
	}
	return least
}

func BenchmarkParsePlain(b *testing.B) {
	for name, body := range map[string]string{
		"English": "The meeting is at half past three, in the small room on the second floor; bring the drafts, please.",
		"Korean":  "회의는 세 시 반에 이층 작은 방에서 합니다. 초안을 가져와 주세요, 고맙습니다!",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(body, mention)
			}
		})
	}
}

func BenchmarkParseMarked(b *testing.B) {
	for name, body := range map[string]string{
		"line": "안녕 @민아, **중요**: [문서](https://a.example/d)를 읽고 `make`를 실행하세요.",
		"page": "Hello @anna,\n\n> **really**?\n\n- see https://a.example/x\n- run `make`\n\n```go\nfunc main() {}\n```\nBye, _all_.",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(body, mention)
			}
		})
	}
}

func BenchmarkParseHostile(b *testing.B) {
	for name, body := range hostile {
		for _, n := range []int{4 << 10, 64 << 10} {
			body := body(n)
			b.Run(fmt.Sprintf("%s/%dK", name, n>>10), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					Parse(body, mention)
				}
			})
		}
	}
}
