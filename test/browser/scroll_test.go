package browser

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// full is a room with more than two pages of messages.
func full(t *testing.T, s *Server, by *Person, n int) {
	t.Helper()
	for i := range n {
		text := fmt.Sprintf("말 %d", i+1)
		switch {
		case i%7 == 3:
			text += "\n```\n" + strings.Repeat("줄\n", i%4+1) + "```"
		case i%5 == 2:
			text += strings.Repeat(" 길게 이어지는 이야기", 12)
		}
		by.Say("lobby", text)
	}
}

// top is where a row stands on the screen.
func (tab *Tab) top(selector string) float64 {
	tab.t.Helper()
	return Eval[float64](tab, "document.querySelector(%s).getBoundingClientRect().top", selector)
}

// scroll moves the log by so many pixels as a wheel does, and waits until it
// has come to rest.
func (tab *Tab) scroll(by float64) {
	tab.t.Helper()
	before := Eval[float64](tab, "document.querySelector('#log').scrollTop")
	box := Eval[[2]float64](tab, "(() => { const b = document.querySelector('#log').getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()")
	tab.Call("Input.dispatchMouseEvent", object{"type": "mouseWheel", "x": box[0], "y": box[1], "deltaX": 0, "deltaY": by})
	tab.Wait("the log moved", "Math.abs(document.querySelector('#log').scrollTop - (%s)) > 1", before)
	Eval[any](tab, `new Promise((done) => {
		const log = document.querySelector('#log');
		let last = NaN, still = 0;
		const look = () => {
			still = log.scrollTop === last ? still + 1 : 0;
			last = log.scrollTop;
			if (still > 4) done(0); else requestAnimationFrame(look);
		};
		look();
	})`)
}

// middle is the selector of the row in the middle of what is in sight.
func (tab *Tab) middle() string {
	tab.t.Helper()
	return "#" + Eval[string](tab, `(() => {
		const log = document.querySelector('#log').getBoundingClientRect();
		const at = log.top + log.height / 2;
		return [...document.querySelectorAll('#rows > .msg')].find((row) => row.getBoundingClientRect().bottom > at).id;
	})()`)
}

func (tab *Tab) wantTop(what, selector string, want float64) {
	tab.t.Helper()
	if got := tab.top(selector); math.Abs(got-want) > 1.5 {
		tab.t.Errorf("%s moved %s from %v to %v", what, selector, want, got)
	}
}

const pill = `document.querySelector('#below:not([hidden]) button')?.innerText.trim()`

// Who is at the end stays there; who reads further up is not moved by what
// comes, is told how much it is, and gets there by the pill or by speaking.
func TestStay(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 60)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	a.atEnd()
	for i := range 5 {
		text := fmt.Sprintf("바로 보이는 말 %d", i)
		soran.Say("lobby", text)
		a.stored(text)
		a.atEnd()
	}

	a.scroll(-700)
	anchor := a.middle()
	at := a.top(anchor)
	soran.Say("lobby", "아래에 온 말 1")
	a.Wait("the pill", pill+" === '새 메시지 1'")
	a.wantTop("a message below", anchor, at)
	for i := range 30 {
		soran.Say("lobby", fmt.Sprintf("아래에 온 말\n```\n%d\n```", i+2))
	}
	a.Wait("the pill with the sum", pill+" === '새 메시지 31'")
	a.wantTop("thirty messages below", anchor, at)

	a.Click("#below button")
	a.atEnd()
	a.Wait("no pill", "document.querySelector('#below').hidden")

	a.scroll(-700)
	a.Say("제 말은 보여야 해요")
	a.stored("제 말은 보여야 해요")
	a.atEnd()
}

