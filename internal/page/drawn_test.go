package page

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/markup"
)

// A row that is found drawn is what the template would draw now, whatever of it
// is another, and however many others were drawn meanwhile.
func TestDrawn(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	mention := func(string) (int64, string, bool) { return 7, "mina", true }
	seoul := time.FixedZone("Asia/Seoul", 9*3600)
	changes := []func(v *Room, r *Row){
		func(*Room, *Row) {},
		func(v *Room, _ *Row) { v.Lang = "ko" },
		func(v *Room, _ *Row) { v.Clock.Zone = seoul },
		func(v *Room, _ *Row) { v.Me.ID = 7 },
		func(_ *Room, r *Row) { r.Day = "Monday" },
		func(_ *Room, r *Row) { r.Unread = true },
		func(_ *Room, r *Row) { r.First = true },
		func(_ *Room, r *Row) { r.Last = true },
		func(_ *Room, r *Row) { r.Mine = true },
		func(_ *Room, r *Row) { r.Author.DisplayName = "Other" },
		func(_ *Room, r *Row) { r.Body, r.Tokens = "y @mina", markup.Parse("y @mina", mention) },
		func(_ *Room, r *Row) { r.Body, r.Tokens, r.Deleted = "", nil, true },
		func(_ *Room, r *Row) { r.EditedAt = 5 },
		func(_ *Room, r *Row) {
			r.Body, r.Tokens, r.Reactions = "z", nil, []chat.Reaction{{Emoji: "👍", Users: []int64{7}}}
		},
		func(v *Room, r *Row) {
			v.Me.ID, r.Body, r.Tokens, r.Reactions = 7, "z", nil, []chat.Reaction{{Emoji: "👍", Users: []int64{7}}}
		},
		func(_ *Room, r *Row) { r.Quote = &chat.Message{Seq: 1, Room: "r", Body: "q"} },
		func(_ *Room, r *Row) { r.Quote = &chat.Message{Seq: 1, Room: "r", Deleted: true} },
	}
	seen := map[string]int{}
	for round := range 3 {
		for i, change := range changes {
			m := chat.Message{Room: "r", Seq: 2, At: 1000, Author: chat.User{ID: 8, DisplayName: "Mina"}, Nonce: "n", Body: "x @mina", Tokens: markup.Parse("x @mina", mention)}
			v := &Room{Base: Base{Lang: "en", Me: &chat.User{ID: 1}, Clock: p.Clock("en", time.UTC, time.Now())}}
			r := Row{Message: &m}
			change(v, &r)
			v.set, _ = p.load()
			v.words = v.set.words[v.Lang]
			v.Clock.Words = v.words
			got, err := v.Draw(r)
			if err != nil {
				t.Fatal(err)
			}
			var want bytes.Buffer
			if err := v.set.templates.ExecuteTemplate(&want, "row", map[string]any{"Row": r, "Page": v, "Target": false}); err != nil {
				t.Fatal(err)
			}
			if string(got) != want.String() {
				t.Errorf("round %d, change %d: %s, want %s", round, i, got, want.String())
			}
			if before, ok := seen[string(got)]; ok && before != i {
				t.Errorf("changes %d and %d look the same", before, i)
			}
			seen[string(got)] = i
		}
		for n := range mostDrawn { // lets go of what was drawn, in the last round of all
			p.set.drawn.put(fmt.Sprint(round, n), "")
		}
	}
	if n := len(p.set.drawn.young) + len(p.set.drawn.aged); n > 2*mostDrawn {
		t.Errorf("%d rows are held", n)
	}
}
