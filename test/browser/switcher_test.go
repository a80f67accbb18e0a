package browser

import (
	"fmt"
	"strings"
	"testing"
)

// places are the rooms and people that the dialog offers, with a * at the one
// that Enter takes.
const places = `[...document.querySelectorAll('#switcher[open] [role="option"]')].map((one) => one.querySelector('b').textContent +
	(document.querySelector('#switch').getAttribute('aria-activedescendant') === one.id && one.ariaSelected === 'true' ? '*' : '')).join(', ')`

func (tab *Tab) leads(want string) {
	tab.t.Helper()
	tab.Wait("the places "+want, places+" === %s", want)
}

// There is a way to any room and any person from wherever one is, with the
// keyboard alone: what is not read first, then by what is typed.
func TestSwitcher(t *testing.T) {
	s := StartServer(t)
	mina, soran, hangul := s.Join("mina", "민아"), s.Join("soran", "소란"), s.Join("hangul", "한글")
	mina.Open("night", "필사하는 밤", "closed", soran)
	mina.Open("shelf", "The English Shelf", "open")
	mina.Must("POST", "/rooms", object{"slug": "two", "kind": "direct", "members": []int64{soran.ID}}, nil)
	hangul.Say("lobby", "하나")
	mina.Say("shelf", "하나")
	soran.Say("two", "하나")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/night").Live()

	a.Key("k", 75, 2)
	a.leads("소란*, The English Shelf, 대청마루")
	a.Type("밤")
	a.leads("필사하는 밤*")
	a.Fill("#switch", "ㄷㅊ")
	a.leads("대청마루*")
	a.Fill("#switch", "nig") // an address, and
	a.leads("필사하는 밤*")
	a.Fill("#switch", "tw") // one that nobody chose
	a.leads("")
	a.Fill("#switch", "ㅎ")
	a.leads("필사하는 밤*, 한글") // a room, and a person
	a.Key("ArrowDown", 40, 0)
	a.leads("필사하는 밤, 한글*")
	a.Enter()
	a.Wait("the new room with 한글", "document.querySelector('.talk .head h1')?.textContent === '한글'")
	there := Eval[string](a, "location.pathname")
	a.Live()

	// A person whom one writes to already is that room.
	a.Key("k", 75, 2)
	a.Type("so")
	a.leads("소란*")
	a.Enter()
	a.Loaded("/rooms/two")
	a.Go("/settings")
	a.Key("k", 75, 2)
	a.Type("hang")
	a.leads("한글*")
	a.Enter()
	a.Loaded(there)

	// What was walked to stays chosen when people are found, too.
	a.Key("k", 75, 2)
	a.leads("소란*, The English Shelf, 대청마루, 필사하는 밤")
	a.Type("s")
	a.Key("ArrowDown", 40, 0)
	a.leads("소란, The English Shelf*")
	a.Wait("the server's answer", "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/users?q=s'))")
	a.leads("소란, The English Shelf*")
	a.Key("Escape", 27, 0)

	// It closes as it came, and gives the keyboard back.
	a.Live().Focus("#say")
	a.Key("k", 75, 2)
	a.Type("nothing of that name")
	a.leads("")
	a.Wait("words that there is none", "document.querySelector('#switcher .none').textContent.includes('없어요')")
	a.Key("Escape", 27, 0)
	a.Wait("the field to write in", "!document.querySelector('#switcher').open && document.activeElement.id === 'say'")
}

// Tap touches an element with one finger.
func (tab *Tab) Tap(selector string) {
	tab.t.Helper()
	tab.Wait(selector+" to tap", "document.querySelector(%s)?.getClientRects().length", selector)
	at := Eval[[2]float64](tab, "(({ x, y, width, height }) => [x + width / 2, y + height / 2])(document.querySelector(%s).getBoundingClientRect())", selector)
	tab.Call("Input.dispatchTouchEvent", object{"type": "touchStart", "touchPoints": []object{{"x": at[0], "y": at[1]}}})
	tab.Call("Input.dispatchTouchEvent", object{"type": "touchEnd", "touchPoints": []object{}})
}

