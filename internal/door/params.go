package door

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"maru/internal/chat"
)

// Given returns what an optional member holds, or the empty value.
func Given[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

// checkAddress refuses the name of a room that is none: nothing is called so, and
// nothing has to look, or to remember that it did. Of a program it refuses a query
// that can't be read to its end, too: what is lost there, such as a cursor, would
// count as left out.
func checkAddress(r *http.Request) error {
	if slug := r.PathValue("room"); slug != "" && chat.CheckSlug(slug) != nil {
		return chat.NoSuchThing()
	}
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil && !ForPeople(r) {
		return chat.Refuse(chat.Invalid, "bad_query")
	}
	return nil
}

// QueryString reads an optional text from the query.
func QueryString(r *http.Request, name string) (string, error) {
	text := r.URL.Query().Get(name)
	if !wellFormed(text) {
		return "", chat.Refuse(chat.Invalid, "text_encoding", name)
	}
	return text, nil
}

func wellFormed(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// PathID reads an id or a number of a log from the path; what is none is
// nowhere to be found.
func PathID(r *http.Request, name string) (int64, error) {
	id, ok := chat.ParseSeq(r.PathValue(name))
	if !ok {
		return 0, chat.NoSuchThing()
	}
	return id, nil
}

// QueryNumber reads an optional whole number from the query: 0 where it is not
// there, refused where it is outside of least and most.
func QueryNumber(r *http.Request, name string, least, most int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || strings.HasPrefix(text, "+") {
		return 0, chat.Refuse(chat.Invalid, "number_range", name, least, most)
	}
	return n, nil
}
