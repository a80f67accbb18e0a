package browser

import (
	"strings"
	"testing"
)

// strict lets nothing in but the chat's own server, and no text become a script.
func strict(s *Server) []string {
	return []string{"default-src 'none'", "script-src " + s.URL(), "connect-src " + s.URL(), "style-src 'none'", "require-trusted-types-for 'script'"}
}

// On a page that forbids everything but the chat server the element works whole,
// and breaks no rule.
func TestEmbedStrictPolicy(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "**굵게** @mina `code` https://example.org")
	host := s.Host("shop", "--visitors", "guest")
	host.Page("/", "", `<maru-chat room="lobby"></maru-chat><maru-chat launcher room="lobby"></maru-chat>`, strict(s)...)
	c := host.Visit("/").Live()
	c.Is("its styles", "getComputedStyle(root.querySelector('.slip')).borderRadius !== '0px'")
	c.Say("첫 줄")
	c.Has("첫 줄")
	second := &Chat{c.Tab, "maru-chat[launcher]"}
	second.Press("button")
	second.Live().Say("둘째 창에서")
	c.Has("둘째 창에서")
	c.Is("the log of the strict page", "root.querySelector('.text strong') && root.querySelector('.text code')")
}

// Nothing that a page says of all its elements reaches what is in the box, and the
// box itself stays to be seen.
func TestEmbedHostileStyles(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "차는 제가 끓여 둘게요")
	host := s.Host("shop", "--visitors", "guest")
	const hostile = `<style>
		html { font-size: 40px }
		main * { display: none !important; font: 40px/3 serif !important; color: red !important; letter-spacing: 1em !important; text-transform: uppercase !important;
			text-align: right !important; white-space: nowrap !important; visibility: hidden !important; cursor: none !important; direction: rtl !important }
		* { --bg: red; --ink: red; --s-1: 99px; --t-15: 99px; --h-head: 300px; --accent: red; --font: serif }
		section, header, button, li, ol, p, textarea, form { display: none !important; width: 5px !important; position: fixed !important }
	</style>`
	host.Page("/calm", "", `<maru-chat room="lobby" lang="ko"></maru-chat>`)
	host.Page("/", hostile, `<maru-chat room="lobby" lang="ko"></maru-chat>`)
	const looks = `(() => ['.talk', '.head', '#called', '.msg', '.slip', '.when', '#sill', '#say', '.send'].map((one) => {
		const node = root.querySelector(one), box = node.getBoundingClientRect(), style = getComputedStyle(node);
		return [one, Math.round(box.width), Math.round(box.height), style.color, style.font, style.letterSpacing, style.textAlign, style.visibility, style.direction, style.backgroundColor].join(' ');
	}))()`
	c := host.Visit("/calm").Live()
	c.Has("차는 제가 끓여 둘게요")
	calm := Eval[[]string](c.Tab, c.script(looks))
	c.Open("/").Live()
	c.Has("차는 제가 끓여 둘게요")
	for i, got := range Eval[[]string](c.Tab, c.script(looks)) {
		if got != calm[i] {
			t.Errorf("%s\nwithout the page's styles: %s", got, calm[i])
		}
	}
	c.Is("the element itself", "getComputedStyle(chat).display === 'block' && chat.getBoundingClientRect().height > 300")
}

// Nothing on the page moves when the chat comes.
func TestEmbedLayoutShift(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	full(t, s, mina, 60)
	host := s.Host("shop", "--visitors", "guest")
	host.Page("/", `<style>maru-chat { display: block; height: 480px }</style>`, `<maru-chat room="lobby"></maru-chat><maru-chat launcher room="lobby"></maru-chat>`)
	c := host.Visit("/").Live()
	c.Is("the messages", "root.querySelectorAll('.msg').length >= 50")
	shift := Eval[float64](c.Tab, `new Promise((done) => {
		let sum = 0;
		new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value))).observe({ type: 'layout-shift', buffered: true });
		setTimeout(() => done(sum), 300);
	})`)
	if shift != 0 {
		t.Errorf("the layout shifts by %g", shift)
	}
}

// To open a room and read it costs one question of the browser's whether that may
// be; the first message costs one more. Who has no token is asked about nothing.
func TestEmbedPreflights(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "하나")
	host := s.Host("shop", "--visitors", "read")
	p := StartProxy(t, s)
	host.through = p.URL()
	host.Page("/", "", `<maru-chat room="lobby" token-url="/token"></maru-chat>`)
	host.Page("/read", "", `<maru-chat room="lobby"></maru-chat>`)
	c := host.Visit("/read")
	c.Allow("elsewhere")
	count := func(want int, when string) {
		t.Helper()
		if got := p.Preflights(); got != want {
			t.Errorf("%s: %d, want %d", when, got, want)
		}
	}
	c.Is("the stream", `root?.querySelector('#sill[data-line="live"]')`)
	c.Has("하나")
	count(0, "a reader")
	c.Open("/").Live()
	mina.Say("lobby", "둘")
	c.Has("둘")
	count(1, "reading")
	c.Say("셋")
	c.Has("셋")
	count(2, "writing")
	c.Say("넷")
	c.Has("넷")
	count(3, "writing again, now as a member, whom the others see writing")
}

