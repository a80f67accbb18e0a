package browser

import "testing"

// The looks that one chooses in the settings, without any script, are on every
// page at once: light or dark whatever the system prefers, and messages as lines.
func TestChoices(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Say("lobby", "하나")
	soran.Say("lobby", "둘")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").NoScript()
	a.Theme("light")
	a.Go("/settings")
	ground := func(want string) {
		t.Helper()
		a.Wait("the ground "+want, "getComputedStyle(document.body).backgroundColor === %s", want)
	}
	const paper, night = "rgb(251, 250, 248)", "rgb(22, 22, 24)"
	ground(paper)
	a.submit(`.looks [value="dark"]`, "/settings")
	ground(night)
	a.submit(`.looks [value="compact"]`, "/settings")
	a.Go("/rooms/lobby")
	ground(night)
	a.Wait("own lines where the others' are", `(() => {
		const [mine, other] = [...document.querySelectorAll('#rows > .msg .slip')].map((slip) => slip.getBoundingClientRect().left);
		return mine === other && getComputedStyle(document.querySelector('.slip')).backgroundColor === 'rgba(0, 0, 0, 0)';
	})()`)
	a.Wait("one's own name", "document.querySelector('.mine .by').getBoundingClientRect().height > 10")
	a.Go("/settings")
	a.submit(`.looks [value="roomy"]`, "/settings")
	a.submit(`.looks [value="auto"]`, "/settings")
	ground(paper)
	a.Theme("dark")
	ground(night)
}

// What is said of days stays true over midnight.
func TestMidnight(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "오늘 한 말")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	a.Wait("the time of today", "/오전|오후/.test(document.querySelector('.row time').textContent)")
	before := Eval[string](a, "document.querySelector('.day').textContent")
	// A year and a day later, as the page's clock has it.
	Eval[any](a, `void (() => {
		const real = Date, later = 366 * 24 * 3600 * 1000;
		window.Date = class extends real {
			constructor(...given) { super(...(given.length ? given : [real.now() + later])); }
			static now() { return real.now() + later; }
		};
		document.dispatchEvent(new Event('visibilitychange'));
	})()`)
	a.Wait("the day of the room's last word", "/\\d+월 \\d+일/.test(document.querySelector('.row time').textContent)")
	a.Wait("the year in the line of the day", `/^\d{4}년/.test(document.querySelector('.day').textContent) && document.querySelector('.day').textContent.endsWith(%s)`, before)
}
