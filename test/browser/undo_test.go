package browser

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A deletion waits five seconds in which it can be undone, and is sent at once
// by whoever leaves; all of it with the keyboard alone. What can't be deleted
// comes back, and it is said.
func TestUndo(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	first, second, third := mina.Say("lobby", "하나"), mina.Say("lobby", "둘"), mina.Say("lobby", "셋")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	b := NewWindow(t, s.URL()).SignIn(soran).Tab("soran").Go("/rooms/lobby").Live()
	p := StartProxy(t, s)
	c := NewWindow(t, p.URL()).SignIn(mina).Tab("mina, who loses the line").Allow(brokenLine)
	c.Language("ko")
	c.Go("/rooms/lobby").Live()
	focused := func(selector string) {
		t.Helper()
		a.Wait("the keyboard at "+selector, "document.activeElement?.matches(%s)", selector)
	}
	remove := func(seq int64) {
		t.Helper()
		a.Focus(row(seq) + " .when")
		for range 4 {
			a.Key("Tab", 9, 0)
		}
		focused(row(seq) + ` [data-act="delete"]`)
		a.Enter()
		focused(row(seq) + " .undo button")
	}
	gone := func(tab *Tab, seq int64) string { return row(seq) + " > .gone:not(.undo)" }

	remove(first)
	soran.React("lobby", first, "👍") // the row is drawn anew, and stays as it is
	b.Wait("the reaction", "document.querySelector(%s)", row(first)+" .reactions")
	focused(row(first) + " .undo button")
	a.Enter()
	a.Wait("the message as it was", "!document.querySelector('.undo') && document.querySelector(%s).getClientRects().length", row(first)+" .text")
	focused(row(first) + " .when")

	c.Wait("the reaction", "document.querySelector(%s)", row(first)+" .reactions")
	c.Hover(row(first) + " .slip")
	c.Click(row(first) + ` [data-act="delete"]`)
	c.Wait("the way back", "document.querySelector('.undo')")
	p.Set(Mode{Shut: true})
	p.Cut()
	began := time.Now()
	remove(second)
	b.Wait("the tombstone", "document.querySelector(%s)", gone(b, second))
	if took := time.Since(began); took < 5*time.Second {
		t.Errorf("the message was deleted after %v, and nobody left", took)
	}
	a.Wait("the tombstone", "document.querySelector(%s) && !document.querySelector('.undo')", gone(a, second))
	focused(row(second) + " .when")
	if got := mina.bodies("lobby"); !slices.Equal(got, []string{"하나", "", "셋"}) {
		t.Errorf("the room holds %q", got)
	}
	c.Wait("the message", "!document.querySelector('.undo') && document.querySelector(%s).getClientRects().length", row(first)+" .text")
	c.Wait("words", "document.querySelector('#announcer').textContent === '지우지 못했어요'")

	remove(third)
	a.Go("/settings")
	b.Wait("the tombstone", "document.querySelector(%s)", gone(b, third))
	wantBodies(t, mina, "lobby", "하나", "", "")
}

// A quote leads to its original: in the page, where a light stands on it for a
// moment; or to the page around it.
func TestJump(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 90)
	list := soran.Messages("lobby")
	near, far := list[60].Seq, list[10].Seq
	first, second := mina.Reply("lobby", "가까운 답", near), mina.Reply("lobby", "먼 답", far)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	inSight := func(seq int64) {
		t.Helper()
		a.Wait(fmt.Sprint("message ", seq, " in sight"), `((row) => {
			const box = document.querySelector(row)?.getBoundingClientRect();
			const log = document.querySelector('#log').getBoundingClientRect();
			return box && box.top >= log.top && box.bottom <= log.bottom;
		})(%s)`, row(seq))
	}
	a.Click(row(first) + " .quote")
	a.Wait("the light", "document.querySelector('.lit')?.id === %s", row(near)[1:])
	inSight(near)
	a.Wait("no light", "!document.querySelector('.lit')")
	a.Focus(row(first) + " .quote")
	a.Enter()
	a.Wait("the keyboard at the original", "document.activeElement.matches(%s)", row(near)+" .when")

	a.Focus(row(second) + " .quote")
	a.Enter()
	a.Wait("the page around the original", "location.pathname === %s", fmt.Sprintf("/rooms/lobby/%d", far))
	inSight(far)
	a.Wait("a mark on it", "document.querySelector('.target')?.id === %s", row(far)[1:])
}
