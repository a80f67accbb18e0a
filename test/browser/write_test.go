package browser

import (
	"slices"
	"strings"
	"testing"
)

// bodies are what a room holds, by the server's own account.
func (p *Person) bodies(room string) []string {
	p.t.Helper()
	var all []string
	for _, m := range p.Messages(room) {
		all = append(all, m.Body)
	}
	return all
}

func wantBodies(t *testing.T, p *Person, room string, want ...string) {
	t.Helper()
	if got := p.bodies(room); !slices.Equal(got, want) {
		t.Errorf("the room holds %q, not %q", got, want)
	}
}

// Enter sends, Shift+Enter begins a line, an empty text and one that is too
// long are not sent.
func TestEnter(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()

	a.Focus("#say")
	a.Enter()
	a.Type("   ")
	a.Enter()
	a.Fill("#say", "첫 줄")
	a.Key("Enter", 13, 8)
	a.Type("둘째 줄")
	if got := Eval[string](a, "document.querySelector('#say').value"); got != "첫 줄\n둘째 줄" {
		t.Errorf("with Shift+Enter the field holds %q", got)
	}
	a.Enter()
	a.stored("첫 줄둘째 줄") // the line end is a <br>, which has no text
	a.Wait("an empty field", "document.querySelector('#say').value === ''")

	long := strings.Repeat("가", 4001)
	a.Type(long)
	a.Enter()
	a.Wait("words on how much too long it is", `/1자 넘었|Too long by 1/.test(document.querySelector('.over').textContent)`)
	a.Fill("#say", "둘째")
	a.Click(".send")
	a.stored("둘째")
	wantBodies(t, mina, "lobby", "첫 줄\n둘째 줄", "둘째")
}

// keys makes the page note what its field is told of the keyboard, so that a
// test can see that it made the events it meant to make.
func (tab *Tab) keys() func() []string {
	Eval[any](tab, `void (() => {
		window.told = [];
		for (const kind of ['keydown', 'compositionstart', 'compositionend'])
			document.querySelector('#say').addEventListener(kind, (event) => window.told.push(
				kind + (event.key ? ' ' + event.key + ' ' + event.keyCode + ' ' + event.isComposing : '')), true);
	})()`)
	return func() []string { return Eval[[]string](tab, "window.told.splice(0)") }
}

func (tab *Tab) compose(text string) {
	tab.t.Helper()
	n := len([]rune(text))
	tab.Call("Input.imeSetComposition", object{"text": text, "selectionStart": n, "selectionEnd": n})
}

// pressOnly presses Enter as an input method passes it on: a key without text.
func (tab *Tab) pressOnly(code int) {
	tab.t.Helper()
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		tab.Call("Input.dispatchKeyEvent", object{"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code})
	}
}

// notSent fails unless what was written is still in the field: to send empties
// the field at once.
func (tab *Tab) notSent(text string) {
	tab.t.Helper()
	if got := Eval[string](tab, "document.querySelector('#say').value"); got != text {
		tab.t.Errorf("the field holds %q, and %q was written and not to be sent", got, text)
	}
}

// The Enter that ends a syllable sends nothing, whether it comes before the end
// of the composition, as in Chrome, or after it, as in Safari; the next one
// sends the whole word once.
func TestKoreanEnter(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	told := a.keys()
	a.Focus("#say")

	for _, text := range []string{"ㅎ", "하", "한"} {
		a.compose(text)
	}
	a.pressOnly(13)
	a.notSent("한")
	a.Type("한")
	if got, want := told(), []string{"compositionstart", "keydown Enter 13 true", "compositionend"}; !slices.Equal(got, want) {
		t.Fatalf("the order of Chrome was meant, and came out as %q", got)
	}
	a.Enter()
	a.stored("한")

	told()
	a.compose("글")
	a.Type("글")
	a.pressOnly(229)
	a.notSent("글")
	if got, want := told(), []string{"compositionstart", "compositionend", "keydown Enter 229 false"}; !slices.Equal(got, want) {
		t.Fatalf("the order of Safari was meant, and came out as %q", got)
	}
	a.Enter()
	a.stored("글")

	// The button ends the composition that is under way and sends all of it.
	a.Type("마")
	a.compose("루")
	a.Click(".send")
	a.stored("마루")
	wantBodies(t, mina, "lobby", "한", "글", "마루")
	if left := Eval[string](a, "document.querySelector('#say').value"); left != "" {
		t.Errorf("the field still holds %q", left)
	}
}

// A draft survives a reload, and the field grows with it without covering the
// newest message.
func TestDraft(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	for range 40 {
		mina.Say("lobby", "앞선 말")
	}
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	small := Eval[float64](a, "document.querySelector('#say').offsetHeight")
	a.Focus("#say")
	draft := "하나\n둘\n셋\n넷"
	a.Type(draft)
	if grown := Eval[float64](a, "document.querySelector('#say').offsetHeight"); grown < small+3*20 {
		t.Errorf("with four lines the field is %v high, with one it was %v", grown, small)
	}
	a.atEnd()
	a.Wait("the draft in storage", "Object.values(localStorage).includes(%s)", draft)
	a.Reload().Live()
	a.Wait("the draft", "document.querySelector('#say').value === %s", draft)
	a.Focus("#say")
	a.Enter()
	a.stored("하나둘셋넷")
	a.Reload().Live()
	if got := Eval[string](a, "document.querySelector('#say').value"); got != "" {
		t.Errorf("the draft %q is there although it was sent", got)
	}
}

// What was being written before an edit is there again behind it.
func TestDraftBehindAnEdit(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	seq := mina.Say("lobby", "alt")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	a.Focus("#say")
	a.Type("halb geschrieben")
	for _, end := range []string{"Escape", "Enter"} {
		a.Hover(row(seq) + " .slip")
		a.Click(row(seq) + ` [data-act="edit"]`)
		a.Wait("the text to edit", "document.querySelector('#say').value.startsWith('alt')")
		a.Type(" und neu")
		a.Key(end, map[string]int{"Escape": 27, "Enter": 13}[end], 0)
		a.Wait("the draft", "document.querySelector('#say').value === 'halb geschrieben'")
	}
	a.stored("alt und neu")
	a.Reload().Live()
	a.Wait("the draft", "document.querySelector('#say').value === 'halb geschrieben'")
}

// atEnd waits until the newest message stands just above the sill.
func (tab *Tab) atEnd() {
	tab.t.Helper()
	tab.Wait("the end of the log in sight", `(() => {
		const log = document.querySelector('#log').getBoundingClientRect();
		const last = document.querySelector('#rows > :last-child').getBoundingClientRect();
		return Math.abs(document.querySelector('#log').scrollTop) < 2 && last.bottom <= log.bottom && last.bottom > log.bottom - 40;
	})()`)
}