// On a phone a button of the list opens the same dialog, and a finger chooses;
// so it does with names.
func TestSwitcherByFinger(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Open("shelf", "The English Shelf", "open")
	soran.Say("lobby", "하나")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Size(390, 844, 1, true)
	a.Go("/")
	a.Tap(`[data-opens="switcher"]`)
	a.Wait("the rooms", places+".includes('Shelf')")
	a.Type("lob")
	a.leads("Lobby*")
	a.Tap("#places-0")
	a.Loaded("/rooms/lobby")
	a.Live()
	a.Tap("#say")
	a.Type("@s")
	a.offers("soran*")
	a.Tap("#people-0")
	a.holds("@soran ")
	a.Wait("the caret in the field", "document.activeElement?.id === 'say'")
}

// Each shortcut that the list names does what the list says.
func TestShortcuts(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for _, slug := range []string{"one", "two", "three"} {
		mina.Open(slug, slug, "open")
	}
	soran.Say("two", "하나")
	full(t, s, soran, 30)
	mina.Say("lobby", "마지막 말") // rooms stand by when they spoke last: the lobby is the first
	soran.Say("one", "하나")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("en")
	a.Go("/rooms/lobby").Live()
	var order []string
	for _, path := range Eval[[]string](a, "[...document.querySelectorAll('.contents .row')].map((row) => row.pathname)") {
		order = append(order, strings.TrimPrefix(path, "/rooms/"))
	}
	if got := fmt.Sprint(order); got != "[one lobby two three]" {
		t.Fatalf("the rooms stand in the order %s", got)
	}

	// Ctrl+/ from within a field, ? from outside of one.
	a.Focus("#say")
	a.Type("?")
	a.holds("?")
	a.Key("/", 191, 2)
	a.Wait("the shortcuts", "document.querySelector('#keys').open")
	listed := Eval[[]string](a, "[...document.querySelectorAll('#keys dd')].map((one) => one.textContent)")
	if len(listed) != 9 {
		t.Errorf("the list has %q, and this test knows 9", listed)
	}
	a.Key("Escape", 27, 0)
	a.Focus("#log")
	a.Key("?", 191, 8)
	a.Wait("the shortcuts", "document.querySelector('#keys').open")
	a.Key("Escape", 27, 0)
	a.Wait("no shortcuts", "!document.querySelector('#keys').open")

	// The arrow edits one's last message; Escape stops that; once more, and it leads to the newest.
	a.Fill("#say", "")
	a.Key("ArrowUp", 38, 0)
	a.holds("마지막 말")
	a.Wait("words on what is written", "document.querySelector('#about-what').innerText.includes('Editing')")
	a.Key("Escape", 27, 0)
	a.holds("")
	a.scroll(-700)
	a.Focus("#say")
	a.Key("Escape", 27, 0)
	a.atEnd()

	// Alt and arrows go through the list; with Shift to what is not read.
	step := func(key string, code, modifiers int, to string) {
		t.Helper()
		a.Key(key, code, modifiers)
		a.Loaded("/rooms/" + to)
		a.Live()
	}
	step("ArrowDown", 40, 1, "two")
	step("ArrowUp", 38, 1, "lobby")
	step("ArrowUp", 38, 1, "one")
	step("ArrowDown", 40, 1, "lobby")
	step("ArrowDown", 40, 1, "two")
	step("ArrowDown", 40, 1, "three")
	mina.Must("PUT", "/rooms/lobby/read", object{"seq": mina.Say("lobby", "읽었다")}, nil)
	mina.Must("PUT", "/rooms/two/read", object{"seq": mina.Say("two", "읽었다")}, nil)
	soran.Say("one", "새 말")
	a.Go("/rooms/three").Live()
	step("ArrowUp", 38, 9, "one")
	// Enter, Shift+Enter, @ and Ctrl+K have tests of their own.
}
