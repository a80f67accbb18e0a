package browser

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// people are the names that the list beside the field to write in offers, with
// a * at the one that Enter takes.
const people = `[...document.querySelectorAll('#people:not([hidden]) [role="option"]')]
	.map((one) => one.dataset.name + (document.querySelector('#say').getAttribute('aria-activedescendant') === one.id && one.ariaSelected === 'true' ? '*' : '')).join(' ')`

func (tab *Tab) offers(want string) {
	tab.t.Helper()
	tab.Wait("the people "+want, people+" === %s", want)
}

func (tab *Tab) holds(want string) {
	tab.t.Helper()
	tab.Wait("the field with "+want, "document.querySelector('#say').value === %s", want)
}

// A name behind an @ is completed: by the keyboard, by the mouse and by a
// finger, with people of the room before others; and what comes of it is a
// mention.
func TestMention(t *testing.T) {
	s := StartServer(t)
	mina, soran, hana, hangul := s.Join("mina", "민아"), s.Join("soran", "소란"), s.Join("hana", "하나"), s.Join("hangul", "한글")
	mina.Open("yard", "마당", "closed", hangul)
	soran.Say("lobby", "안녕하세요")
	hana.Say("lobby", "저도요")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("en")
	a.Go("/rooms/yard").Live()
	a.Focus("#say")

	a.Type("mail@x @")
	a.offers("hangul* hana soran")
	a.Wait("words for who can't see", "document.querySelector('#people-said').textContent.startsWith('3 found')")
	a.Key("ArrowDown", 40, 0)
	a.offers("hangul hana* soran")
	a.Key("ArrowUp", 38, 0)
	a.Key("ArrowUp", 38, 0)
	a.offers("hangul hana soran*")
	a.Key("Escape", 27, 0)
	a.offers("")
	a.Type("s")
	a.offers("") // it was put away for this name
	a.Fill("#say", "@so")
	a.offers("soran*")
	a.Key("Tab", 9, 0)
	a.holds("@soran ")
	a.offers("")

	// Consonants alone are enough, and the room's own come first.
	a.Fill("#say", "@ㅎ")
	a.offers("hangul* hana")
	a.Fill("#say", "@ㅎㄱ")
	a.offers("hangul*")
	a.Enter()
	a.holds("@hangul ")
	a.Type("글을 읽어요")
	a.Enter()
	a.stored("@hangul 글을 읽어요")
	a.Wait("a mention", "document.querySelector('#rows > .msg:last-child .at')?.textContent === '@hangul'")

	a.Fill("#say", "@h")
	a.offers("hangul* hana")
	a.Click("#people-1")
	a.holds("@hana ")
	a.Wait("the caret in the field", "document.activeElement === document.querySelector('#say') && document.querySelector('#say').selectionStart === 6")
	a.Key("z", 90, 2)
	a.Wait("what was typed, taken back", "document.querySelector('#say').value !== '@hana '")
	a.Fill("#say", "x@h")
	a.offers("") // part of an address
	a.Fill("#say", "@nobody")
	a.offers("")
}

// While a syllable is under way nothing is written into the field: the list can
// be walked, the Enter that ends the syllable chooses nobody, and a press on a
// name ends the syllable first.
func TestMentionWhileComposing(t *testing.T) {
	s := StartServer(t)
	mina, hana, hangul := s.Join("mina", "민아"), s.Join("hana", "하나"), s.Join("hangul", "한글")
	hana.Say("lobby", "안녕하세요")
	hangul.Say("lobby", "저도요")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	told := a.keys()
	a.Focus("#say")
	a.Type("@")
	a.offers("hana* hangul")
	for _, text := range []string{"ㅎ", "하", "한"} {
		a.compose(text)
		a.offers("hana* hangul")
	}
	a.compose("한ㄱ")
	a.offers("hangul*")
	a.compose("한")
	a.offers("hana* hangul")
	a.Call("Input.dispatchKeyEvent", object{"type": "rawKeyDown", "key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 40})
	a.offers("hana hangul*")
	a.pressOnly(13)
	a.holds("@한")
	if got := told(); !slices.Contains(got, "keydown Enter 13 true") || slices.Contains(got, "compositionend") {
		t.Fatalf("Enter was meant to come inside of a syllable: %q", got)
	}
	a.Click("#people-1")
	a.holds("@hangul ")
	if got := told(); !slices.Contains(got, "compositionend") {
		t.Errorf("the syllable did not end: %q", got)
	}
	a.Type("안녕")
	a.Enter()
	a.stored("@hangul 안녕")
}

// What is typed finds rooms in the browser as it finds people on the server.
func TestSoughtInBrowser(t *testing.T) {
	module, err := os.ReadFile("../../internal/page/i18n/sought.js")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../internal/chat/testdata/sought.json")
	if err != nil {
		t.Fatal(err)
	}
	var tests []struct{ Typed, Names string }
	if err := json.Unmarshal(text, &tests); err != nil {
		t.Fatal(err)
	}
	a := NewWindow(t, "").Tab("nobody")
	Eval[any](a, "void (window.seeker = new Function(%s)())", strings.ReplaceAll(string(module), "export ", "")+";return seeker")
	for _, test := range tests {
		fits, others, _ := strings.Cut(test.Names, "|")
		want := strings.Fields(fits)
		names := append(strings.Fields(others), want...)
		got := Eval[[]string](a, `((measure, names) => names.map((name) => [name, measure(name.replaceAll('_', ' '))])
			.filter(([, rank]) => rank < 3).sort((a, b) => a[1] - b[1]).map(([name]) => name))(seeker(%s), %s)`, test.Typed, names)
		slices.Sort(got)
		slices.Sort(want)
		if test.Typed != "" && !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", test.Typed, got, want)
		}
	}
}
