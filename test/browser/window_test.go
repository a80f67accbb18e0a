package browser

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// rowsHeld are the numbers of the stored rows of the page.
func (tab *Tab) rowsHeld() []int64 {
	tab.t.Helper()
	return Eval[[]int64](tab, `[...document.querySelectorAll('#rows > .msg[data-seq]')].map((row) => Number(row.dataset.seq))`)
}

// all are all messages of a room, oldest first.
func (p *Person) all(room string) (all []Message) {
	p.t.Helper()
	for before := ""; ; before = fmt.Sprintf("&before=%d", all[0].Seq) {
		var got struct{ Messages []Message }
		p.Must("GET", "/rooms/"+room+"/messages?limit=200"+before, nil, &got)
		if all = append(got.Messages, all...); len(got.Messages) < 200 {
			return all
		}
	}
}

// seqs are the numbers of all messages of a room.
func (p *Person) seqs(room string) (seqs []int64) {
	p.t.Helper()
	for _, m := range p.all(room) {
		seqs = append(seqs, m.Seq)
	}
	return seqs
}

// whole fails unless the page holds messages without a hole between them, and
// no more than it may. It returns their numbers.
func (tab *Tab) whole(all []int64) []int64 {
	tab.t.Helper()
	held := tab.rowsHeld()
	from := slices.Index(all, held[0])
	if from < 0 || from+len(held) > len(all) || !slices.Equal(held, all[from:from+len(held)]) || len(held) > 300 {
		tab.t.Fatalf("the page holds %v", held)
	}
	return held
}

// scrollUntil moves the log by steps, as a reader does, until a script is true;
// and looks each time whether the page is whole.
func (tab *Tab) scrollUntil(all []int64, by float64, what, script string) {
	tab.t.Helper()
	for range 200 {
		if Eval[bool](tab, "Boolean("+script+")") {
			return
		}
		Eval[any](tab, fmt.Sprintf(`new Promise((done) => {
			document.querySelector('#log').scrollBy({ top: %v, behavior: 'instant' });
			requestAnimationFrame(() => requestAnimationFrame(() => (document.querySelector('#log').ariaBusy ? setTimeout(done, 30, 0) : done(0))));
		})`, by))
		tab.whole(all)
	}
	tab.t.Fatalf("%s: %s did not come into sight", tab.name, what)
}

// A page holds so many rows and no more: those that are far from the reader go,
// on either side, and come again when one scrolls to them.
func TestFewRows(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 460)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	all := soran.seqs("lobby")
	first := js("document.querySelector(%s)", row(all[0]))
	a.scrollUntil(all, -2000, "the first message", first)
	held := a.whole(all)
	t.Logf("at the top the page holds %d of %d", len(held), len(all))
	a.Wait("the way to the newest", pill+"?.match(/최신|newest/)")

	// What is said meanwhile is not drawn, and counted.
	all = append(all, soran.Say("lobby", "아래 먼 곳에 온 말"))
	a.Wait("the pill", pill+"?.match(/새 메시지 1|1 new message/)")
	if now := a.whole(all); now[len(now)-1] != held[len(held)-1] {
		t.Errorf("the page goes on to #%d", now[len(now)-1])
	}
	a.scrollUntil(all, 2000, "the newest message", js(hasText, "아래 먼 곳에 온 말"))
	a.Wait("no pill", "(document.querySelector('#log').scrollTop = 0, document.querySelector('#below').hidden)")
	all = append(all, soran.Say("lobby", "이제 바로 보이는 말"))
	a.stored("이제 바로 보이는 말")
	a.atEnd()
	a.whole(all)

	// Far up again, and back by the pill.
	a.scrollUntil(all, -4000, "the first message", first)
	a.Click("#below button")
	a.stored("이제 바로 보이는 말")
	a.atEnd()
	a.whole(all)
}