// What changes above or below the reader's place does not move it either.
func TestStayOverChanges(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 60)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	a.scroll(-900)
	anchor := a.middle()
	at := a.top(anchor)
	list := soran.Messages("lobby")
	change := func(what string, m Message, body string) {
		t.Helper()
		soran.Must("PATCH", fmt.Sprintf("/rooms/lobby/messages/%d", m.Seq), object{"body": body}, nil)
		a.Wait("the change", "document.querySelector(%s)", row(m.Seq)+" .edited")
		a.wantTop(what, anchor, at)
	}
	tall := strings.Repeat("한 줄\n", 9) + "끝"
	// The reader looks at what lies between the oldest and the newest loaded.
	change("an edit far above", list[12], tall)
	change("an edit at the end", list[len(list)-1], tall)
	soran.Must("DELETE", fmt.Sprintf("/rooms/lobby/messages/%d", list[13].Seq), nil, nil)
	a.Wait("the deletion", "document.querySelector(%s)", row(list[13].Seq)+" .gone")
	a.wantTop("a deletion above", anchor, at)
}

// Older messages come when one scrolls up, above and without moving the rest,
// also from the very top, until all are there.
func TestOlder(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 130)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	const rows = "document.querySelectorAll('#rows > .msg').length"
	if n := Eval[int](a, rows); n != 50 {
		t.Fatalf("the page begins with %d messages", n)
	}
	for want := 100; want <= 130; want += 30 {
		// At the extreme the browser's own anchoring does not help.
		first := Eval[string](a, `(() => {
			const log = document.querySelector('#log');
			log.scrollTop = -log.scrollHeight;
			return document.querySelector('#rows > .msg').id;
		})()`)
		// The name above it goes, since others of its group come before it.
		slip := "#" + first + " .slip"
		at := a.top(slip)
		a.Wait(fmt.Sprintf("%d messages", want), rows+" === %s", want)
		a.wantTop("older messages", slip, at)
	}
	Eval[any](a, "void (document.querySelector('#log').scrollTop = -1e6)")
	a.Wait("the first message", `(() => {
		const log = document.querySelector('#log').getBoundingClientRect();
		const first = document.querySelector('#rows > .msg');
		return first.textContent.includes('말 1') && first.getBoundingClientRect().top >= log.top;
	})()`)
	a.inOrder()
	Eval[any](a, "void (document.querySelector('#log').scrollTop = 0)")
	a.atEnd()
}

// On a screen that is higher than a page of messages nobody can scroll up; the
// older ones come all the same.
func TestOlderOnHighScreen(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for i := range 80 {
		soran.Say("lobby", fmt.Sprintf("짧은 말 %d", i+1))
	}
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Size(1000, 3000, 1, false)
	a.Go("/rooms/lobby").Live()
	a.Wait("all messages", "document.querySelectorAll('#rows > .msg').length === 80")
	a.atEnd()
}

// A room opens at the first message that is not read, and the pill counts
// those that are below.
func TestUnreadAtOpening(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	read := mina.Say("lobby", "여기까지 읽었다")
	mina.Must("PUT", "/rooms/lobby/read", object{"seq": read}, nil)
	full(t, s, soran, 30)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("en")
	a.Go("/rooms/lobby").Live()
	a.Wait("the unread line in sight", `(() => {
		const line = document.querySelector('#unread').getBoundingClientRect();
		const log = document.querySelector('#log').getBoundingClientRect();
		return line.top >= log.top && line.bottom < log.bottom;
	})()`)
	a.Wait("the pill", pill+" === '30 new messages'")
	// What was in sight for a moment is read, and the rest is not.
	const count = "Number.parseInt(document.querySelector('.row.here .count')?.textContent ?? '0')"
	a.Wait("fewer unread beside the room's name", count+" > 0 && "+count+" < 30")
	left := Eval[int](a, count)
	var room struct{ Room struct{ Unread int } }
	if mina.Must("GET", "/rooms/lobby", nil, &room); room.Room.Unread != left {
		t.Errorf("the page counts %d unread and the server %d", left, room.Room.Unread)
	}
	a.Click("#below button")
	a.atEnd()
	// What was read is read: to the server, and in the list beside it.
	a.Wait("no count beside the room's name", "!document.querySelector('.row.here .count')")
	until(t, "no count at the server", func() bool {
		var room struct{ Room struct{ Unread int } }
		mina.Must("GET", "/rooms/lobby", nil, &room)
		return room.Room.Unread == 0
	})
	if !Eval[bool](a, "document.querySelector('#unread') !== null") {
		t.Error("the unread line went away under the reader")
	}
}
