package browser

import (
	"fmt"
	"testing"
)

// told makes the pages of a tab note what they tell their reader: notifications,
// which are really shown, and sounds, which are really made.
func told(tab *Tab) {
	tab.Call("Page.addScriptToEvaluateOnNewDocument", object{"source": `
		const note = (key, text) => localStorage.setItem('test:' + key, (localStorage.getItem('test:' + key) ?? '') + text + '|');
		window.Notification = new Proxy(Notification, { construct(real, [title, options]) {
			note('told', title + ': ' + options.body);
			return new real(title, options);
		} });
		window.AudioContext = new Proxy(AudioContext, { construct(real) {
			note('rung', 'x');
			return new real();
		} });`})
}

// put puts a tab's window away, or takes it out again.
func (tab *Tab) put(away bool) {
	tab.t.Helper()
	// Only a window that is really put away makes its page hidden.
	tab.Call("Emulation.setFocusEmulationEnabled", object{"enabled": !away})
	window := tab.Call("Browser.getWindowForTarget", nil)["windowId"]
	state := map[bool]string{true: "minimized", false: "normal"}[away]
	tab.Call("Browser.setWindowBounds", object{"windowId": window, "bounds": object{"windowState": state}})
	if !away {
		tab.Call("Page.bringToFront", nil)
	}
	tab.Wait("the page as it is to be", "document.hidden === %s", away)
}

// While nobody looks at any tab, one of them tells of what the reader has chosen
// to hear of: at first nothing, and nothing that another tab shows.
func TestNotifications(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	mina.Must("PUT", "/rooms/lobby/members/me", nil, nil)
	soran.Must("POST", "/rooms", object{"slug": "us", "kind": "direct", "members": []int64{mina.ID}}, nil)
	w := NewWindow(t, s.URL(), told).SignIn(mina)
	a, b := w.Tab("one"), w.Tab("another")
	a.Language("ko")
	info, _ := a.Call("Target.getTargetInfo", nil)["targetInfo"].(map[string]any)
	a.Call("Browser.grantPermissions", object{"permissions": []string{"notifications"}, "origin": s.URL(), "browserContextId": info["browserContextId"]})

	a.Go("/settings")
	a.Wait("nothing chosen", `document.querySelector('#notify [value=""]').checked && !document.querySelector('#notify [type=checkbox]').checked`)
	a.Click(`#notify [value="mine"]`)
	a.Click(`#notify [type="checkbox"]`)
	a.Wait("a sound to try", "localStorage.getItem('test:rung') === 'x|'")
	a.Reload()
	a.Wait("what was chosen", `document.querySelector('#notify [value="mine"]').checked && document.querySelector('#notify [type=checkbox]').checked`)

	a.Go("/rooms/lobby").Live()
	b.Go("/rooms/lobby").Live()
	soran.Say("lobby", "@mina siehst du das?")
	a.stored("@mina siehst du das?")
	b.stored("@mina siehst du das?")
	a.Click("#log") // a page that was never touched may not make a sound
	b.Click("#log")
	a.put(true)
	b.put(true)
	const holder = "navigator.locks.query().then(({ held }) => held.some(({ name }) => name === 'maru:background'))"
	b.Wait("a tab that has the place", holder)
	heard := func(want ...string) {
		t.Helper()
		text := ""
		for _, one := range want {
			text += one + "|"
		}
		a.Wait(fmt.Sprintf("the notifications %q", want), "(localStorage.getItem('test:told') ?? '') === %s", text)
	}
	soran.Say("lobby", "nicht für dich")
	soran.Say("lobby", "@mina und das?")
	heard("소란 · 대청마루: @mina und das?")
	soran.Say("us", "nur wir zwei")
	heard("소란 · 대청마루: @mina und das?", "소란: nur wir zwei")
	a.Wait("a sound with each, and not too many", `["x|x|", "x|x|x|"].includes(localStorage.getItem('test:rung'))`)

	// Somebody looks at one of the tabs: the other says nothing.
	b.put(false)
	soran.Say("lobby", "@mina ich sehe dich")
	b.stored("@mina ich sehe dich")
	soran.Say("us", "hier auch")
	b.Wait("the other room in the list", counted, `.row[data-room="us"]`, "2")
	heard("소란 · 대청마루: @mina und das?", "소란: nur wir zwei")
}
