package browser

import (
	"fmt"
	"strings"
	"testing"
)

const (
	listed  = `[...document.querySelectorAll('.contents .row')].map((row) => row.dataset.room).join()`
	dotted  = `decodeURIComponent(document.querySelector('link[rel=icon]').href).includes('<circle')`
	counted = `document.querySelector(%s + ' .count')?.firstChild.data === %s`
)

// The list of rooms says what goes on in the others as it happens: how much is
// unread, what was said last, which spoke last; the title and the icon too. What
// is read on another device is read.
func TestOtherRooms(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	for _, slug := range []string{"books", "tea"} {
		soran.Open(slug, slug, "closed", mina)
		mina.Must("PUT", "/rooms/"+slug+"/read", object{"seq": soran.Say(slug, "erstes Wort in "+slug)}, nil)
	}
	w := NewWindow(t, s.URL()).SignIn(mina)
	for _, path := range []string{"/rooms/lobby", "/"} {
		a := w.Tab("mina at " + path)
		a.Language("ko")
		mina.Say("lobby", "hier bin ich "+path)
		a.Go(path)
		a.Wait("the list as it is", listed+".includes('tea,books')")
		plain := Eval[string](a, "document.title")
		if strings.HasPrefix(plain, "(") || Eval[bool](a, dotted) {
			t.Errorf("the title is %q while nothing is unread", plain)
		}

		soran.Say("books", "ein **neues** Buch")
		a.Wait("one that is unread", counted, `.row[data-room="books"]`, "1")
		a.Wait("what was said", `document.querySelector('.row[data-room="books"] .last').textContent === '소란: ein neues Buch'`)
		a.Wait("the room at the top", listed+".startsWith('books,')")
		a.Wait("the title", "document.title === '(1) ' + %s && "+dotted, plain)
		last := soran.Say("tea", "Tee?")
		soran.Say("tea", "Tee!")
		a.Wait("two in another", counted, `.row[data-room="tea"]`, "2")
		a.Wait("that room at the top", listed+".startsWith('tea,books')")
		a.Wait("the sum", "document.title.startsWith('(3) ')")

		// Half of it, and then all, is read on another device.
		mina.Must("PUT", "/rooms/tea/read", object{"seq": last}, nil)
		a.Wait("one left", counted, `.row[data-room="tea"]`, "1")
		mina.Must("PUT", "/rooms/tea/read", object{"seq": last + 1}, nil)
		mina.Must("PUT", "/rooms/books/read", object{"seq": mina.seqs("books")[len(mina.seqs("books"))-1]}, nil)
		a.Wait("nothing unread", "!document.querySelector('.contents .count') && !document.title.startsWith('(') && !"+dotted)

		slug := map[string]string{"/": "garden", "/rooms/lobby": "night"}[path]
		soran.Open(slug, "밤 "+slug, "closed", mina)
		soran.Say(slug, "komm herein")
		a.Wait("a room that one was added to", `(() => {
			const row = document.querySelector('.row[data-room=' + %s + ']');
			return row?.querySelector('b').textContent.startsWith('밤') && row.querySelector('.i') && row.querySelector('.count');
		})()`, slug)
		a.submit(`.row[data-room="`+slug+`"]`, "/rooms/"+slug)
		a.stored("komm herein")
		a.Call("Page.close", nil)
		for i, room := range []string{slug, "books", "tea"} {
			seq := soran.Say(room, fmt.Sprintf("noch ein Wort %d", i))
			mina.Must("PUT", "/rooms/"+room+"/read", object{"seq": seq}, nil)
		}
	}
}

// The room that is open counts too while nobody looks at it or the reader is
// further up; what another device has read is read here.
func TestReadElsewhere(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	full(t, s, soran, 40)
	mina.Must("PUT", "/rooms/lobby/members/me", nil, nil)
	a := NewWindow(t, s.URL()).SignIn(mina).Tab("mina")
	a.Language("ko")
	a.Go("/rooms/lobby").Live()
	a.scroll(-900)
	soran.Say("lobby", "unten gesagt")
	last := soran.Say("lobby", "noch mehr")
	a.Wait("two unread", counted, ".row.here", "2")
	a.Wait("the title", "document.title.startsWith('(2) ')")
	mina.Must("PUT", "/rooms/lobby/read", object{"seq": last}, nil)
	a.Wait("nothing unread", "!document.querySelector('.row.here .count') && !document.title.startsWith('(')")
}
