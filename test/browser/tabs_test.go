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

// impatient makes pages take half a second for the half minute after which a tab
// that is not seen gives its connection back.
func impatient(tab *Tab) {
	tab.Call("Page.addScriptToEvaluateOnNewDocument", object{"source": `
		const wait = setTimeout;
		window.setTimeout = (call, time, ...rest) => wait(call, time === 30000 ? 500 : time, ...rest);`})
}

// unlocked makes pages find no locks, as where they come over plain HTTP.
func unlocked(tab *Tab) {
	tab.Call("Page.addScriptToEvaluateOnNewDocument", object{"source": "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });"})
}

// Of the tabs that nobody sees one keeps its stream, and without locks none. Seen
// again, each has what was said.
func TestHiddenTabs(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for name, c := range map[string]struct {
		setup []func(*Tab)
		kept  int
	}{
		"with locks":    {[]func(*Tab){impatient}, 1},
		"without locks": {[]func(*Tab){impatient, unlocked}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := StartProxy(t, s)
			w := NewWindow(t, p.URL(), c.setup...).SignIn(mina)
			var tabs []*Tab
			for i := range 3 {
				tabs = append(tabs, w.Tab(fmt.Sprintf("tab %d", i)).Go("/rooms/lobby").Live())
			}
			streams := func(want int) {
				t.Helper()
				until(t, fmt.Sprintf("%d streams", want), func() bool { open, _ := p.Streams(); return open == want })
			}
			streams(3)
			for _, tab := range tabs {
				tab.put(true)
			}
			streams(c.kept)
			soran.Say("lobby", "ungesehen "+name)
			for i, tab := range tabs {
				tab.put(false)
				tab.stored("ungesehen " + name)
				tab.Live()
				streams(i + 1 + min(c.kept, len(tabs)-1-i)) // those that are seen, and of the others one
			}
		})
	}
}

// Where the server gives no more streams, the page asks, and says so; it does not
// say that the line is cut, for it is not.
func TestNoStreamLeft(t *testing.T) {
	s := StartServer(t, "--max-streams-per-user", "1")
	mina := s.Join("mina", "민아")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("one device").Go("/rooms/lobby").Live()
	a.Wait("a stream", "document.querySelector('#sill[data-line=live]')")
	b := NewWindow(t, s.URL()).SignIn(mina).Tab("another").Allow(brokenLine)
	b.Go("/rooms/lobby").Live()
	b.Wait("that it asks", "document.querySelector('#sill[data-line=polling]')")
	a.Say("hier")
	b.stored("hier")
	b.Say("und hier")
	a.stored("und hier")
}
