package page

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"maru/internal/chat"
)

// drawn keeps rows as they were drawn: the newest of a room are asked for again
// and again, by everybody who opens it. It holds those of two spans of time, and
// lets go of the older where the younger is full.
type drawn struct {
	mu          sync.Mutex
	young, aged map[string]template.HTML
}

// mostDrawn is how many rows a span holds: with their keys about 1 KB each.
const mostDrawn = 2000

func (d *drawn) get(key string) (template.HTML, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if html, ok := d.young[key]; ok {
		return html, true
	}
	html, ok := d.aged[key]
	if ok {
		d.put(key, html)
	}
	return html, ok
}

// put holds a row; d.mu is held.
func (d *drawn) put(key string, html template.HTML) {
	if d.young == nil || len(d.young) >= mostDrawn {
		d.young, d.aged = map[string]template.HTML{}, d.young
	}
	d.young[key] = html
}

// Draw draws a row, or finds it drawn. What it looks like depends on what the
// message and its quote are, all of it, and on little of who reads.
func (v *Room) Draw(r Row) (template.HTML, error) {
	var me int64 // who reads matters where somebody is mentioned or has reacted
	if strings.Contains(r.Body, "@") || len(r.Reactions) > 0 {
		me = v.Me.ID
	}
	key := fmt.Sprint(v.Lang, v.Clock.Zone, r.Day, r.Unread, r.First, r.Last, r.Mine, me) + string(chat.JSON(r.Message)) + string(chat.JSON(r.Quote))
	if html, ok := v.set.drawn.get(key); ok {
		return html, nil
	}
	var out bytes.Buffer
	data := map[string]any{"Row": r, "Page": v, "Target": false}
	if err := v.set.templates.ExecuteTemplate(&out, "row", data); err != nil {
		return "", err
	}
	html := template.HTML(out.String())
	v.set.drawn.mu.Lock()
	defer v.set.drawn.mu.Unlock()
	v.set.drawn.put(key, html)
	return html, nil
}
