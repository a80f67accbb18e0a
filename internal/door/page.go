package door

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"maru/internal/chat"
	"maru/internal/gate"
	"maru/internal/page"
)

// zoneCookie holds the zone that the browser lives in, which only a script can
// tell.
const zoneCookie = "zone"

// chosen is what the reader chose of what can be chosen under a name.
func chosen(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Language is the language that a request is answered in.
func (d *Door) Language(r *http.Request) string {
	return page.Language(chosen(r, "lang"), r.Header.Get("Accept-Language"))
}

// Frame is what every page begins with.
func (d *Door) Frame(r *http.Request, actor *chat.Actor) page.Base {
	lang := d.Language(r)
	zone := time.Local
	if c, err := r.Cookie(zoneCookie); err == nil {
		name, _ := url.QueryUnescape(c.Value)
		if z, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
			zone = z
		}
	}
	b := page.Base{
		Lang: lang, Theme: page.Choice("theme", chosen(r, "theme")), Density: page.Choice("density", chosen(r, "density")),
		Here: r.URL.RequestURI(), Clock: d.Pages.Clock(lang, zone, time.Now()),
	}
	if actor != nil {
		b.Me = &actor.User
	}
	if r.Method != http.MethodGet {
		b.Here = "/"
	}
	return b
}

// Render answers with a page.
func (d *Door) Render(w http.ResponseWriter, r *http.Request, status int, view page.View) error {
	var body bytes.Buffer
	if err := d.Pages.Render(&body, view); err != nil {
		return err
	}
	pageHeaders(w.Header())
	if !TakesGzip(r) {
		return sendPage(w, status, body.Bytes())
	}
	w.Header().Set("Content-Encoding", "gzip")
	return sendPage(w, status, newDrawing(body.Bytes(), nil).with(""))
}

func pageHeaders(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
}

func sendPage(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // whoever hung up does not need it
	return nil
}

// TakesGzip reports whether the browser takes packed bodies.
func TakesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}

// failPage is the page of a failure.
func (d *Door) failPage(w http.ResponseWriter, r *http.Request, e *chat.Error, status int) {
	base := d.Frame(r, nil)
	base.Error = d.Pages.Refusal(base.Lang, e)
	view := &page.Failure{Base: base, Status: status, Title: d.Pages.Text(base.Lang, "problem."+string(e.Kind))}
	if err := d.Render(w, r, status, view); err != nil {
		d.Log.Error("rendering a failure", "error", err)
		http.Error(w, view.Title, status)
	}
}

// Refused returns what is wrong with a form, in the reader's language, and the
// status that the page of the form is shown again with. What is no fault of the
// form stays an error.
func (d *Door) Refused(w http.ResponseWriter, r *http.Request, err error) (string, int, error) {
	if err == nil {
		return "", http.StatusOK, nil
	}
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Kind == chat.NotFound && e.Reason == "not_found" {
		return "", 0, err
	}
	setRetryAfter(w, e)
	return d.Pages.Refusal(d.Language(r), e), statuses[e.Kind], nil
}

// Form reads a form that a page has sent. Browsers send the ends of lines as
// \r\n; what was typed has \n.
func (d *Door) Form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := gate.ReadBody(w, r)
	if err != nil {
		return nil, err
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/x-www-form-urlencoded" {
		return nil, chat.Refuse(chat.Invalid, "form")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, chat.Refuse(chat.Invalid, "form")
	}
	for _, list := range values {
		for i, text := range list {
			if !wellFormed(text) {
				return nil, chat.Refuse(chat.Invalid, "form")
			}
			list[i] = strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
	return values, nil
}

// See sends the browser on to a page after a form.
func See(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// Local returns a path of this server that a request asks to go on to, or the
// front page where it is none: a link must not lead to another site.
func Local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return "/"
	}
	return next
}

// askToSignIn sends a visitor of a page to where one signs in, and back after.
func (d *Door) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	next := "/"
	if r.Method == http.MethodGet {
		next = r.URL.RequestURI()
	}
	where := "/sign-in"
	if owned, err := d.Store.Owned(r.Context()); err == nil && !owned && d.Options.AtHome(r) {
		where = "/sign-up" // nobody can have an account yet
	}
	if next != "/" {
		where += "?next=" + url.QueryEscape(next)
	}
	return See(w, r, where)
}
