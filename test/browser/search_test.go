package browser

import (
	"fmt"
	"testing"
)

// From a room one searches it, widens the search to all rooms and narrows it to one
// author, and a hit leads to its message; with a script and without.
func TestSearch(t *testing.T) {
	h := NewHouse(t)
	hits := func(tab *Tab) string {
		return Eval[string](tab, "[...document.querySelectorAll('.hit')].map((hit) => hit.getAttribute('href').split('#')[0] + ' ' + [...hit.querySelectorAll('mark')].map((mark) => mark.textContent)).join('; ')")
	}
	for _, scripted := range []bool{true, false} {
		tab := NewWindow(t, h.URL()).SignIn(h.Mina).Tab("mina")
		if !scripted {
			tab.NoScript()
		}
		tab.Language("ko")
		tab.Go("/rooms/lobby")
		tab.submit(`.head a[href="/search?room=lobby"]`, "/search")
		search := func(question string) {
			tab.Fill("#q", question)
			tab.submit(".ask .send", "/search")
		}
		for n := 0; ; n++ { // what was just said is found a moment later
			search("리는")
			if hits(tab) != "" || n > 50 {
				break
			}
		}
		found := fmt.Sprintf("/rooms/lobby/%d 리는", h.Bodies[1])
		if got := hits(tab); got != found {
			t.Errorf("found %q, want %q", got, found)
		}
		search("자리")
		inRoom := hits(tab)
		Eval[any](tab, "void (document.querySelector('#in').value = '')")
		search("자리")
		if everywhere := hits(tab); everywhere == inRoom || Eval[string](tab, "document.querySelector('#q').value") != "자리" {
			t.Errorf("in the lobby %q, everywhere %q", inRoom, everywhere)
		}
		tab.Fill("#by", "소란")
		search("자리는 열두")
		if got, want := hits(tab), fmt.Sprintf("/rooms/lobby/%d 자리는,열두", h.Bodies[1]); got != want {
			t.Errorf("of one author %q, want %q", got, want)
		}
		search("<b>없는 말</b>")
		tab.Wait("words that nothing was found", "document.querySelector('.answer .empty')?.innerText.includes('찾은 메시지가 없어요')")
		search("열두")
		tab.submit(".hit", fmt.Sprintf("/rooms/lobby/%d", h.Bodies[1]))
		tab.Wait("the message that was found", "document.querySelector(%s)", row(h.Bodies[1])+".target")
	}
}
