package browser

import "testing"

// Who writes is named to the others until it is sent, and not to oneself; a tab
// that cannot be written in says nothing.
func TestTyping(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Say("lobby", "hi")
	soran.Say("lobby", "hi") // members both
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	b := NewWindow(t, s.URL()).SignIn(soran).Tab("soran")
	b.Language("ko")
	b.Go("/rooms/lobby").Live()
	a.Focus("#say")
	a.Type("저는 ")
	b.Wait("who writes", "document.querySelector('#typing').textContent === '민아 님이 쓰고 있어요…'")
	if shown := Eval[string](a, "document.querySelector('#typing').textContent"); shown != "" {
		t.Errorf("who writes is told %q", shown)
	}
	a.Type("다 썼어요")
	a.Enter()
	b.WaitText("저는 다 썼어요")
	b.Wait("that it is sent", "document.querySelector('#typing').textContent === ''")
}
