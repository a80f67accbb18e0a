package door

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
	"maru/internal/feed"
	"maru/internal/gate"
	"maru/internal/page"
	"maru/internal/search"
	"maru/internal/store"
	"maru/internal/stream"
)

// Registration says who may sign up.
type Registration string

// The ways to sign up: anybody; with an invitation; nobody.
const (
	RegistrationOpen   Registration = "open"
	RegistrationInvite Registration = "invite"
	RegistrationClosed Registration = "closed"
)

// Options are what an operator decides.
type Options struct {
	gate.Origin
	Registration Registration
	PostRate     float64 // posts a second and user; 0: no limit
	SignupRate   float64 // sign-ups an hour and address; 0: no limit
}

// Door is what every handler has at hand.
type Door struct {
	Store   *store.Store
	Index   *search.Index
	Feed    *feed.Feed
	Streams *stream.Streams
	Pages   *page.Pages
	Options Options
	Log     *slog.Logger
	gates   gates
	posted  atomic.Int64

	drawings database.Memory[string, *drawing] // by what was asked
	rooms    database.Memory[string, int64]    // the numbers of rooms, by slug
	hole     string                            // what stands where a nonce belongs
}

// gates keep one visitor from taking what belongs to all.
type gates struct {
	posts   *gate.Limiter[int64]      // by user
	typing  *gate.Limiter[int64]      // by user
	seeks   *gate.Limiter[int64]      // by user
	signUps *gate.Limiter[netip.Addr] // by address
	tries   *gate.Tries               // at a password, by name
	hashing *gate.Hashing
}

// postBurst is how many posts may come at once, in seconds of the rate.
const postBurst = 4

// A user may say so often a second, and at once, that he is typing: enough for
// many devices that say it every three seconds.
const (
	typingRate  = 5
	typingBurst = 20
)

// A user may search so often a second, and at once.
const (
	seekRate  = 20
	seekBurst = 100
)

// New makes a door of what stands behind it.
func New(s *store.Store, x *search.Index, f *feed.Feed, streams *stream.Streams, pages *page.Pages, o Options, log *slog.Logger) *Door {
	return &Door{Store: s, Index: x, Feed: f, Streams: streams, Pages: pages, Options: o, Log: log, hole: chat.NewSecret(), gates: gates{
		posts:   gate.NewLimiter[int64](o.PostRate, int(postBurst*o.PostRate)),
		typing:  gate.NewLimiter[int64](typingRate, typingBurst),
		seeks:   gate.NewLimiter[int64](seekRate, seekBurst),
		signUps: gate.NewLimiter[netip.Addr](o.SignupRate/time.Hour.Seconds(), int(o.SignupRate)),
		tries:   gate.NewTries(),
		hashing: gate.NewHashing(),
	}, drawings: database.Memory[string, *drawing]{Logs: true, Most: mostDrawings}}
}

// Endpoint answers a request or says why not.
type Endpoint func(w http.ResponseWriter, r *http.Request) error

// ForActor is an endpoint that needs to know who asks.
type ForActor func(w http.ResponseWriter, r *http.Request, actor chat.Actor) error

// Route is one row of a table of addresses. Exactly one of Open and Actor is
// set: whether an address needs credentials can be read off the table.
type Route struct {
	Method string
	Path   string
	Open   Endpoint
	Actor  ForActor
}

// Enter returns the endpoint of a route with its demand for credentials.
func (d *Door) Enter(rt Route) Endpoint {
	if rt.Open != nil {
		return rt.Open
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		actor, err := d.Actor(r)
		if chat.KindOf(err) == chat.Unauthenticated && ForPeople(r) {
			return d.askToSignIn(w, r)
		}
		if err != nil {
			return err
		}
		return rt.Actor(w, r, actor)
	}
}

// connKey is where a request's context holds its connection.
type connKey struct{}

// WithConn returns the context of the requests of a connection.
func WithConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Conn returns the connection that a request came on, or nil.
func Conn(r *http.Request) net.Conn {
	c, _ := r.Context().Value(connKey{}).(net.Conn)
	return c
}
