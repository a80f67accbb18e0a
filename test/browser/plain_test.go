package browser

import (
	"fmt"
	"testing"
)

// NoScript turns the page's scripts off. What a test looks up with Eval runs in
// a world of the browser's tools, which stays on.
func (tab *Tab) NoScript() *Tab {
	tab.t.Helper()
	tab.Call("Emulation.setScriptExecutionDisabled", object{"value": true})
	return tab
}

// Everything that one needs works without a script, by clicking and typing.
func TestWithoutScript(t *testing.T) {
	s := StartServer(t)
	a := NewWindow(t, s.URL()).Tab("mina").NoScript()
	a.Language("en")
	a.Call("Page.navigate", object{"url": s.URL() + "/rooms/lobby"})
	a.Loaded("/sign-up?next=%2Frooms%2Flobby") // nobody owns the server yet
	a.Fill("#name", "mina")
	a.Fill("#display", "민아")
	a.Fill("#password", password)
	a.submit(".gate-form .go", "/rooms/lobby")
	if Eval[bool](a, "document.querySelector('.live:not([hidden])') !== null") {
		t.Fatal("a script ran")
	}
	soran := s.Join("soran", "소란")

	a.Fill("#say", "**첫** 말")
	a.submit(".send", "/rooms/lobby")
	seq := a.stored("첫 말")
	asked := soran.Reply("lobby", "무슨 말이에요?", seq)
	a.submit(".reload", "/rooms/lobby")
	a.stored("무슨 말이에요?")

	at := func(seq int64) string { return fmt.Sprintf("/rooms/lobby/%d", seq) }
	a.submit(row(asked)+" .when", at(asked))
	a.submit(`.acts a[href*="reply="]`, "/rooms/lobby")
	a.Wait("the message that is answered", "document.querySelector('#about-what')?.innerText.includes('무슨 말이에요?')")
	a.Fill("#say", "이런 말이에요")
	a.submit(".send", "/rooms/lobby")
	reply := a.stored("이런 말이에요")
	a.Wait("the quote", "document.querySelector(%s)?.textContent.includes('무슨 말이에요?')", row(reply)+" .quote")

	a.submit(row(seq)+" .when", at(seq))
	a.submit(`.acts [value="🎉"]`, at(seq))
	a.Wait("the reaction", "document.querySelector(%s)", row(seq)+` [value="🎉"][aria-pressed="true"]`)
	a.submit(row(seq)+` .reactions [value="🎉"]`, at(seq))
	a.Wait("no reaction", "!document.querySelector('.reactions')")
	a.submit(`.acts a[href*="edit="]`, "/rooms/lobby")
	a.Wait("the text to edit", "document.querySelector('#say').value === '**첫** 말'")
	a.Fill("#say", "고친 말")
	a.submit(".send", at(seq))
	a.stored("고친 말")
	a.submit(".acts button", "/rooms/lobby")
	a.Wait("the place of the deleted message", "document.querySelector(%s)", row(seq)+" .gone")

	a.submit(".head .tap:last-child", "/rooms/lobby/about")
	a.submit(".head .back", "/rooms/lobby")
	a.submit(`.rooms a[href="/new"]`, "/new")
	a.Fill("#room-name", "새 방")
	a.Fill("#room-slug", "fresh")
	a.Click(`[value="closed"]`)
	a.submit(".go", "/rooms/fresh")
	a.Click(`a[href="/settings"]`)
	a.Loaded("/settings")
	a.Fill("#display", "민아 님")
	a.submit(`form[action="/settings"] .go`, "/settings")
	a.Wait("words that it is saved", "document.querySelector('.saved') && document.querySelector('.who').innerText.includes('민아 님')")
	a.Click(`.choose [value="ko"]`)
	a.Wait("the page in Korean", "document.documentElement.lang === 'ko' && location.pathname === '/settings'")
	a.submit(`form[action="/sign-out"] button`, "/sign-in")
	a.Fill("#name", "mina")
	a.Fill("#password", "wrong password")
	a.submit(".gate-form .go", "/sign-in")
	a.Wait("what was wrong", "document.querySelector('.fault')?.textContent.includes('맞지 않아요')")
	a.Allow(brokenLine)
	a.Fill("#password", password)
	a.submit(".gate-form .go", "/")
	wantBodies(t, soran, "lobby", "", "무슨 말이에요?", "이런 말이에요")
}

// The log stands at its newest message without any script, and older ones are
// behind a link.
func TestNewestWithoutScript(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	full(t, s, mina, 80)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").NoScript().Go("/rooms/lobby")
	a.atEnd()
	a.Click(".older a")
	a.Wait("the older ones", "location.search.startsWith('?before=') && document.querySelectorAll('.msg').length === 30")
	a.Click(".newer a")
	a.Loaded("/rooms/lobby")
	a.atEnd()
}
