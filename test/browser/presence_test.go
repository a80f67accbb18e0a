package browser

import "testing"

// dots are the people whose seals in the room have a dot, by the letters.
const dots = `[...new Set([...document.querySelectorAll('#rows .seal')]
	.filter((seal) => getComputedStyle(seal, '::after').display === 'block').map((seal) => seal.textContent))].sort().join('')`

// The head of a room says how many are there, their seals have a dot, and a
// direct room says whether the other is there; as it is now, and as it changes.
func TestWhoIsHere(t *testing.T) {
	s := StartServer(t)
	mina, soran, harin := s.Join("mina", "민아"), s.Join("soran", "소란"), s.Join("harin", "하린")
	mina.Say("lobby", "하나")
	soran.Say("lobby", "하나")
	harin.Say("lobby", "하나")
	mina.Must("POST", "/rooms", object{"slug": "two", "kind": "direct", "members": []int64{soran.ID}}, nil)
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina").Allow(brokenLine)
	b := NewWindow(t, s.URL()).SignIn(soran).Tab("soran")
	says := func(tab *Tab, want string) {
		t.Helper()
		tab.Wait("the head with "+want, "document.querySelector('.present').innerText.trim() === %s", want)
	}
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	says(a, "지금 1명")
	b.Go("/rooms/lobby").Live()
	says(a, "지금 2명")
	a.Wait("the dot of soran", dots+" === '민소'")
	a.Say("셋")
	soran.Say("lobby", "둘")
	a.Wait("the dot of a new seal", "getComputedStyle(document.querySelector('#rows > .msg:last-child .seal'), '::after').display === 'block'")

	// Without a line nobody can tell.
	p.Set(Mode{Shut: true})
	p.Cut()
	says(a, "연결 기다리는 중")
	p.Set(Mode{})
	a.Live()
	says(a, "지금 2명")

	a.Go("/rooms/two").Live()
	says(a, "자리 비움")
	b.Go("/rooms/two").Live()
	says(a, "지금 있음")

	// Who leaves is gone after a moment. The page about a room names them.
	b.Go("/rooms/lobby").Live()
	says(a, "자리 비움")
	a.NoScript().Go("/rooms/lobby")
	says(a, "지금 2명") // the server says it before any script does
	a.submit(".present", "/rooms/lobby/about")
	a.Wait("who is here", "document.querySelector('#here').innerText.includes('소란') && !document.querySelector('#here').innerText.includes('하린')")
	a.Wait("marks in the list of members", "[...document.querySelectorAll('.person.in b')].map((one) => one.textContent).join() === '민아,소란'")
}
