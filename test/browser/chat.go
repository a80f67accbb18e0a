package browser

import (
	"fmt"
	"strings"
)

// Chat is the element on a page of a host, with what is in its shadow.
type Chat struct {
	*Tab
	element string // its selector
}

// Open opens another page in the same tab.
func (c *Chat) Open(path string) *Chat {
	c.t.Helper()
	c.Go(path)
	return c
}

// script puts the element and its shadow before a script.
func (c *Chat) script(body string) string {
	return fmt.Sprintf(`(() => { const chat = document.querySelector('%s'), root = chat?.shadowRoot; return %s; })()`, c.element, body)
}

// Is waits until a script is true, in which root is the shadow of the element.
func (c *Chat) Is(what, script string, values ...any) {
	c.t.Helper()
	c.Wait(what, c.script(script), values...)
}

// Again loads the page anew.
func (c *Chat) Again() *Chat {
	c.t.Helper()
	c.Reload()
	return c
}

// Live waits until the element says that everything is here.
func (c *Chat) Live() *Chat {
	c.t.Helper()
	c.Is("a stream", `root?.querySelector('#sill:not(.cut)[data-line="live"]') && !root.querySelector('#say').disabled`)
	return c
}

// part is a script that finds something in the shadow.
func part(selector string) string { return fmt.Sprintf("root.querySelector(`%s`)", selector) }

// Press presses the mouse on something in the shadow.
func (c *Chat) Press(selector string) {
	c.t.Helper()
	c.Is(selector+" to press", "root && "+part(selector)+"?.getClientRects().length")
	at := Eval[[2]float64](c.Tab, c.script(strings.ReplaceAll(`(() => {
		NODE.scrollIntoView({ block: 'nearest' });
		const box = NODE.getClientRects()[0];
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, "NODE", part(selector))))
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		c.Call("Input.dispatchMouseEvent", object{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
}

// Say writes into the composer and sends it with Enter.
func (c *Chat) Say(text string) {
	c.t.Helper()
	c.Press("#say")
	c.Type(text)
	c.Enter()
}

// Has waits until a message with just this text is there, stored.
func (c *Chat) Has(text string) {
	c.t.Helper()
	c.Is("the message "+text, "root && [...root.querySelectorAll('.msg[data-seq] .text')].some((one) => one.textContent === %s)", text)
}

// Texts are the texts of the messages, from the top.
func (c *Chat) Texts() []string {
	c.t.Helper()
	return Eval[[]string](c.Tab, c.script("[...root.querySelectorAll('.msg[data-seq] .text')].map((text) => text.textContent)"))
}

// Text is what a part of the element shows.
func (c *Chat) Text(selector string) string {
	c.t.Helper()
	return Eval[string](c.Tab, c.script(part(selector)+"?.innerText ?? ''"))
}
