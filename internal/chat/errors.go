package chat

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Kind is one of the few ways in which a request fails. Its value is the
// `code` of the error on the wire.
type Kind string

// The kinds, with the HTTP status that each answers with.
const (
	Invalid         Kind = "invalid"         // 400
	Unauthenticated Kind = "unauthenticated" // 401
	Forbidden       Kind = "forbidden"       // 403
	NotFound        Kind = "not_found"       // 404: not there, or not yours
	Conflict        Kind = "conflict"        // 409
	TooLarge        Kind = "too_large"       // 413
	Limited         Kind = "limited"         // 429
	Internal        Kind = "internal"        // 500
	Busy            Kind = "busy"            // 503
	Full            Kind = "full"            // 507
)

// Error is a refusal that is meant for the person who asked. Reason names the
// sentence in the tables of words, which exist in each language of the pages;
// Args fill its places {0}, {1} and so on.
type Error struct {
	Kind   Kind
	Reason string
	Args   []any
	// RetryAfter says when it makes sense to ask again; zero where it never does.
	RetryAfter time.Duration
}

// Refuse makes an Error of a kind and a reason.
func Refuse(kind Kind, reason string, args ...any) *Error {
	return &Error{Kind: kind, Reason: reason, Args: args}
}

// Later is the same refusal with a time around after to try again in.
func (e *Error) Later(after time.Duration) *Error {
	later := *e
	later.RetryAfter = Jitter(after)
	return &later
}

// Jitter returns a time around d, from half of it to one and a half, so that
// those who were sent away together do not come back together.
func Jitter(d time.Duration) time.Duration { return d/2 + rand.N(max(d, 1)) }

func (e *Error) Error() string {
	if len(e.Args) == 0 {
		return fmt.Sprintf("%s: %s", e.Kind, e.Reason)
	}
	return fmt.Sprintf("%s: %s %v", e.Kind, e.Reason, e.Args)
}

// KindOf returns the kind of err: Internal for an error that is not an Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// NoSuchThing is the one answer to "not there" and to "not yours", so that
// nobody can tell the two apart.
func NoSuchThing() *Error { return Refuse(NotFound, "not_found") }
