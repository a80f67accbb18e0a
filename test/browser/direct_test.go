package browser

import "testing"

// One writes to another from the list of members; the other finds the room in
// the list, under the first one's name and seal.
func TestDirect(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	soran.Say("lobby", "저 여기 있어요") // who speaks in an open room is a member
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby/about")
	b := NewWindow(t, s.URL()).SignIn(soran).Tab("soran")

	a.Click(".person .write button")
	a.Wait("the room with soran", "document.querySelector('.talk .head h1')?.textContent === '소란'")
	a.Live().Say("둘이서만 하는 말")
	a.stored("둘이서만 하는 말")

	b.Go("/")
	const row = "[...document.querySelectorAll('.row')].find((row) => row.querySelector('.name b').textContent === '민아')"
	if seal := Eval[string](b, row+".querySelector('.seal').textContent"); seal != "민" {
		t.Errorf("the room has the seal %q", seal)
	}
	Eval[any](b, "void "+row+".click()")
	b.Wait("the room with mina", "document.querySelector('.talk .head h1')?.textContent === '민아'")
	b.stored("둘이서만 하는 말")

	// Whoever asks again, by whatever way, comes to the same room.
	there := Eval[string](a, "location.pathname")
	b.Go("/new")
	b.Fill("#to", "nobody")
	b.Allow(brokenLine) // the page comes with the status of a failure
	b.submit("#to + button", "/rooms")
	b.Wait("what was wrong", "document.querySelector('.fault') && document.querySelector('#to').value === 'nobody'")
	b.Fill("#to", "mina")
	b.submit("#to + button", there)
}
