package browser

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// patience is how long anything may take on a busy machine before a test fails.
const patience = 15 * time.Second

// js fills a script's places, each a %s, with values as literals.
func js(script string, values ...any) string {
	literals := make([]any, len(values))
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		literals[i] = string(text)
	}
	return fmt.Sprintf(script, literals...)
}

// try evaluates a script in the page. It may be a promise.
func try[T any](tab *Tab, script string) (T, error) {
	var value T
	answer, err := tab.call("Runtime.evaluate", object{"expression": script, "returnByValue": true, "awaitPromise": true})
	if err != nil {
		return value, err
	}
	if thrown, ok := answer["exceptionDetails"]; ok {
		text, _ := json.Marshal(thrown)
		return value, fmt.Errorf("the script threw: %s", text)
	}
	result, _ := answer["result"].(map[string]any)
	text, err := json.Marshal(result["value"])
	if err != nil {
		return value, err
	}
	return value, json.Unmarshal(text, &value)
}

// Eval evaluates a script in the page, filled by js.
func Eval[T any](tab *Tab, script string, values ...any) T {
	tab.t.Helper()
	value, err := try[T](tab, js(script, values...))
	if err != nil {
		tab.t.Fatalf("%s: %v\n%s", tab.name, err, script)
	}
	return value
}

// Wait waits until a script is true. What says what is waited for.
func (tab *Tab) Wait(what, script string, values ...any) {
	tab.t.Helper()
	tab.WaitFor(patience, what, script, values...)
}

// WaitFor waits until a script is true, and answers how long that took.
func (tab *Tab) WaitFor(most time.Duration, what, script string, values ...any) time.Duration {
	tab.t.Helper()
	script = js(script, values...)
	began := time.Now()
	for {
		// A page that is being left can't answer; the next one will.
		ok, err := try[bool](tab, "Boolean("+script+")")
		took := time.Since(began)
		if ok && err == nil {
			return took
		}
		if took > most {
			seen, _ := try[string](tab, "location.pathname + '\\n' + document.body.innerText.replace(/\\s*\\n\\s*/g, ' | ').slice(-1500)")
			tab.t.Fatalf("%s: %s did not come to be in %s (%v)\n%s\nThe page shows:\n%s", tab.name, what, most, err, script, seen)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Go opens a page and waits until it stands, its script included.
func (tab *Tab) Go(path string) *Tab {
	tab.t.Helper()
	tab.Call("Page.navigate", object{"url": tab.base + path})
	return tab.Loaded(path)
}

// Loaded waits until the page of a path has been loaded.
func (tab *Tab) Loaded(path string) *Tab {
	tab.t.Helper()
	path, _, _ = strings.Cut(path, "#")
	tab.Wait("the page "+path, "document.readyState === 'complete' && location.pathname + location.search === %s", path)
	return tab
}

// Reload loads the page anew.
func (tab *Tab) Reload() *Tab {
	tab.t.Helper()
	Eval[any](tab, "void (window.beforeIt = true)")
	tab.Call("Page.reload", nil)
	tab.Wait("the page anew", "document.readyState === 'complete' && !window.beforeIt")
	return tab
}

// Live waits until a room says that everything is here.
func (tab *Tab) Live() *Tab {
	tab.t.Helper()
	tab.Wait("the line of the room", "document.querySelector('#sill:not(.cut):is([data-line=live], [data-line=waiting], [data-line=polling])')")
	tab.Wait("words that everything is here", `/모두 받음|All here/.test(document.querySelector('#got').textContent)`)
	return tab
}

// Click presses the mouse on the middle of an element, wherever on the page it is.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.Wait(selector+" to click", "document.querySelector(%s)?.getClientRects().length", selector)
	at := Eval[[2]float64](tab, `(() => {
		const node = document.querySelector(%s);
		node.scrollIntoView({ block: 'nearest' });
		const box = node.getClientRects()[0];
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector)
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		tab.Call("Input.dispatchMouseEvent", object{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
}

// Hover moves the mouse to the middle of an element.
func (tab *Tab) Hover(selector string) {
	tab.t.Helper()
	at := Eval[[2]float64](tab, `(() => {
		const node = document.querySelector(%s);
		node.scrollIntoView({ block: 'nearest' });
		const box = node.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector)
	tab.Call("Input.dispatchMouseEvent", object{"type": "mouseMoved", "x": at[0], "y": at[1]})
}

// Focus puts the caret into a field.
func (tab *Tab) Focus(selector string) {
	tab.t.Helper()
	Eval[any](tab, "void document.querySelector(%s).focus()", selector)
}

// Type types text where the caret is, as pasting or a finished syllable does.
func (tab *Tab) Type(text string) {
	tab.t.Helper()
	tab.Call("Input.insertText", object{"text": text})
}

// Fill replaces what a field holds.
func (tab *Tab) Fill(selector, text string) {
	tab.t.Helper()
	tab.Click(selector)
	Eval[any](tab, "void document.querySelector(%s).select()", selector)
	tab.Type(text)
}

// Key presses a key once. The modifiers are 1 Alt, 2 Control, 8 Shift.
func (tab *Tab) Key(key string, code int, modifiers int) {
	tab.t.Helper()
	press := object{"type": "keyDown", "key": key, "code": codeOf(key), "windowsVirtualKeyCode": code, "modifiers": modifiers}
	if key == "Enter" {
		press["text"] = "\r"
	}
	tab.Call("Input.dispatchKeyEvent", press)
	press["type"] = "keyUp"
	delete(press, "text")
	tab.Call("Input.dispatchKeyEvent", press)
}

// codeOf is the key of a keyboard that writes a sign, by the name of its place.
func codeOf(key string) string {
	switch {
	case key == "/" || key == "?":
		return "Slash"
	case len(key) == 1:
		return "Key" + strings.ToUpper(key)
	}
	return key
}

// Enter presses Enter.
func (tab *Tab) Enter() {
	tab.t.Helper()
	tab.Key("Enter", 13, 0)
}

// Say writes into the composer of a room and sends it with Enter.
func (tab *Tab) Say(text string) {
	tab.t.Helper()
	tab.Focus("#say")
	tab.Type(text)
	tab.Enter()
}

// Texts are the texts of the messages on the page, from the top.
func (tab *Tab) Texts() []string {
	tab.t.Helper()
	return Eval[[]string](tab, "[...document.querySelectorAll('#rows > .msg .text')].map((text) => text.textContent)")
}

// Line is what the sill says of the line.
func (tab *Tab) Line() string {
	tab.t.Helper()
	return Eval[string](tab, "document.querySelector('#line').textContent")
}

// WaitText waits until a message with just this text is on the page.
func (tab *Tab) WaitText(text string) {
	tab.t.Helper()
	tab.Wait("the message "+text, "[...document.querySelectorAll('#rows > .msg .text')].some((one) => one.textContent === %s)", text)
}

// submit clicks and waits for the page that comes of it.
func (tab *Tab) submit(selector, path string) {
	tab.t.Helper()
	Eval[any](tab, "void (window.beforeIt = true)")
	tab.Click(selector)
	tab.Wait("the next page, "+path, "!window.beforeIt && document.readyState === 'complete' && location.pathname === %s", path)
}

// row is the selector of a message's row.
func row(seq int64) string { return fmt.Sprintf("#m%d", seq) }
