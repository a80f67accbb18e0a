package browser

import "testing"

// Language lets the reader's browser ask for a language.
func (tab *Tab) Language(lang string) {
	tab.t.Helper()
	tab.Call("Network.setExtraHTTPHeaders", object{"headers": object{"Accept-Language": lang}})
}

// The pages speak the language that the browser asks for, until the reader
// chooses by hand; the choice stays.
func TestLanguage(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	a := NewWindow(t, s.URL()).Tab("visitor")
	for lang, want := range map[string][3]string{
		"ko-KR,ko;q=0.9,en;q=0.8": {"ko", "어서 오세요", "들어가기 · 마루"},
		"en-GB,en;q=0.9,ko;q=0.1": {"en", "Come in and sit down", "Sign in · Maru"},
		"fr":                      {"en", "Come in and sit down", "Sign in · Maru"},
	} {
		a.Language(lang)
		a.Go("/sign-in")
		got := Eval[[3]string](a, "[document.documentElement.lang, document.querySelector('h1').textContent, document.title]")
		if got != want {
			t.Errorf("%s gets %q, not %q", lang, got, want)
		}
	}
	a.Language("en")
	a.Go("/sign-in?next=%2Frooms%2Flobby")
	a.submit(`.choose [value="ko"]`, "/sign-in")
	a.Wait("the page in Korean", "document.documentElement.lang === 'ko' && location.search === '?next=%%2Frooms%%2Flobby'")
	a.Fill("#name", "mina")
	a.Fill("#password", password)
	a.submit(".go", "/rooms/lobby")
	a.Live()
	const all = "[document.documentElement.lang, document.querySelector('#got').innerText.slice(0, 5), document.querySelector('h1').textContent].join()"
	if got := Eval[string](a, all); got != "ko,모두 받음,대청마루" {
		t.Errorf("after the switch the room shows %s", got)
	}
	a.Go("/settings")
	a.submit(`.choose [value="en"]`, "/settings")
	a.Go("/rooms/lobby").Live()
	if got := Eval[string](a, all); got != "en,All h,Lobby" {
		t.Errorf("after the switch back the room shows %s", got)
	}
}
