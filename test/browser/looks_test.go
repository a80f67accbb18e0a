package browser

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
)

// Size gives the page a window; a touch screen takes fingers, not a mouse.
func (tab *Tab) Size(width, height int, scale float64, touch bool) {
	tab.t.Helper()
	tab.Call("Emulation.setDeviceMetricsOverride", object{"width": width, "height": height, "deviceScaleFactor": scale, "mobile": touch})
	tab.Call("Emulation.setTouchEmulationEnabled", object{"enabled": touch})
}

// Theme lets the reader prefer light or dark.
func (tab *Tab) Theme(theme string) {
	tab.t.Helper()
	tab.Call("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": theme}}})
}

// Shoot writes a picture of what the tab shows.
func (tab *Tab) Shoot(path string) {
	tab.t.Helper()
	Eval[any](tab, "document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => 0)")
	data, _ := tab.Call("Page.captureScreenshot", nil)["data"].(string)
	picture, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		tab.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}

// This browser can draw Hangul, so that pictures of it and widths of it mean
// something: a letter that no font has is a box of another width.
func TestHangulIsDrawn(t *testing.T) {
	s := StartServer(t)
	a := NewWindow(t, s.URL()).Tab("visitor").Go("/sign-in")
	widths := Eval[map[string]float64](a, `(() => {
		const pen = document.createElement('canvas').getContext('2d');
		pen.font = getComputedStyle(document.body).font;
		return Object.fromEntries(['한', '글', '\u{10FFFE}'].map((letter) => [letter, pen.measureText(letter).width]));
	})()`)
	if missing := widths["\U0010FFFE"]; widths["한"] == missing || widths["한"] != widths["글"] {
		t.Errorf("the letters are %v wide: no font here has Hangul; install fonts-nanum or fonts-noto-cjk", widths)
	}
}

// outside is a script that names what stands beyond the sides of the window and
// is not inside of a part that scrolls or cuts.
const outside = `(() => {
	const cuts = (node) => node && node !== document.body && (getComputedStyle(node).overflowX !== 'visible' || cuts(node.parentElement));
	const found = [...document.body.querySelectorAll('*')].filter((node) => {
		const box = node.getBoundingClientRect();
		return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1) && !cuts(node.parentElement) && !node.closest('.sr, svg');
	}).slice(0, 3).map((node) => node.outerHTML.slice(0, 120));
	if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
	return found;
})()`

// Nothing stands beyond the sides of the smallest phone, nor of a window at
// twice the size of its letters.
func TestNarrow(t *testing.T) {
	h := NewHouse(t)
	p := StartProxy(t, h.Server)
	in := NewWindow(t, p.URL()).SignIn(h.Mina).Tab("mina").Allow(brokenLine)
	out := NewWindow(t, p.URL()).Tab("a visitor").Allow(brokenLine)
	for _, page := range h.pages(p) {
		tab := in
		if page.Out {
			tab = out
		}
		tab.Language("ko")
		tab.Size(640, 400, 2, false)
		page.open(tab)
		for _, width := range []int{640, 320} {
			tab.Size(width, 400, 2, false)
			Eval[any](tab, "new Promise(requestAnimationFrame).then(() => 0)") // in which the page hears of its size
			for _, what := range Eval[[]string](tab, outside) {
				t.Errorf("%s at a width of %d: %s", page.Name, width, what)
			}
			if out := os.Getenv("MARU_SHOTS"); out != "" {
				tab.Shoot(filepath.Join(out, "narrow", page.Name+map[int]string{640: "-zoom.png", 320: "-320.png"}[width]))
			}
		}
		p.Set(Mode{})
	}
}

// Media lets the reader's system ask for something of the looks of pages.
func (tab *Tab) Media(kind string, features ...object) {
	tab.t.Helper()
	tab.Call("Emulation.setEmulatedMedia", object{"media": kind, "features": features})
}

