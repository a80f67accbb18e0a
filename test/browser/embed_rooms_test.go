package browser

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

// A page's room waits for its first message: who reads sees it come, and it is the
// same room for whoever has the same page open.
func TestEmbedPageRoom(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	host := s.Host("shop", "--visitors", "guest", "--pages")
	for _, path := range []string{"/books/1", "/books/2"} {
		host.Page(path, "", `<maru-chat room="auto" lang="ko"></maru-chat>`)
	}
	reader, other := host.Visit("/books/1?from=mail#top"), host.Visit("/books/2").Live()
	reader.Live()
	reader.Is("an empty room", "!root.querySelector('#empty').hidden && /이 페이지/.test(root.querySelector('#called').textContent)")
	writer := host.Visit("/books/1").Live()
	writer.Say("이 책 읽어 보신 분?")
	writer.Has("이 책 읽어 보신 분?")
	reader.Has("이 책 읽어 보신 분?")
	writer.Say("저는 두 번 읽었어요")
	reader.Has("저는 두 번 읽었어요")
	if got := other.Texts(); len(got) != 0 {
		t.Errorf("another page's room has %v", got)
	}
}

// Two sites of one server show the people of each to their own visitors alone, and
// what a page of one has is nothing to the other.
func TestEmbedTwoSites(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Open("left", "왼쪽", "open")
	mina.Open("right", "오른쪽", "open")
	left, right := s.Host("left", "--rooms", "left", "--visitors", "guest"), s.Host("right", "--rooms", "right", "--visitors", "guest")
	left.Page("/", "", `<maru-chat room="left" token-url="/token" lang="en"></maru-chat>`)
	right.Page("/", "", `<maru-chat room="right" token-url="/token" lang="en"></maru-chat>`)
	right.Page("/other", "", `<maru-chat room="left" token-url="/token" lang="en"></maru-chat>`)
	right.Page("/stolen", "", `<maru-chat room="right" token-url="/token" lang="en"></maru-chat>`)
	a, b := left.Visit("/").Live(), right.Visit("/").Live()
	a.Say("from the left")
	b.Say("from the right")
	a.Has("from the left")
	b.Has("from the right")
	if all := append(a.Texts(), b.Texts()...); !slices.Equal(all, []string{"from the left", "from the right"}) {
		t.Error(all)
	}
	b.Allow("40[134]")
	b.Open("/other")
	b.Is("words that there is no such room", "/no room to show/.test(root?.querySelector('#empty')?.innerText)")
	right.Give(func() string { return left.Token("u-1", "다온", time.Minute) })
	b.Open("/stolen")
	b.Is("words for a token of the other site", "/no room|signed out/.test(root?.querySelector('.talk')?.innerText)")
}

// A page of nobody's is told how to become one of somebody's.
func TestEmbedStranger(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	host := s.Host("shop", "--visitors", "guest")
	host.Page("/", "", `<maru-chat room="lobby" lang="en"></maru-chat><script>document.addEventListener('maru-error', (event) => (window.told = event.detail))</script>`)
	s.site("set", "shop", "--origin", "https://www.example.com")
	c := host.Visit("/")
	c.Allow("CORS|ERR_FAILED|403")
	c.Is("the address that is not known", fmt.Sprintf("root?.querySelector('#empty')?.innerText.includes(%q)", host.URL()))
	if code := Eval[string](c.Tab, "window.told.code"); code != "not_allowed" {
		t.Error("the page is told", code)
	}
}

// A browser that lacks what the element needs is told so, in words.
func TestEmbedTooOld(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	host := s.Host("shop", "--visitors", "guest")
	host.Page("/", "<script>CSS.supports = () => false</script>", `<maru-chat room="lobby" lang="ko"></maru-chat>`)
	c := host.Visit("/")
	c.Is("words for it", "/브라우저가 오래되어/.test(root?.querySelector('#empty')?.innerText)")
}

