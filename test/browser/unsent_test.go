package browser

import (
	"testing"
)

// failed is a script that says whether the rows that failed have these texts.
const failed = `JSON.stringify([...document.querySelectorAll('#rows > .msg.failed .text')].map((text) => text.textContent)) === JSON.stringify(%s)`

// What could not be sent keeps its text, says why where the server said so, and
// can be sent again or thrown away; a reload changes nothing about it.
func TestUnsent(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
	a.Language("ko")
	a.Go("/rooms/lobby").Live()

	// A filler is a letter to a browser and nothing to the server.
	a.Say("\u3164")
	a.Wait("the refused message", failed, []string{"\u3164"})
	a.Wait("the reason", `/글이 있어야/.test(document.querySelector('.failed .mend').textContent)`)
	if said := Eval[string](a, "document.querySelector('.failed .mend').getAttribute('role')"); said != "alert" {
		t.Errorf("the failure has the role %q", said)
	}

	s.Kill()
	a.Say("서버가 없을 때 쓴 말")
	a.Wait("the message that waits", `document.querySelector('.waiting .text')?.textContent === '서버가 없을 때 쓴 말'`)
	a.Wait("both failures", failed, []string{"\u3164", "서버가 없을 때 쓴 말"})
	a.Wait("the buttons", `[...document.querySelectorAll('.failed .mend button')].map((b) => b.textContent).join() === '다시 보내기,지우기,다시 보내기,지우기'`)
	s.Start()
	a.Live()
	a.Reload().Live()
	a.Wait("both failures after a reload", failed, []string{"\u3164", "서버가 없을 때 쓴 말"})
	wantBodies(t, mina, "lobby")

	a.Click(".failed .drop")
	a.Wait("the discarded one away", failed, []string{"서버가 없을 때 쓴 말"})
	a.Click(".failed .mend button")
	a.stored("서버가 없을 때 쓴 말")
	a.Wait("no failure", failed, []string{})
	a.Reload().Live()
	a.stored("서버가 없을 때 쓴 말")
	a.Wait("no failure after a reload", failed, []string{})
	wantBodies(t, mina, "lobby", "서버가 없을 때 쓴 말")
}

// closeWhileSending lets a tab write to the lobby and closes it when the message
// is stored and before the page has heard so.
func closeWhileSending(t *testing.T, w *Window, p *Proxy, text string, reader *Person) {
	t.Helper()
	a := w.Tab("the tab that is closed").Allow(brokenLine)
	a.Go("/rooms/lobby").Live()
	p.Set(Mode{Stall: true})
	a.Say(text)
	a.Wait("the message on its way", `document.querySelector('.waiting .text')?.textContent === %s`, text)
	until(t, "the message in the store", func() bool { return len(reader.Messages("lobby")) == 1 })
	a.Call("Page.close", nil)
	// Only then: cut while it is still there, the page would come back and hear.
	until(t, "the closed tab to let its stream go", func() bool {
		open, _ := p.Streams()
		return open == 0
	})
	p.Cut()
	p.Set(Mode{})
}

// A tab is closed after its message was stored and before it heard so. When it
// is opened again the message is there once, and nothing says that it was not
// sent.
func TestCloseWhileSending(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	w := NewWindow(t, p.URL()).SignIn(mina)
	a := w.Tab("mina")
	closeWhileSending(t, w, p, "한 번만", soran)
	a.Go("/rooms/lobby").Live()
	a.stored("한 번만")
	a.Wait("no failure", failed, []string{})
	a.Say("danach")
	a.stored("danach")
	wantBodies(t, mina, "lobby", "한 번만", "danach")
}

// A message that failed is sent again after all and turns out to be stored, and
// so far up that the page does not show it: it is not offered once more.
func TestSendAgainWhatIsStored(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	w := NewWindow(t, p.URL()).SignIn(mina)
	a := w.Tab("mina")
	closeWhileSending(t, w, p, "längst da", soran)
	var last int64
	for range 110 {
		last = soran.Say("lobby", "weiter")
	}
	mina.Must("PUT", "/rooms/lobby/read", object{"seq": last}, nil)
	a.Go("/rooms/lobby").Live()
	a.Wait("the failure", failed, []string{"längst da"})
	a.Click(".failed .mend button")
	a.Wait("nothing unsent", "document.querySelector('.msg:not([data-seq])') === null")
	a.Wait("the first page", "(document.querySelector('#log').scrollTop = -1e6) && document.querySelector('#m2')")
	a.stored("längst da")
	a.inOrder()
}

// Two tabs of one room have unsent messages of their own: neither loses the
// other's, and what one throws away does not come back in the other.
func TestUnsentInTwoTabs(t *testing.T) {
	s := StartServer(t)
	w := NewWindow(t, s.URL()).SignIn(s.Join("mina", "민아"))
	a, b := w.Tab("one").Allow(brokenLine).Go("/rooms/lobby").Live(), w.Tab("another").Allow(brokenLine).Go("/rooms/lobby").Live()
	a.Say("\u3164") // a filler is a letter to a browser and nothing to the server
	a.Wait("the failure", failed, []string{"\u3164"})
	b.Say("\u3164\u3164")
	b.Wait("the failure", failed, []string{"\u3164\u3164"})
	a.Reload().Live()
	a.Wait("both", failed, []string{"\u3164", "\u3164\u3164"})
	a.Click(".failed .drop")
	b.Reload().Live()
	b.Wait("what is left", failed, []string{"\u3164\u3164"})
}
