package browser

import (
	"slices"
	"testing"
)

// The mark under the log says on request how the page is connected, up to which
// number it has everything, and how often it has closed a gap.
func TestProof(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
	a.Language("en")
	a.Go("/rooms/lobby").Live()
	says := func(what ...string) {
		t.Helper()
		const shown = "[...document.querySelectorAll('#proof dd')].map((one) => one.textContent)"
		a.Wait("the proof "+what[1], "JSON.stringify("+shown+") === JSON.stringify(%s)", what)
		if got := Eval[[]string](a, shown); !slices.Equal(got, what) {
			t.Error(got)
		}
	}
	soran.Say("lobby", "하나")
	a.stored("하나")
	if Eval[bool](a, "document.querySelector('#proof').matches(':popover-open')") {
		t.Error("it is shown before it is asked for")
	}
	a.Click(".got .live")
	a.Wait("the proof, in sight", `(() => {
		const proof = document.querySelector('#proof:popover-open')?.getBoundingClientRect();
		const mark = document.querySelector('.live').getBoundingClientRect();
		return proof && proof.height > 40 && proof.bottom <= mark.top && proof.left >= 0 && Math.abs(proof.right - mark.right) < 2;
	})()`)
	says("live", "everything up to #2", "0")

	// Nothing is missed while the line is cut: no gap to close.
	p.Set(Mode{Shut: true})
	p.Cut()
	a.Wait("words that the line is cut", "document.querySelector('#sill.cut')")
	says("cut", "everything up to #2", "0")
	p.Set(Mode{})
	a.Live()
	says("live", "everything up to #2", "0")

	p.Set(Mode{Shut: true})
	p.Cut()
	a.Wait("words that the line is cut", "document.querySelector('#sill.cut')")
	soran.Say("lobby", "둘")
	soran.Say("lobby", "셋")
	p.Set(Mode{})
	a.stored("셋")
	says("live", "everything up to #4", "1")
	a.Key("Escape", 27, 0)
	a.Wait("no proof", "!document.querySelector('#proof:popover-open')")
}