// A server that can't be reached is told of, and looked for again.
func TestEmbedUnreachable(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "다시 왔네요")
	host := s.Host("shop", "--visitors", "guest")
	p := StartProxy(t, s)
	host.through = p.URL()
	host.Page("/", "", `<maru-chat launcher room="lobby" lang="en"></maru-chat><script>document.addEventListener('maru-error', ({ detail }) => (window.told = detail.code))</script>`)
	c := host.Visit("/")
	c.Allow("elsewhere|ERR_|Failed to fetch")
	c.Is("the square", "root?.querySelector('button')")
	p.Set(Mode{Shut: true})
	p.Cut()
	c.Press("button")
	c.Wait("the page being told", "window.told === 'unreachable'")
	p.Set(Mode{})
	c.Press("button")
	c.Live()
	c.Has("다시 왔네요")
	p.Set(Mode{Shut: true})
	p.Cut()
	Eval[any](c.Tab, c.script("chat.setAttribute('token-url', '/token')"))
	c.Is("words that it can't be reached", "/can.t be reached/.test(root.querySelector('#empty').innerText)")
	p.Set(Mode{})
	Eval[any](c.Tab, "dispatchEvent(new Event('online'))")
	c.Live()
	c.Has("다시 왔네요")
}

// In a frame the host hands the token over by messages; it hears what is unread.
func TestEmbedFrame(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "차는 제가 끓여 둘게요")
	host := s.Host("shop")
	host.Page("/", "", fmt.Sprintf(`<iframe src="%s/embed/frame?room=lobby&amp;site=shop&amp;lang=ko" title="이야기" width="400" height="500"></iframe>
		<div style="height: 3000px"></div>
		<script>
			window.heard = [];
			addEventListener('message', async ({ origin, source, data }) => {
				if (origin !== %q || data.maru !== 1) return;
				heard.push(data.type);
				if (data.type === 'need-token') source.postMessage({ maru: 1, type: 'token', token: (await (await fetch('/token')).text()).trim() }, origin);
			});
		</script>`, s.URL(), s.URL()))
	tab := NewWindow(t, host.URL()).Tab("a visitor").Allow("elsewhere").Go("/")
	tab.Wait("what the frame says", "['ready', 'need-token', 'open'].every((type) => heard.includes(type))")
	frame := &Chat{tab.Frame(), "maru-chat"}
	frame.Live().Has("차는 제가 끓여 둘게요")
	frame.Is("the whole frame", "chat.getBoundingClientRect().height === innerHeight && innerHeight === 500")
	frame.Is("what is said in it", "((say) => { say.value = '프레임에서'; say.form.requestSubmit(); return true; })(root.querySelector('#say'))")
	frame.Has("프레임에서")
	Eval[any](tab, "void scrollTo(0, 2500)")
	Eval[bool](frame.Tab, frame.script("new Promise((done) => new IntersectionObserver(([entry]) => entry.isIntersecting || done(true)).observe(chat))"))
	mina.Say("lobby", "안 보는 사이에")
	tab.Wait("the host hearing that something is unread", "heard.includes('unread')")
}

// Where a browser takes no cookie from another site, and forbids pages to keep
// anything at all, a guest writes all the same: on the page and in a frame.
func TestEmbedNothingKept(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아").Say("lobby", "문은 열려 있어요")
	host := s.Host("shop", "--visitors", "guest")
	host.Page("/", "", `<maru-chat room="lobby" lang="ko"></maru-chat>`)
	host.Page("/frame", "", fmt.Sprintf(`<iframe src="%s/embed/frame?room=lobby&amp;site=shop&amp;lang=ko" title="이야기" width="400" height="500"></iframe>`, s.URL()))
	forbid := func(tab *Tab) {
		t.Helper()
		tab.Call("Network.setCookieControls", object{"enableThirdPartyCookieRestriction": true})
		tab.Call("Page.addScriptToEvaluateOnNewDocument", object{"source": `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('forbidden', 'SecurityError'); } });`})
	}
	writes := func(tab *Tab, words string) {
		t.Helper()
		c := &Chat{tab, "maru-chat"}
		c.Has("문은 열려 있어요")
		if kept := Eval[bool](tab, "(() => { try { return !!localStorage; } catch { return !!document.cookie; } })()"); kept {
			t.Error("something can be kept")
		}
		c.Is("what is said", "((say) => { say.value = "+strconv.Quote(words)+"; say.form.requestSubmit(); return true; })(root.querySelector('#say'))")
		c.Has(words)
	}
	tab := NewWindow(t, host.URL()).Tab("a visitor").Allow("elsewhere")
	forbid(tab)
	writes(tab.Go("/"), "페이지에서")
	frame := tab.Go("/frame").Frame()
	frame.Call("Page.enable", nil)
	forbid(frame)
	Eval[any](frame, "void setTimeout(() => location.reload())")
	frame.Wait("the frame anew", "(() => { try { return !localStorage; } catch { return true; } })()")
	writes(frame, "프레임에서")
}
