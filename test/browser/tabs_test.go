package browser

import (
	"fmt"
	"testing"
	"time"
)

// Ten tabs of one browser over HTTP/1.1, which opens six connections to a
// server: all load, all hear, and no more than five hold a connection.
func TestTenTabs(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	w := NewWindow(t, p.URL()).SignIn(mina)
	var tabs []*Tab
	for i := range 10 {
		began := time.Now()
		tabs = append(tabs, w.Tab(fmt.Sprintf("tab %d", i)).Go("/rooms/lobby").Live())
		t.Logf("tab %d is there after %s", i, time.Since(began).Round(10*time.Millisecond))
	}
	soran.Say("lobby", "alle zehn")
	for _, tab := range tabs {
		tab.stored("alle zehn")
	}
	if open, ever := p.Streams(); open != 4 || ever > 5 {
		t.Errorf("%d streams are open, and %d ever were", open, ever)
	}
	tabs[9].Wait("words that it asks", "/몇 초마다|every few seconds/.test(document.querySelector('#line').textContent)")
	tabs[9].Say("von der letzten")
	tabs[0].stored("von der letzten")

	// Who leaves makes room for one of the others.
	tabs[0].Call("Page.close", nil)
	until(t, "a stream of another tab", func() bool { _, ever := p.Streams(); return ever > 4 })
	tabs[8].Reload().Live()
	if open, _ := p.Streams(); open > 5 {
		t.Errorf("%d streams are open", open)
	}
}
