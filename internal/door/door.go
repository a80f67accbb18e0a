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
	"maru/internal/site"
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
	Parts
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
	changes *gate.Limiter[int64]      // of all else, by user
	typing  *gate.Limiter[int64]      // by user
	seeks   *gate.Limiter[int64]      // by user
	signUps *gate.Limiter[netip.Addr] // by address
	guests  *gate.Limiter[netip.Addr] // by address
	rooms   *gate.Limiter[netip.Addr] // of pages, by address
	tries   *gate.Tries               // at a password, by name
	hashing *gate.Hashing
}

// postBurst is how many posts may come at once, in seconds of the rate.
const postBurst = 4

// changesPerPost is how many changes of other kinds one may make where one post may
// be: a script that sets up rooms and members has many to make at once, and what
// it makes is looked at by fewer.
const changesPerPost = 10

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

// visitorsPerAccount is how many guests may come from an address, and how many
// rooms of pages may be made, where one account may be.
const visitorsPerAccount = 5

// Parts are what stands behind a door.
type Parts struct {
	Store   *store.Store
	Sites   *site.Sites
	Index   *search.Index
	Feed    *feed.Feed
	Streams *stream.Streams
	Pages   *page.Pages
}

// New makes a door of what stands behind it.
func New(p Parts, o Options, log *slog.Logger) *Door {
	perHour := o.SignupRate / time.Hour.Seconds()
	return &Door{Parts: p, Options: o, Log: log, hole: chat.NewSecret(), gates: gates{
		posts:   gate.NewLimiter[int64](o.PostRate, int(postBurst*o.PostRate)),
		changes: gate.NewLimiter[int64](changesPerPost*o.PostRate, int(postBurst*changesPerPost*o.PostRate)),
		typing:  gate.NewLimiter[int64](typingRate, typingBurst),
		seeks:   gate.NewLimiter[int64](seekRate, seekBurst),
		signUps: gate.NewLimiter[netip.Addr](perHour, int(o.SignupRate)),
		guests:  gate.NewLimiter[netip.Addr](visitorsPerAccount*perHour, int(visitorsPerAccount*o.SignupRate)),
		rooms:   gate.NewLimiter[netip.Addr](visitorsPerAccount*perHour, int(visitorsPerAccount*o.SignupRate)),
		tries:   gate.NewTries(),
		hashing: gate.NewHashing(),
	}, drawings: database.Memory[string, *drawing]{Logs: true, Most: mostDrawings}}
}

// Endpoint answers a request or says why not.
type Endpoint func(w http.ResponseWriter, r *http.Request) error

// ForActor is an endpoint that needs to know who asks.
type ForActor func(w http.ResponseWriter, r *http.Request, actor chat.Actor) error

// Route is one row of a table of addresses. Exactly one of the endpoints is set:
// whom an address is for can be read off the table.
type Route struct {
	Method  string
	Path    string
	Open    Endpoint // everybody, with credentials or without
	Actor   ForActor // who has an account here
	Visitor ForActor // those, and who came by a site and has a name
	Reader  ForActor // those, and who came by a site and has none
}

// Enter returns the endpoint of a route with its demand for credentials.
func (d *Door) Enter(rt Route) Endpoint {
	if rt.Open != nil {
		return rt.Open
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		actor, err := d.Actor(r)
		if err == nil && actor.Reads() && rt.Reader == nil {
			err = signInFirst
		}
		if chat.KindOf(err) == chat.Unauthenticated && ForPeople(r) {
			return d.askToSignIn(w, r)
		}
		if err == nil {
			err = checkAddress(r)
		}
		switch {
		case err != nil:
			return err
		case rt.Reader != nil:
			return rt.Reader(w, r, actor)
		case rt.Visitor != nil:
			return rt.Visitor(w, r, actor)
		case actor.Reach != nil:
			return chat.Refuse(chat.Forbidden, "not_for_visitors")
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
