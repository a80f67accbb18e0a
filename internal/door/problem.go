package door

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"maru/internal/chat"
)

// statuses is the one place where a kind of refusal gets its HTTP status.
var statuses = map[chat.Kind]int{
	chat.Invalid:         http.StatusBadRequest,
	chat.Unauthenticated: http.StatusUnauthorized,
	chat.Forbidden:       http.StatusForbidden,
	chat.NotFound:        http.StatusNotFound,
	chat.Conflict:        http.StatusConflict,
	chat.TooLarge:        http.StatusRequestEntityTooLarge,
	chat.Limited:         http.StatusTooManyRequests,
	chat.Internal:        http.StatusInternalServerError,
	chat.Busy:            http.StatusServiceUnavailable,
	chat.Full:            http.StatusInsufficientStorage,
}

// problem is an error on the wire, RFC 9457.
type problem struct {
	Type   string    `json:"type"`
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Detail string    `json:"detail,omitempty"`
	Code   chat.Kind `json:"code"`
}

// refusal returns what an error tells the person who asked. What is inside of
// an internal error goes to the log alone.
func (d *Door) refusal(r *http.Request, err error) (*chat.Error, int) {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok {
		if r.Context().Err() == nil {
			d.Log.Error("answering a request", "method", r.Method, "route", r.Pattern, "error", err)
		}
		e = chat.Refuse(chat.Internal, "internal")
	}
	status := statuses[e.Kind]
	if e.Reason == "method" {
		status = http.StatusMethodNotAllowed
	}
	if status >= 500 && ok {
		d.Log.Warn("refusing a request", "method", r.Method, "route", r.Pattern, "error", err)
	}
	return e, status
}

// Fail is the door by which every failure leaves: as problem+json to programs,
// as a page to people.
func (d *Door) Fail(w http.ResponseWriter, r *http.Request, err error) {
	e, status := d.refusal(r, err)
	setRetryAfter(w, e)
	if e.Kind == chat.Unauthenticated {
		w.Header().Set("WWW-Authenticate", `Bearer realm="maru"`)
	}
	lang := d.Language(r)
	if ForPeople(r) {
		d.failPage(w, r, e, status)
		return
	}
	answerAs(w, status, "application/problem+json", problem{
		Type: "about:blank", Title: d.Pages.Text(lang, "problem."+string(e.Kind)), Status: status,
		Detail: d.Pages.Text(lang, "error."+e.Reason, e.Args...), Code: e.Kind,
	})
}

// setRetryAfter says when it makes sense to ask again, in whole seconds, where
// that is known.
func setRetryAfter(w http.ResponseWriter, e *chat.Error) {
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
}

// Answer writes v as JSON.
func Answer(w http.ResponseWriter, status int, v any) error {
	return answerAs(w, status, "application/json", v)
}

func answerAs(w http.ResponseWriter, status int, kind string, v any) error {
	body := append(chat.JSON(v), '\n')
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // whoever hung up does not need it
	return nil
}

// Under is one thing under its name.
func Under(name string, thing any) any { return named{name, thing} }

type named struct {
	name  string // which needs no escape
	thing any
}

// AppendJSON adds {"name":thing}.
func (n named) AppendJSON(b []byte) []byte {
	b = append(append(append(b, `{"`...), n.name...), `":`...)
	return append(chat.AppendJSON(b, n.thing), '}')
}

// Done answers that there is nothing to say.
func Done(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
