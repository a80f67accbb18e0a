package browser

import (
	"testing"
	"time"
)

// A connection dies and nobody is told. The page notices that it hears nothing,
// and asks anew.
func TestDeadLine(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine).Go("/rooms/lobby").Live()
	oneStream(t, p)
	p.Deafen()
	soran.Say("lobby", "오지 못하는 말")
	// The clock of the page runs so fast that it is not taken for sleep.
	Eval[any](a, `void (() => { const now = Date.now, began = now(); Date.now = () => began + 5 * (now() - began); })()`)
	took := a.WaitFor(20*time.Second, "what a dead line did not bring", hasText, "오지 못하는 말")
	t.Logf("the page noticed after %s, five times as fast as it is", took.Round(10*time.Millisecond))
	a.Live().inOrder()
}

// A page that the browser freezes holds no connection and no place for one;
// thawed, it has what was said meanwhile.
func TestFrozen(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	w := NewWindow(t, p.URL()).SignIn(mina)
	a, b := w.Tab("the frozen one").Go("/rooms/lobby").Live(), w.Tab("another").Go("/settings")
	oneStream(t, p)
	const places = "navigator.locks.query().then(({ held }) => held.map(({ name }) => name).filter((name) => name.startsWith('maru:stream:')).join())"
	b.Wait("one place that is taken", places+".then((names) => names === 'maru:stream:0')")
	a.Call("Emulation.setFocusEmulationEnabled", object{"enabled": false}) // what is looked at is not frozen
	a.Call("Page.setWebLifecycleState", object{"state": "frozen"})
	until(t, "no stream of a frozen page", func() bool { open, _ := p.Streams(); return open == 0 })
	b.Wait("no place that is taken", places+".then((names) => names === '')")
	soran.Say("lobby", "im Frost gesagt")
	a.Call("Page.setWebLifecycleState", object{"state": "active"})
	began := time.Now()
	a.stored("im Frost gesagt")
	t.Logf("thawed, it is there after %s", time.Since(began).Round(10*time.Millisecond))
	a.Live()
	oneStream(t, p)
}

// A browser says that it is offline, and a stream goes on all the same: it is
// not closed, and what it brings is believed.
func TestOfflineInName(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine).Go("/rooms/lobby").Live()
	oneStream(t, p)
	offline := func(is bool) {
		a.Call("Network.emulateNetworkConditions", object{"offline": is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
	}
	offline(true)
	a.Wait("words that the line is cut", "!navigator.onLine && document.querySelector('#sill.cut')")
	soran.Say("lobby", "trotzdem gehört")
	a.stored("trotzdem gehört")
	a.Live()
	if open, ever := p.Streams(); open != 1 || ever != 1 {
		t.Errorf("%d streams are open, of %d", open, ever)
	}
	offline(false)
	a.Live()
}
