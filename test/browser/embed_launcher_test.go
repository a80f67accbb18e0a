package browser

import (
	"slices"
	"testing"
)

const launcherPage = `<maru-chat launcher room="lobby" token-url="/token" lang="ko"></maru-chat><a href="#end">끝</a>
	<script>
		window.told = [];
		for (const name of ['maru-open', 'maru-unread', 'maru-error']) addEventListener(name, ({ type, detail }) => told.push(type + ' ' + (detail.count ?? '')));
		window.keys = [];
		for (const name of ['keydown', 'keyup', 'keypress']) document.addEventListener(name, ({ key, target }) => keys.push(target.localName + ' ' + key));
	</script>`

// The square opens the chat with the keyboard alone, Escape puts it away and gives
// the keyboard back. Before that, only what is unread is asked for.
func TestEmbedLauncher(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	host := s.Host("shop")
	host.Page("/", "", launcherPage)
	c := host.Visit("/")
	c.Is("the square", "root?.querySelector('button').ariaLabel === '이야기 열기'")
	Eval[any](c.Tab, c.script("chat.send('들어왔어요')"))
	c.Has("들어왔어요")
	for _, text := range []string{"하나", "둘"} {
		mina.Say("lobby", text)
	}
	c.Is("a number on the square", "root.querySelector('b').textContent === '2' && root.querySelector('button').ariaLabel === '이야기 열기, 안 읽은 메시지 2개'")
	c.Again().Is("the number before anything else is loaded", "root?.querySelector('b')?.textContent === '2' && !root.querySelector('.talk')")
	if loaded := Eval[[]string](c.Tab, `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/embed/'))`); len(loaded) > 0 {
		t.Errorf("the closed launcher has loaded %v", loaded)
	}
	c.Key("Tab", 9, 0)
	c.Is("the square in focus", "root.activeElement === root.querySelector('button')")
	c.Enter()
	c.Live()
	c.Is("the panel", "root.querySelector('dialog').matches('[open]:not(:modal)') && root.activeElement === root.querySelector('#say') && root.querySelector('button').ariaExpanded === 'true'")
	c.Is("the unread line", "root.querySelector('#unread + .msg .text').textContent === '하나'")
	c.Is("the number gone", "root.querySelector('b').textContent === ''")
	Eval[any](c.Tab, "void (keys.length = 0)")
	c.Say("안녕하세요")
	c.Has("안녕하세요")
	c.Key("Escape", 27, 0)
	c.Is("the panel away", "!root.querySelector('dialog').open && root.activeElement === root.querySelector('button')")
	if keys := Eval[[]string](c.Tab, "keys"); len(keys) > 0 {
		t.Errorf("the page hears %v", keys)
	}
	c.Key("Tab", 9, 0)
	c.Wait("the keyboard going on in the page", "document.activeElement.textContent === '끝'")
	mina.Say("lobby", "셋")
	c.Is("a number on the square that was opened before", "root.querySelector('b').textContent === '1'")
	Eval[any](c.Tab, "void document.querySelector('maru-chat').open()")
	c.Is("the panel again", "root.querySelector('dialog').open && root.querySelector('b').textContent === ''")
	if told := Eval[[]string](c.Tab, "told"); !slices.Contains(told, "maru-open ") || !slices.Contains(told, "maru-unread 1") || !slices.Contains(told, "maru-unread 0") {
		t.Errorf("the page is told %q", told)
	}
}

// On a phone the chat is a sheet over the page: what is behind it can't be reached.
func TestEmbedSheet(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	host := s.Host("shop")
	host.Page("/", "", launcherPage)
	c := host.Visit("/")
	c.Size(390, 844, 1, true)
	c.Again().Press("button")
	c.Live()
	c.Is("a sheet over the whole page", `(({ left, top, width, height }) => root.querySelector('dialog:modal') && left === 0 && top === 0 && width === innerWidth && Math.abs(height - innerHeight) < 1)(root.querySelector('dialog').getBoundingClientRect())`)
	c.Is("no keyboard on the screen before it is wanted", "root.activeElement !== root.querySelector('#say')")
	c.Is("nothing behind it in reach", "document.elementFromPoint(20, 20) === chat")
	c.Press(".shut")
	c.Is("the page again", "!root.querySelector('dialog').open && document.elementFromPoint(20, 20) !== chat")
	c.Press("button")
	c.Is("the sheet", "root.querySelector('dialog:modal')")
	c.Size(1000, 800, 1, false)
	c.Is("a panel where there is room", "root.querySelector('dialog').matches('[open]:not(:modal)')")
}

// What the page changes on an element shows at once; an element that is taken away
// reads no more, and goes on when it is put somewhere else.
func TestEmbedAttributes(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Open("shelf", "서가", "open")
	mina.Say("lobby", "대청에서")
	mina.Say("shelf", "서가에서")
	host := s.Host("shop", "--rooms", "lobby,shelf", "--visitors", "read")
	p := StartProxy(t, s)
	host.through = p.URL()
	host.Page("/", "", `<maru-chat room="lobby" lang="ko"></maru-chat>`)
	c := host.Visit("/")
	c.Allow("elsewhere")
	set := func(script string) { Eval[any](c.Tab, c.script("void ("+script+")")) }
	c.Has("대청에서")
	set("chat.setAttribute('room', 'shelf')")
	c.Has("서가에서")
	c.Is("the other room alone", "root.querySelectorAll('.msg').length === 1 && root.querySelector('#called').textContent === '서가'")
	set("chat.setAttribute('theme', 'dark')")
	c.Is("dark paper", "getComputedStyle(root.querySelector('.talk')).backgroundColor === 'rgb(22, 22, 24)'")
	set("chat.setAttribute('density', 'compact')")
	c.Is("lines in place of slips", "getComputedStyle(root.querySelector('.slip')).padding === '0px'")
	set("chat.style.setProperty('--maru-bg', 'rgb(1, 2, 3)'), chat.style.setProperty('--maru-radius', '3px')")
	c.Is("the page's own paper", "getComputedStyle(root.querySelector('.talk')).backgroundColor === 'rgb(1, 2, 3)' && getComputedStyle(root.querySelector('.talk')).borderRadius === '3px'")
	set("chat.lang = 'en'")
	c.Is("another language", "/sign in/.test(root.querySelector('#note')?.innerText)")
	c.Has("서가에서")
	set("chat.getToken = async () => (await (await fetch('/token')).text()).trim()")
	c.Live()
	c.Is("somebody who can write", "root.querySelector('#say').placeholder === 'Say something in 서가'")
	set("chat.setAttribute('placeholder', 'Ask us')")
	c.Is("the page's own words", "root.querySelector('#say').placeholder === 'Ask us'")
	Eval[any](c.Tab, "void (window.away = document.querySelector('maru-chat')).remove()")
	c.streams(p, 0)
	mina.Say("shelf", "그동안")
	Eval[any](c.Tab, "void document.body.append(window.away)")
	c.Has("그동안")
	c.streams(p, 1)
}

// streams waits until so many streams are open.
func (c *Chat) streams(p *Proxy, want int) {
	c.t.Helper()
	for range 300 {
		if open, _ := p.Streams(); open == want {
			return
		}
		c.Is("a moment", "new Promise((done) => setTimeout(done, 50, true))")
	}
	open, _ := p.Streams()
	c.t.Fatalf("%d streams are open, want %d", open, want)
}
