package browser

import (
	"fmt"
	"slices"
	"testing"
)

// stored waits until a tab shows a text exactly once, as stored, and returns
// its number.
func (tab *Tab) stored(text string) int64 {
	tab.t.Helper()
	const rows = `[...document.querySelectorAll('#rows > .msg')].filter((row) => row.querySelector('.text')?.textContent === %s)`
	tab.Wait(text+" as stored", rows+`.some((row) => row.dataset.seq)`, text)
	seqs := Eval[[]string](tab, rows+`.map((row) => row.dataset.seq ?? 'unsent')`, text)
	if len(seqs) != 1 {
		tab.t.Fatalf("%s shows %q %d times: %v", tab.name, text, len(seqs), seqs)
	}
	var seq int64
	fmt.Sscan(seqs[0], &seq)
	return seq
}

// inOrder fails unless the numbers of the rows go up.
func (tab *Tab) inOrder() {
	tab.t.Helper()
	seqs := Eval[[]int64](tab, `[...document.querySelectorAll('#rows > .msg[data-seq]')].map((row) => Number(row.dataset.seq))`)
	if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != len(seqs) {
		tab.t.Errorf("%s shows the numbers %v", tab.name, seqs)
	}
}

// What one types and sends with Enter, the other reads; an edit and a deletion
// follow it.
func TestTwoTalk(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina").Go("/rooms/lobby").Live()
	b := NewWindow(t, s.URL()).SignIn(soran).Tab("soran").Go("/rooms/lobby").Live()

	a.Say("안녕하세요")
	seq := b.stored("안녕하세요")
	if own := a.stored("안녕하세요"); own != seq {
		t.Errorf("the message is %d to its author and %d to the other", own, seq)
	}
	b.Say("어서 오세요")
	a.stored("어서 오세요")
	b.stored("어서 오세요")
	a.inOrder()
	b.inOrder()
	for _, tab := range []*Tab{a, b} {
		tab.Wait("the last line in the list of rooms", `document.querySelector('.row.here .last').textContent === '소란: 어서 오세요'`)
	}

	a.Hover(row(seq) + " .slip")
	a.Click(row(seq) + ` [data-act="edit"]`)
	a.Wait("the text to edit", "document.querySelector('#say').value === '안녕하세요'")
	a.Fill("#say", "안녕하세요, 여러분")
	a.Enter()
	if b.stored("안녕하세요, 여러분") != seq || a.stored("안녕하세요, 여러분") != seq {
		t.Error("the edited message is another one")
	}
	for _, tab := range []*Tab{a, b} {
		tab.Wait("the mark of an edit", "document.querySelector(%s)?.textContent", row(seq)+" .edited")
	}

	a.Hover(row(seq) + " .slip")
	a.Click(row(seq) + ` [data-act="delete"]`)
	for _, tab := range []*Tab{a, b} {
		tab.Wait("the place of a deleted message", "document.querySelector(%s) && !document.body.textContent.includes('여러분')", row(seq)+" .gone")
	}
}

// One's own message stands there at once, marked as on its way, with a word
// after a second; the log brings the stored one in its place.
func TestPending(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	p := StartProxy(t, s)
	a := NewWindow(t, p.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/lobby").Live()

	p.Set(Mode{Late: true})
	a.Say("느린 말")
	const waiting = `document.querySelectorAll('#rows > .msg.mine.waiting:not([data-seq])').length === 1`
	a.Wait("the message on its way", waiting)
	if Eval[bool](a, `document.querySelector('.waiting .state') !== null`) {
		t.Error("a message that was sent just now says already that it is slow")
	}
	// Another's message is stored before: it must come to stand above.
	soran.Say("lobby", "먼저 온 말")
	a.stored("먼저 온 말")
	a.Wait("a word that it is slow", `document.querySelector('.waiting .state')?.textContent === '보내는 중'`)
	if !Eval[bool](a, waiting) || Eval[string](a, `document.querySelector('#rows > .msg:last-child .text').textContent`) != "느린 말" {
		t.Error("the message on its way is not below what is stored")
	}
	p.Set(Mode{})
	a.stored("느린 말")
	a.Wait("no message on its way", `document.querySelector('.waiting') === null`)
	a.inOrder()
}

// A screen reader is told what somebody said, and of a flood how much it is.
func TestAnnounced(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	const heard = "document.querySelector('#announcer').textContent"
	soran.Say("lobby", "안녕하세요")
	a.Wait("the words", heard+" === '소란: 안녕하세요'")
	for range 3 {
		soran.Say("lobby", "하나 더")
	}
	a.Wait("how much it is", "/^새 메시지 3개/.test("+heard+")")
}
