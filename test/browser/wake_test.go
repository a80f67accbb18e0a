package browser

import (
	"fmt"
	"os"
	"slices"
	"testing"
)

// A page whose reader looks elsewhere counts what comes in its title, and stops
// when it is looked at again.
func TestHiddenTitle(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Say("lobby", "혼자 한 말")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	a.Wait("the plain title", "document.title === '대청마루 · 마루'")

	// What came just before is left to a frame that the page may never get.
	Eval[any](a, "window.requestAnimationFrame = () => { document.body.dataset.frame = 'asked'; return 0; }")
	soran.Say("lobby", "막 온 말")
	a.Wait("a message that waits for its frame", "document.body.dataset.frame === 'asked'")

	// Only a window that is really put away makes its page hidden.
	a.Call("Emulation.setFocusEmulationEnabled", object{"enabled": false})
	window := a.Call("Browser.getWindowForTarget", nil)["windowId"]
	show := func(state string) {
		a.Call("Browser.setWindowBounds", object{"windowId": window, "bounds": object{"windowState": state}})
	}
	show("minimized")
	a.Wait("a hidden page", "document.hidden")
	for i := range 3 {
		soran.Say("lobby", fmt.Sprintf("안 볼 때 온 말 %d", i))
	}
	a.Wait("the count in the title", "document.title === '(4) 대청마루 · 마루'")
	unread := func() int {
		var room struct{ Room struct{ Unread int } }
		mina.Must("GET", "/rooms/lobby", nil, &room)
		return room.Room.Unread
	}
	if n := unread(); n != 4 {
		t.Errorf("the server counts %d unread messages while nobody looks", n)
	}
	show("normal")
	a.Call("Emulation.setFocusEmulationEnabled", object{"enabled": true})
	a.Call("Page.bringToFront", nil)
	a.Wait("the plain title again", "!document.hidden && document.title === '대청마루 · 마루'")
	until(t, "the read mark at the server", func() bool { return unread() == 0 })
	a.stored("안 볼 때 온 말 2")
}

// A server that was set back to a copy of its data has another history than the
// page has seen. The page drops what is no longer there, shows what is, and can
// still go up to the beginning.
func TestRestoredBackup(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for i := range 70 {
		soran.Say("lobby", fmt.Sprintf("alt %d", i))
	}
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
	a.Go("/rooms/lobby").Live()
	s.Stop()
	backup := s.data + ".copy"
	if err := os.CopyFS(backup, os.DirFS(s.data)); err != nil {
		t.Fatal(err)
	}
	s.Start()
	for i := range 5 {
		soran.Say("lobby", fmt.Sprintf("verloren %d", i))
	}
	a.stored("verloren 4")
	s.Stop()
	if err := os.RemoveAll(s.data); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(backup, s.data); err != nil {
		t.Fatal(err)
	}
	s.Start()
	for i := range 8 {
		soran.Say("lobby", fmt.Sprintf("neu %d", i))
	}
	a.stored("neu 7")
	a.Live()
	if Eval[bool](a, "document.querySelector('#rows').textContent.includes('verloren')") {
		t.Error("the page still shows what the server does not have")
	}
	a.Wait("the first message, above", "(document.querySelector('#log').scrollTop = -1e6) && document.querySelectorAll('#rows > .msg').length === 78")
	if shown, held := a.Texts(), mina.bodies("lobby"); !slices.Equal(shown, held) {
		t.Errorf("the page shows %q and the server holds %q", shown, held)
	}
	a.inOrder()
}

// What can be done with a message stands where it can be seen, also where the
// head of the message is above the window.
func TestToolsInSight(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 20)
	var tall string
	for i := range 60 {
		tall += fmt.Sprintf("Zeile %d\n", i)
	}
	seq := soran.Say("lobby", tall)
	full(t, s, soran, 20)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	inSight := func(what string, selector string) {
		t.Helper()
		a.Wait("the tools of "+what, `(() => {
			const log = document.querySelector('#log').getBoundingClientRect();
			const bar = document.querySelector(%s + ' #tools:not([hidden])')?.getBoundingClientRect();
			return bar && bar.top >= log.top && bar.bottom <= log.bottom && bar.left >= log.left && bar.right <= log.right;
		})()`, selector)
	}
	point := func(x, y float64) {
		a.Call("Input.dispatchMouseEvent", object{"type": "mouseMoved", "x": x, "y": y})
	}
	a.see(row(seq))
	at := Eval[[2]float64](a, `(() => { const box = document.querySelector(%s).getBoundingClientRect(); return [box.left + 60, innerHeight / 2]; })()`, row(seq))
	point(at[0], at[1])
	inSight("a message higher than the window", row(seq))
	// The row that the upper edge of the log goes through.
	edge := Eval[struct {
		ID   string
		X, Y float64
	}](a, `(() => {
		const log = document.querySelector('#log');
		log.scrollTop = 0;
		const top = log.getBoundingClientRect().top;
		const row = [...document.querySelectorAll('#rows > .msg')].find((one) => one.getBoundingClientRect().bottom > top + 4);
		log.scrollTop += row.querySelector('.slip').getBoundingClientRect().top - top + 8;
		const box = row.querySelector('.slip').getBoundingClientRect();
		return { ID: '#' + row.id, X: box.left + 10, Y: box.bottom - 6 };
	})()`)
	point(edge.X, edge.Y)
	inSight("the uppermost message", edge.ID)
}
