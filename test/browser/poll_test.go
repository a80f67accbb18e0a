package browser

import (
	"testing"
	"time"
)

// Where streams do not get through, the page asks and waits for the answer; where
// that does not get through either, it asks every few seconds. It says so, and
// messages come all the same. When the line lets streams through again, it goes
// back to them.
func TestPolls(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for name, c := range map[string]struct {
		mode      Mode
		way, line string
		most      time.Duration
	}{
		"a proxy that holds the body of a stream": {Mode{Hold: true}, "롱 폴링", "", 3 * time.Second},
		"a proxy that cuts a stream at once":      {Mode{Break: true}, "롱 폴링", "", 3 * time.Second},
		"a proxy that cuts whatever waits":        {Mode{Break: true, Hasty: true}, "몇 초마다 확인", "몇 초마다", 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			p := StartProxy(t, s)
			p.Set(c.mode)
			a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
			a.Language("ko")
			a.Go("/rooms/lobby")
			soran.Say("lobby", "첫 말 "+name)
			took := a.WaitFor(patience, "the first message", hasText, "첫 말 "+name)
			t.Logf("the first message is there after %s", took.Round(10*time.Millisecond))
			if took > 8*time.Second {
				t.Errorf("the first message took %s", took)
			}
			a.Wait("words on the way", "document.querySelector('#proof dd').textContent === %s", c.way)
			if took := time.Duration(Eval[float64](a, "performance.now()")) * time.Millisecond; took > 15*time.Second {
				t.Errorf("it took %s to find the way", took)
			}
			a.Wait("words on the line", "document.querySelector('#line').textContent.includes(%s) && !document.querySelector('#sill.cut')", c.line)
			a.Say("나도 한마디 " + name)
			a.stored("나도 한마디 " + name)
			for _, text := range []string{"다음 말 ", "그다음 말 "} {
				soran.Say("lobby", text+name)
				took := a.WaitFor(patience, "the next message", hasText, text+name)
				t.Logf("the next one after %s", took.Round(10*time.Millisecond))
				if took > c.most {
					t.Errorf("the next message took %s", took)
				}
			}
			// The next page of the tab knows already.
			a.Reload()
			a.Wait("words on the way, at once", "document.querySelector('#proof dd').textContent === %s", c.way)
			if _, ever := p.Streams(); ever > 2 {
				t.Errorf("%d streams were tried", ever)
			}

			p.Set(Mode{})
			// The reader's machine sleeps for longer than streams are barred.
			Eval[any](a, `void (() => { const now = Date.now; Date.now = () => now() + 301000; })()`)
			a.Live()
			until(t, "a stream", func() bool { open, _ := p.Streams(); return open == 1 })
			a.Wait("the best way", "document.querySelector('#proof dd').textContent === '실시간' && document.querySelector('#line').textContent === ''")
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