// On paper a room is all of its messages that the page has, and nothing to press.
func TestPrint(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 40)
	mina.Say("lobby", "끝")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	a.Media("print")
	got := Eval[map[string]bool](a, `(() => {
		const log = document.querySelector('#log'), seen = (selector) => document.querySelector(selector).getClientRects().length > 0;
		const own = getComputedStyle(document.querySelector('.mine .slip'));
		return {
			cut: log.scrollHeight > log.clientHeight + 1 || document.documentElement.scrollHeight < log.scrollHeight,
			rooms: seen('.rooms'), composer: seen('#composer'), sill: seen('#sill'), name: !seen('.head h1'),
			edgeless: own.borderStyle === 'none' && own.boxShadow === 'none',
		};
	})()`)
	for what, wrong := range got {
		if wrong {
			t.Errorf("on paper: %s", what)
		}
	}
}

// Where the reader's system sets all colours, what shadows and grounds would
// show has an edge.
func TestForcedColours(t *testing.T) {
	h := NewHouse(t)
	a := NewWindow(t, h.URL()).SignIn(h.Mina).Tab("mina")
	a.Media("", object{"name": "forced-colors", "value": "active"})
	edges := func(selectors ...string) {
		t.Helper()
		for _, selector := range selectors {
			if !Eval[bool](a, `(() => {
				const { borderTopStyle, borderTopWidth, outlineStyle } = getComputedStyle(document.querySelector(%s));
				return borderTopStyle !== 'none' && borderTopWidth !== '0px' || outlineStyle !== 'none';
			})()`, selector) {
				t.Errorf("%s: %s has no edge", a.name, selector)
			}
		}
	}
	a.Go("/rooms/lobby").Live()
	a.Hover(row(h.Bodies[11]) + " .slip")
	a.Wait("the tools", "!document.querySelector('#tools').hidden")
	edges(".msg:not(.mine) .slip", ".mine .slip", ".reactions button", "#tools", ".row.here", ".send", ".seal", ".present .dot")
	pills := Eval[int](a, `new Set([...document.querySelectorAll('.reactions button')].map((pill) => getComputedStyle(pill).borderTopWidth)).size`)
	if pills != 2 {
		t.Error("one's own reaction looks like those of others")
	}
	a.Key("k", 75, 2)
	a.Wait("rooms to choose from", "document.querySelectorAll('#places [role=\"option\"]').length > 5")
	edges("#places [aria-selected=true]")
	a.Go("/settings")
	edges(".go", ".choose [aria-current]")
	if Eval[bool](a, "getComputedStyle(document.querySelector('.choose button:not([aria-current])')).borderTopWidth !== '0px'") {
		t.Error("what is not chosen has an edge like what is")
	}
}

// Pictures of all pages, for people to look at, where MARU_SHOTS names a folder.
func TestPictures(t *testing.T) {
	folder := os.Getenv("MARU_SHOTS")
	if folder == "" {
		t.Skip("MARU_SHOTS names no folder")
	}
	h := NewHouse(t)
	p := StartProxy(t, h.Server)
	screens := []struct {
		name          string
		width, height int
		touch         bool
	}{{"phone", 390, 844, true}, {"desktop", 1280, 800, false}}
	for _, screen := range screens {
		in := NewWindow(t, p.URL(), zoned).SignIn(h.Mina).Tab("mina").Allow(brokenLine)
		out := NewWindow(t, p.URL(), zoned).Tab("a visitor").Allow(brokenLine)
		for _, page := range h.pages(p) {
			tab := in
			if page.Out {
				tab = out
			}
			for _, lang := range []string{"ko", "en"} {
				tab.Size(screen.width, screen.height, 1, screen.touch)
				tab.Language(lang)
				page.open(tab)
				for _, theme := range []string{"light", "dark"} {
					tab.Theme(theme)
					tab.Shoot(filepath.Join(folder, screen.name, page.Name+"-"+lang+"-"+theme+".png"))
				}
				p.Set(Mode{})
			}
		}
	}
}
