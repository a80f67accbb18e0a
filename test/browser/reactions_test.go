package browser

import (
	"fmt"
	"testing"
)

// pick opens the emoji with the tools of a message that is pointed at, and presses one.
func (tab *Tab) pick(seq int64, emoji string) {
	tab.t.Helper()
	tab.Click(row(seq) + ` [data-act="react"]`)
	tab.Wait("the emoji in their place", "document.querySelector('#emoji:popover-open')?.style.top")
	tab.Click(fmt.Sprintf("#emoji [value=%q]", emoji))
}

// Two people give a message the same emoji and take it back: each sees of the
// other what happens, and the page that the server draws says the same.
func TestReactions(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	seq := mina.Say("lobby", "낭독은 두 시부터예요")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	b := NewWindow(t, s.URL()).SignIn(soran).Tab("soran").Go("/rooms/lobby").Live()
	pills := func(tab *Tab, want string) {
		t.Helper()
		tab.Wait("the reactions "+want, `[...document.querySelectorAll(%s)]
			.map((one) => one.innerText.replace(/\s/g, '') + (one.ariaPressed === 'true' ? '*' : '')).join(' ') === %s`, row(seq)+" .reactions button", want)
	}

	b.Hover(row(seq) + " .slip")
	b.pick(seq, "🎉")
	b.Wait("the emoji put away", "!document.querySelector('#emoji:popover-open')")
	pills(b, "🎉1*")
	pills(a, "🎉1")
	a.Click(row(seq) + ` [value="🎉"]`)
	pills(a, "🎉2*")
	pills(b, "🎉2*")
	pills(b.Reload().Live(), "🎉2*")
	b.Click(row(seq) + ` [value="🎉"]`)
	pills(b, "🎉1")
	pills(a, "🎉1*")
	pills(a.Reload().Live(), "🎉1*")
	a.Click(row(seq) + ` [value="🎉"]`)
	pills(a, "")
	pills(b, "")
}

// A reaction is given and taken back with the keyboard alone, which stays where
// it was when the row is drawn anew.
func TestReactionsByKeyboard(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	seq := mina.Say("lobby", "낭독은 두 시부터예요")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	focused := func(what, selector string) {
		t.Helper()
		a.Wait("the keyboard at "+what, "document.activeElement?.matches(%s)", selector)
	}
	opener := row(seq) + ` [data-act="react"]`
	a.Focus(row(seq) + " .when")
	a.Key("Tab", 9, 0)
	focused("the tools", opener)
	a.Enter()
	focused("the first emoji", `#emoji [value="👍"]`)
	a.Key("Escape", 27, 0)
	a.Wait("the emoji put away", "!document.querySelector('#emoji:popover-open')")
	focused("the tools", opener)
	a.Enter()
	focused("the first emoji", `#emoji [value="👍"]`)
	a.Key("ArrowLeft", 37, 0)
	focused("the last emoji", `#emoji [value="✅"]`)
	a.Key("ArrowRight", 39, 0)
	a.Key("ArrowRight", 39, 0)
	focused("the second emoji", `#emoji [value="❤️"]`)
	a.Enter()
	pill := row(seq) + ` .reactions [value="❤️"]`
	a.Wait("the reaction", "document.querySelector(%s)?.ariaPressed === 'true'", pill)
	focused("the tools of the row drawn anew", opener)
	a.Key("Tab", 9, 8)
	focused("the reaction", pill)
	mina.React("lobby", seq, "👀")
	a.Wait("another reaction", "document.querySelector(%s)", row(seq)+` .reactions [value="👀"]`)
	focused("the reaction", pill)
	a.Enter()
	a.Wait("no such reaction", "!document.querySelector(%s)", pill)
	focused("the row", row(seq)+" .when")
}

// Under an old message, in a page that does not follow the log, a reaction shows too.
func TestReactionsToTheOld(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 150)
	old := mina.Messages("lobby")[20].Seq
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Go(fmt.Sprintf("/rooms/lobby/%d", old))
	a.Wait("a page that is not the newest", "document.querySelector('[data-newer]')")
	a.Hover(row(old) + " .slip")
	a.pick(old, "👀")
	a.Wait("the reaction", "document.querySelector(%s)?.ariaPressed === 'true'", row(old)+` .reactions [value="👀"]`)
}
