package browser

import (
	"fmt"
	"testing"
	"time"
)

// oneStream waits until the proxy carries one stream, no more and no less.
func oneStream(t *testing.T, p *Proxy) {
	t.Helper()
	until(t, "one stream, no more", func() bool { open, _ := p.Streams(); return open == 1 })
}

// Going from room to room leaves no stream behind, neither on the line nor, by
// the server's own limit, in its register.
func TestRoomToRoom(t *testing.T) {
	s := StartServer(t, "--max-streams-per-user", "2")
	mina := s.Join("mina", "민아")
	mina.Open("other", "다른 방", "open")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	for range 4 {
		for _, room := range []string{"other", "lobby"} {
			a.Click(fmt.Sprintf(`.row[data-room="%s"]`, room))
			a.Loaded("/rooms/" + room).Live()
			oneStream(t, p)
		}
	}
}

// Back in a page that the browser kept, the room is live again and has what was
// said meanwhile.
func TestBack(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Open("other", "다른 방", "open")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	Eval[any](a, "void (window.kept = true)")
	a.Click(`.row[data-room="other"]`)
	a.Loaded("/rooms/other").Live()
	soran.Say("lobby", "während du weg warst")
	Eval[any](a, "void history.back()")
	a.Loaded("/rooms/lobby")
	if !Eval[bool](a, "window.kept === true") {
		t.Error("the browser did not keep the page, so that it could not be seen to wake")
	}
	a.Live().stored("während du weg warst")
	oneStream(t, p)
	a.Say("wieder da")
	a.stored("wieder da")
	Eval[any](a, "void history.forward()")
	a.Loaded("/rooms/other").Live()
	oneStream(t, p)
}

// Where the session ends elsewhere, the page says so within two seconds, takes
// no more text, and leads back to where it was.
func TestSignedOutElsewhere(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	soran := s.Join("soran", "소란")
	a := NewWindow(t, s.URL()).SignIn(soran).Tab("soran").Allow(brokenLine)
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	soran.Must("DELETE", "/sessions", nil, nil)
	took := a.WaitFor(patience, "words that one is signed out", `/로그아웃되었어요/.test(document.querySelector('#line').textContent)`)
	t.Logf("the page says so after %s", took.Round(time.Millisecond))
	if took > 2*time.Second {
		t.Errorf("the page says so after %s", took)
	}
	if !Eval[bool](a, "document.querySelector('#say').disabled && document.querySelector('.send').disabled") {
		t.Error("the composer is open")
	}
	a.Click("#line a")
	a.Loaded("/sign-in?next=%2Frooms%2Flobby")
	a.Fill("#name", "soran")
	a.Fill("#password", password)
	a.Enter()
	a.Loaded("/rooms/lobby").Live()
}

// Who is removed from a closed room is told so, and hears nothing more of it.
func TestRemoved(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Open("night", "필사하는 밤", "closed", soran)
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(soran).Tab("soran").Allow(brokenLine)
	a.Language("ko")
	a.Go("/rooms/night").Live()
	b := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/night").Live()
	mina.Say("night", "아직 함께")
	a.stored("아직 함께")
	mina.Must("DELETE", fmt.Sprintf("/rooms/night/members/%d", soran.ID), nil, nil)
	mina.Say("night", "이제 남은 사람끼리")
	a.Wait("words that the room is closed", `/이 방을 읽을 수 없어요/.test(document.querySelector('#line').textContent)`)
	b.stored("이제 남은 사람끼리")
	until(t, "the end of the stream", func() bool { open, _ := p.Streams(); return open == 0 })
	if Eval[bool](a, "document.body.textContent.includes('남은 사람끼리')") {
		t.Error("the page shows what was said after the removal")
	}
	if !Eval[bool](a, "document.querySelector('#say').disabled") {
		t.Error("the composer is open")
	}
	a.Click("#line a")
	a.Loaded("/")
	if Eval[bool](a, `document.querySelector('.row[data-room="night"]') !== null`) {
		t.Error("the list still has the room")
	}
}
