package browser

import (
	"testing"
	"time"
)

// Where streams do not get through, the page asks every few seconds and says
// so; messages come all the same. When the line lets streams through again, it
// goes back to them.
func TestPolls(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for name, mode := range map[string]Mode{
		"a proxy that holds the body of a stream": {Hold: true},
		"a proxy that cuts a stream at once":      {Break: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := StartProxy(t, s)
			p.Set(mode)
			a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
			a.Language("ko")
			a.Go("/rooms/lobby")

			soran.Say("lobby", "첫 말 "+name)
			took := a.WaitFor(patience, "the first message", hasText, "첫 말 "+name)
			t.Logf("the first message is there after %s", took.Round(10*time.Millisecond))
			if took > 8*time.Second {
				t.Errorf("the first message took %s", took)
			}
			a.Wait("words that it asks every few seconds", `/몇 초마다/.test(document.querySelector('#line').textContent) && !document.querySelector('#sill.cut')`)
			until(t, "the second failure of a stream", func() bool {
				open, ever := p.Streams()
				return open == 0 && ever == 2
			})
			a.Say("나도 한마디 " + name)
			a.stored("나도 한마디 " + name)
			for _, text := range []string{"다음 말 ", "그다음 말 "} {
				soran.Say("lobby", text+name)
				took := a.WaitFor(patience, "the next message", hasText, text+name)
				t.Logf("the next one after %s", took.Round(10*time.Millisecond))
			}
			if _, ever := p.Streams(); ever > 2 {
				t.Errorf("%d streams were tried", ever)
			}

			p.Set(Mode{})
			// The reader's machine sleeps for longer than streams are banned.
			Eval[any](a, `void (() => { const now = Date.now; Date.now = () => now() + 61000; })()`)
			a.Live()
			a.Wait("no word on the line", "document.querySelector('#line').textContent === ''")
			soran.Say("lobby", "wieder "+name)
			took = a.WaitFor(patience, "a live message", hasText, "wieder "+name)
			if open, _ := p.Streams(); open != 1 || took > 2*time.Second {
				t.Errorf("%d streams are open, and a message took %s", open, took)
			}
			a.inOrder()
		})
	}
}

// A line that breaks as soon as a stream has caught up is tried again later and
// later, not as fast as it goes; what comes meanwhile is there in the end.
func TestShortStreams(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	p.Set(Mode{Short: true})
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
	a.Go("/rooms/lobby")
	a.Wait("three seconds", "performance.now() > 3000")
	if _, ever := p.Streams(); ever < 2 || ever > 12 {
		t.Errorf("in three seconds %d streams were opened", ever)
	}
	soran.Say("lobby", "trotzdem da")
	a.stored("trotzdem da")
	p.Set(Mode{})
	a.Live()
}

// hasText is a script that says whether a message is on the page.
const hasText = "[...document.querySelectorAll('#rows > .msg .text')].some((one) => one.textContent === %s)"

// Bytes that come in pieces of any size make the same events: a syllable may be
// cut in its middle.
func TestSlices(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	for _, n := range []int{1, 7} {
		p.Set(Mode{Slices: n})
		text := "한 글자가 여러 바이트예요 👩‍👩‍👧 " + string(rune('0'+n))
		soran.Say("lobby", text)
		a.stored(text)
	}
}
