package browser

import (
	"testing"
	"time"
)

// twice presses something twice while no answer comes from the server.
func (tab *Tab) twice(p *Proxy, selector string) {
	tab.t.Helper()
	p.Set(Mode{Stall: true})
	Eval[any](tab, `void (() => {
		const button = document.querySelector(%s);
		button.click();
		setTimeout(() => button.click(), 150); // as a hand does
	})()`, selector)
	time.Sleep(400 * time.Millisecond)
	p.Set(Mode{})
}

// A form that is pressed twice is sent once: an account is made and entered, and
// there is no second token, of which nobody sees the secret.
func TestPressedTwice(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).Tab("new")
	a.Language("en")
	a.Go("/sign-up")
	a.Fill("#name", "soran")
	a.Fill("#password", password)
	a.twice(p, ".gate-form .go")
	a.Wait("a room", "location.pathname === '/rooms/lobby' && document.readyState === 'complete'")

	b := NewWindow(t, p.URL()).SignIn(mina).Tab("mina")
	b.Go("/settings")
	b.Fill("#label", "a program")
	b.twice(p, `form[action="/settings/tokens"] .go`)
	b.Wait("the secret", "document.querySelector('#secret')")
	if n := Eval[int](b, "document.querySelectorAll('.people .person').length"); n != 1 {
		t.Errorf("there are %d tokens", n)
	}
	b.Fill("#label", "another")
	b.submit(`form[action="/settings/tokens"] .go`, "/settings/tokens")
	b.Wait("two tokens", "document.querySelectorAll('.people .person').length === 2")
}