// The page around an old message goes on both ways, hears what is said, and
// comes back to the newest: by scrolling, by the pill, and by speaking.
func TestAroundTheOld(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 240)
	all := soran.seqs("lobby")
	old, edited := all[60], all[62]
	at := fmt.Sprintf("/rooms/lobby/%d", old)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	open := func() {
		t.Helper()
		a.Go(at).Live()
		a.Wait("the message in sight", `(() => {
			const at = document.querySelector(%s)?.getBoundingClientRect(), log = document.querySelector('#log').getBoundingClientRect();
			return at && at.top >= log.top && at.bottom <= log.bottom;
		})()`, row(old))
	}
	open()
	a.scrollUntil(all, -1000, "the first message", js("document.querySelector(%s)", row(all[0])))
	a.scrollUntil(all, 1500, "the newest message", js("document.querySelector(%s)", row(all[239])))
	a.Wait("the address of the room", "location.pathname === '/rooms/lobby'")
	all = append(all, soran.Say("lobby", "함께 가는 말"))
	a.stored("함께 가는 말")
	a.whole(all)

	open()
	top := a.top(row(old))
	all = append(all, soran.Say("lobby", "멀리서 온 말"))
	soran.Must("PATCH", fmt.Sprintf("/rooms/lobby/messages/%d", edited), object{"body": "고친\n말\n입니다"}, nil)
	a.Wait("an edit near by", "document.querySelector(%s)", row(edited)+" .edited")
	a.wantTop("what is said far below", row(old), top)
	a.Click("#below button")
	a.stored("멀리서 온 말")
	a.atEnd()
	a.whole(all)

	open()
	a.Say("여기서 말하면")
	a.stored("여기서 말하면")
	a.atEnd()
	a.inOrder()
}

// Older messages come in above and move nothing, wherever near the top the
// reader is.
func TestPrepend(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 220)
	p := StartProxy(t, s)
	for _, from := range []int{0, 1, 200} {
		a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine).Go("/rooms/lobby").Live()
		a.Wait("the first page", "document.querySelectorAll('#rows > .msg').length >= 50 && !document.querySelector('#log').ariaBusy")
		n := len(a.rowsHeld())
		p.Set(Mode{Late: true}) // the older ones come when the reader is there
		first := Eval[string](a, fmt.Sprintf(`(() => {
			const log = document.querySelector('#log');
			log.scrollTo({ top: log.clientHeight - log.scrollHeight + %d, behavior: 'instant' });
			return '#' + document.querySelector('#rows > .msg').id;
		})()`, from))
		a.Wait("the question for more", "document.querySelector('#log').ariaBusy")
		slip := first + " .slip"
		at := a.top(slip)
		p.Set(Mode{})
		a.Wait("older messages", "document.querySelectorAll('#rows > .msg').length > %s", n)
		a.wantTop(fmt.Sprintf("older messages, %d below the top,", from), slip, at)
		a.inOrder()
		a.Call("Page.close", nil)
	}
}

// What finds another height moves nothing that the reader looks at: rows above
// and below, and the whole log where the window gets another width.
func TestHeights(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 60)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Size(1000, 700, 1, false)
	a.Go("/rooms/lobby").Live()
	a.scroll(-900)
	seen := Eval[string](a, `(() => {
		const top = document.querySelector('#log').getBoundingClientRect().top;
		return '#' + [...document.querySelectorAll('#rows > .msg')].find((row) => row.querySelector('.slip').getBoundingClientRect().bottom > top).id;
	})()`) + " .slip"
	top := func() float64 {
		Eval[any](a, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")
		return a.top(seen) - a.top("#log")
	}
	at := top()
	stays := func(what string) {
		t.Helper()
		if now := top(); math.Abs(now-at) > 1.5 {
			t.Errorf("%s moved %s from %v to %v", what, seen, at, now)
		}
	}
	for what, grow := range map[string]string{
		"a row below": "document.querySelector('#rows > .msg:last-child .slip').style.height = '300px'",
		"a row above": "document.querySelector('#rows > .msg .slip').style.height = '300px'",
		"the field":   "document.querySelector('#say').style.height = '160px'",
	} {
		Eval[any](a, "void ("+grow+")")
		stays(what)
	}
	for _, width := range []int{500, 360, 1000} {
		a.Size(width, 700, 1, false)
		stays(fmt.Sprintf("a width of %d", width))
	}
	Eval[any](a, "void document.querySelector('#log').scrollTo({ top: 0 })")
	a.Size(500, 500, 1, false)
	a.atEnd()
}
