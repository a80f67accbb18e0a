package browser

import (
	"fmt"
	"net/url"
)

// Page is one page of the product in one state.
type Page struct {
	Name, Path string
	Out        bool       // a visitor sees it who is not signed in
	Compact    bool       // messages are lines
	State      func(*Tab) // brings it about
}

// pages are all pages, and the room in all its states. The proxy stands between
// the tabs and the server.
func (h *House) pages(p *Proxy) []Page {
	inRoom := func(do func(*Tab)) func(*Tab) {
		return func(tab *Tab) {
			tab.Live()
			do(tab)
		}
	}
	calm := inRoom(func(*Tab) {})
	return []Page{
		{Name: "sign-in", Path: "/sign-in", Out: true},
		{Name: "sign-in-wrong", Path: "/sign-in", Out: true, State: func(tab *Tab) {
			tab.Fill("#name", "mina")
			tab.Fill("#password", "not the password")
			tab.submit(".go", "/sign-in")
		}},
		{Name: "sign-up", Path: "/sign-up", Out: true},
		{Name: "sign-up-shut", Path: "/sign-up?setup=used", Out: true},
		{Name: "rooms", Path: "/"},
		{Name: "room", Path: "/rooms/lobby", State: calm},
		{Name: "room-kinds", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) { tab.see(row(h.Bodies[3])) })},
		{Name: "room-hard", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) { tab.see(row(h.Bodies[9])) })},
		{Name: "target", Path: fmt.Sprintf("/rooms/lobby/%d", h.Edited)},
		{Name: "tools", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) {
			tab.Hover("#rows > .msg:last-child .slip")
			tab.Wait("the tools", "!document.querySelector('#tools').hidden")
		})},
		{Name: "undo", Path: "/rooms/night", State: inRoom(func(tab *Tab) {
			last := row(h.Mina.Say("night", "지울 말이에요"))
			tab.Wait("the message", "document.querySelector(%s)", last)
			tab.Hover(last + " .slip")
			tab.Click(last + ` [data-act="delete"]`)
			tab.Wait("the way back", "document.querySelector('.undo button')")
		})},
		{Name: "compact", Path: fmt.Sprintf("/rooms/lobby/%d", h.Edited), Compact: true},
		{Name: "compact-cut", Path: "/rooms/empty", Compact: true, State: inRoom(func(tab *Tab) { h.cut(tab, p) })},
		{Name: "mention", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) {
			tab.Focus("#say")
			tab.Type("@")
			tab.Wait("people to choose from", "document.querySelectorAll('#people [role=\"option\"]').length === 3")
		})},
		{Name: "switcher", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) {
			tab.Key("k", 75, 2)
			tab.Wait("rooms to choose from", "document.querySelectorAll('#places [role=\"option\"]').length > 5")
		})},
		{Name: "keys", Path: "/", State: func(tab *Tab) {
			tab.Key("?", 191, 8)
			tab.Wait("the shortcuts", "document.querySelector('#keys').open")
		}},
		{Name: "shortcuts", Path: "/shortcuts"},
		{Name: "reactions", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) {
			tab.see(row(h.Edited))
			tab.Hover(row(h.Bodies[11]) + " .slip")
			tab.Click(row(h.Bodies[11]) + ` [data-act="react"]`)
			tab.Wait("the emoji", "document.querySelector('#emoji:popover-open')")
		})},
		{Name: "proof", Path: "/rooms/lobby", State: inRoom(func(tab *Tab) { tab.Click(".got .live") })},
		{Name: "reply", Path: fmt.Sprintf("/rooms/lobby?reply=%d", h.Edited), State: inRoom(func(tab *Tab) {
			tab.Focus("#say")
			tab.Type("그럼 1시 45분까지 갈게요\n둘째 줄")
		})},
		{Name: "cut", Path: "/rooms/empty", State: inRoom(func(tab *Tab) { h.cut(tab, p) })},
		{Name: "empty", Path: "/rooms/silent", State: calm},
		{Name: "one", Path: "/rooms/shelf", State: calm},
		{Name: "long-name", Path: "/rooms/long", State: calm},
		{Name: "about", Path: "/rooms/lobby/about"},
		{Name: "about-closed", Path: "/rooms/night/about", State: func(tab *Tab) { tab.see(".people") }},
		{Name: "direct", Path: "/rooms/with-soran", State: calm},
		{Name: "new", Path: "/new"},
		{Name: "search", Path: "/search?room=lobby"},
		{Name: "search-found", Path: "/search?q=" + url.QueryEscape("말")},
		{Name: "search-long", Path: "/search?q=" + url.QueryEscape("가나다 ") + "&room=lobby"},
		{Name: "search-none", Path: "/search?author=mina&q=" + url.QueryEscape("없는 말")},
		{Name: "search-wrong", Path: "/search?q=%3F"},
		{Name: "settings", Path: "/settings"},
		{Name: "sites", Path: "/settings/sites"},
		{Name: "site", Path: "/settings/sites/books"},
		{Name: "site-settings", Path: "/settings/sites/books", State: func(tab *Tab) { tab.see("#rooms") }},
		{Name: "site-code", Path: "/settings/sites/books", State: func(tab *Tab) {
			tab.Click(".codes summary")
			tab.see(".codes [open] .example")
		}},
		{Name: "site-key", Path: "/settings/sites/shop", State: func(tab *Tab) {
			for Eval[bool](tab, "!!document.querySelector('.people .danger')") {
				tab.submit(".people .danger", "/settings/sites/shop")
			}
			tab.submit(`form[action$="/keys"] .go`, "/settings/sites/shop/keys")
			tab.see(".secret")
		}},
		{Name: "failure", Path: "/rooms/nowhere"},
	}
}

// see scrolls the log so that a row is in the middle.
func (tab *Tab) see(selector string) {
	tab.t.Helper()
	Eval[any](tab, "void document.querySelector(%s).scrollIntoView({ block: 'center' })", selector)
}

// cut shows a room with one message, then one that failed and one that waits
// for a line that is cut.
func (h *House) cut(tab *Tab, p *Proxy) {
	tab.t.Helper()
	tab.Allow(brokenLine)
	tab.write("\u3164\u3164\u3164\u3164")
	tab.Wait("the failure", "document.querySelector('.failed')")
	p.Set(Mode{Shut: true})
	p.Cut()
	tab.write("다 읽으면 여기에 한 줄 적을게요.")
	tab.Wait("words that the line is cut", "document.querySelector('#sill.cut') && document.querySelector('.waiting .state')")
}

// write sends with the button, which is the only way on a touch screen.
func (tab *Tab) write(text string) {
	tab.t.Helper()
	tab.Focus("#say")
	tab.Type(text)
	tab.Click(".send")
}

// open brings a page about in a tab.
func (page Page) open(tab *Tab) {
	tab.t.Helper()
	Eval[any](tab, "void (location.protocol.startsWith('http') && localStorage.clear())")
	tab.Call("Network.setCookie", object{"name": "density", "value": map[bool]string{true: "compact", false: "roomy"}[page.Compact], "url": tab.base})
	tab.Go(page.Path)
	if page.State != nil {
		page.State(tab)
	}
}