// axe-core finds nothing on a page with the chat, in either theme and language.
func TestEmbedAccessible(t *testing.T) {
	axe := fromNPM(t, "axe-core/axe.min.js")
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "**굵게** `code` https://example.org\n> 인용")
	mina.React("lobby", mina.Say("lobby", "고마워요"), "👍")
	host := s.Host("shop", "--visitors", "guest")
	for _, lang := range []string{"ko", "en"} {
		host.Page("/"+lang, "", `<maru-chat room="lobby" lang="`+lang+`" token-url="/token"></maru-chat><maru-chat launcher room="lobby" lang="`+lang+`"></maru-chat>`)
		host.Page("/"+lang+"/none", "", `<maru-chat room="nowhere" lang="`+lang+`"></maru-chat>`)
	}
	c := host.Visit("/ko")
	c.Allow("404")
	run := func(when string) {
		t.Helper()
		Eval[any](c.Tab, strings.ReplaceAll(axe, "%", "%%")+";0")
		violations(c.Tab, func(theme, fault string) { t.Errorf("%s, %s: %s", when, theme, fault) })
	}
	launcher := &Chat{c.Tab, "maru-chat[launcher]"}
	for _, lang := range []string{"ko", "en"} {
		c.Open("/" + lang).Live()
		c.Has("고마워요")
		run(lang)
		launcher.Press("button")
		launcher.Live().Press("#say")
		run(lang + ", the launcher open, a name asked for")
		c.Open("/" + lang + "/none")
		c.Is("words that there is no room", "root?.querySelector('#empty h3')?.getClientRects().length")
		run(lang + ", no room")
	}
}

// Who makes a site sees the chat on its page of settings as visitors of the site
// do, live; what is said there is in the room.
func TestPreview(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "어서 오세요")
	s.site("add", "shop", "--origin", "https://shop.example")
	tab := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	const chat = `document.querySelector('.preview').contentDocument?.querySelector('maru-chat')?.shadowRoot`
	tab.Go("/settings/sites/shop")
	tab.Wait("a word that the site shows nothing to strangers", chat+`?.querySelector('.empty:not([hidden])')?.checkVisibility()`)
	tab.Click(`form[action$="/keys"] .go`)
	tab.Wait("the room in the preview", chat+`?.querySelector('#rows')?.textContent.includes('어서 오세요')`)
	mina.Say("lobby", "방금 한 말")
	tab.Wait("what was said since", chat+`.querySelector('#rows').textContent.includes('방금 한 말')`)
	Eval[any](tab, `(() => { const say = `+chat+`.querySelector('#say'); say.value = '시험 삼아'; say.form.requestSubmit(); return 0; })()`)
	tab.Wait("what the preview said", `fetch('/api/v1/rooms/lobby/messages').then((r) => r.json()).then(({ messages }) => messages.some((m) => m.body === '시험 삼아' && m.author.kind === 'site'))`)
}

// A quote of a long message ends where its slip does.
func TestEmbedQuote(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	long := mina.Say("lobby", strings.Repeat("아주 긴 말이라 한 줄에 다 들어가지 않아요 ", 8))
	mina.Reply("lobby", "네", long)
	host := s.Host("shop")
	host.Page("/", "", `<div style="width:300px"><maru-chat room="lobby" token-url="/token" lang="ko"></maru-chat></div>`)
	c := host.Visit("/").Live()
	c.Has("네")
	const ends = "[...document.querySelector('maru-chat').shadowRoot.querySelectorAll('.quote, .quote span')].map((part) => part.closest('.slip').getBoundingClientRect().right - part.getBoundingClientRect().right)"
	for _, space := range Eval[[]float64](c.Tab, ends) {
		if space < 11 {
			t.Errorf("a quote ends %.0f px before its slip does", space)
		}
	}
}

// Before anything has come the element says neither that all is here nor where one
// would write.
func TestEmbedBeforeAll(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아").Say("lobby", "하나")
	host := s.Host("shop")
	host.Page("/", "", `<maru-chat room="lobby" token-url="/token" lang="ko"></maru-chat>`)
	tab := NewWindow(t, host.URL()).Tab("a visitor").Allow("elsewhere")
	tab.Call("Fetch.enable", object{"patterns": []object{{"urlPattern": "*/rooms/*"}}})
	c := (&Chat{tab, "maru-chat"}).Open("/")
	c.Is("a line that is opened", `root?.querySelector('#sill[data-line="connecting"]')`)
	if said := c.Text(".got"); said != "" {
		t.Errorf("it says %q", said)
	}
	if place := Eval[string](c.Tab, c.script("root.querySelector('#say').placeholder")); place != "" {
		t.Errorf("the field says %q", place)
	}
	c.Call("Fetch.disable", nil)
	c.Reload()
	c.Live()
	c.Is("words that everything is here", "/모두 받음/.test(root.querySelector('.got').innerText)")
}
