package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"maru/internal/feed"
	"maru/internal/gate"
	"maru/internal/page"
	"maru/internal/store"
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

// Server answers HTTP requests.
type Server struct {
	store   *store.Store
	feed    *feed.Feed
	streams *feed.Streams
	pages   *page.Pages
	options Options
	log     *slog.Logger
	gates   gates
	posted  atomic.Int64 // messages, since the start
	counted http.Handler
}

// gates keep one visitor from taking what belongs to all.
type gates struct {
	posts   *gate.Limiter[int64]      // by user
	typing  *gate.Limiter[int64]      // by user
	signUps *gate.Limiter[netip.Addr] // by address
	tries   *gate.Tries               // at a password, by name
	hashing *gate.Hashing
	files   *gate.Files
}

// postBurst is how many posts may come at once, in seconds of the rate.
const postBurst = 4

// A user may say so often a second, and at once, that he is typing: enough for
// many devices that say it every three seconds.
const (
	typingRate  = 5
	typingBurst = 20
)

// New makes a server of its parts.
func New(s *store.Store, f *feed.Feed, streams *feed.Streams, pages *page.Pages, o Options, log *slog.Logger) *Server {
	v := &Server{store: s, feed: f, streams: streams, pages: pages, options: o, log: log, gates: gates{
		posts:   gate.NewLimiter[int64](o.PostRate, int(postBurst*o.PostRate)),
		typing:  gate.NewLimiter[int64](typingRate, typingBurst),
		signUps: gate.NewLimiter[netip.Addr](o.SignupRate/time.Hour.Seconds(), int(o.SignupRate)),
		tries:   gate.NewTries(),
		hashing: gate.NewHashing(),
		files:   gate.NewFiles(log),
	}}
	v.counted = v.metrics()
	return v
}

// The limits of time. A response may take longer than a request: history goes
// to phones.
const (
	headerTime   = 5 * time.Second
	responseTime = time.Minute
	idleTime     = 2 * time.Minute
)

// HTTP returns the server for a listener. It has no time limit on responses as
// a whole, which would cut the streams: each response sets its own.
func (v *Server) HTTP() *http.Server {
	fresh := &newcomers{conns: map[net.Conn]struct{}{}}
	s := &http.Server{
		Handler:           v.door(v.routes()),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    gate.MaxHeader,
		ErrorLog:          slog.NewLogLogger(v.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.Background() },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return v.gates.files.Mark(context.WithValue(ctx, connKey{}, c), c)
		},
		ConnState: fresh.note,
	}
	s.RegisterOnShutdown(fresh.dismiss)
	return s
}

// connKey is where a request's context holds its connection.
type connKey struct{}

// door is what every request passes before its route.
func (v *Server) door(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(responseTime))
		v.setHeaders(w.Header(), r)
		if gate.Spent(r.Context()) {
			w.Header().Set("Connection", "close")
		}
		if err := v.crossSite(r); err != nil {
			v.fail(w, r, err)
			return
		}
		routes.ServeHTTP(w, r)
	})
}

// csp lets a page load what is its own, run no text as script and be in no frame.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// dataCSP is for what is no page, in case a browser shows it as one.
const dataCSP = "default-src 'none'; frame-ancestors 'none'"

func (v *Server) setHeaders(h http.Header, r *http.Request) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if forPeople(r) {
		h.Set("Content-Security-Policy", csp)
		// Not no-referrer: then browsers send `Origin: null` with our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	} else {
		h.Set("Content-Security-Policy", dataCSP)
	}
	if v.options.Secure(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// crossSite refuses what another site makes a browser ask in the name of a
// cookie.
func (v *Server) crossSite(r *http.Request) error {
	if public(r.URL.Path) || r.Header.Get("Authorization") != "" || !v.carriesIdentity(r) || v.opensPage(r) {
		return nil
	}
	return v.options.CrossSite(r)
}

// public reports whether a path holds the same for everybody.
func public(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/embed.js" ||
		strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/embed/")
}

// carriesIdentity reports whether a request acts, or could come to act, in the
// name of a cookie.
func (v *Server) carriesIdentity(r *http.Request) bool {
	if _, err := r.Cookie(v.cookieName(r)); err == nil {
		return true
	}
	return r.Method == http.MethodPost && slices.Contains(signPaths, r.URL.Path)
}

var signPaths = []string{"/sign-in", "/sign-up", "/api/v1/session", "/api/v1/accounts"}

// opensPage reports whether a request is a link to a page that somebody followed.
func (v *Server) opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && forPeople(r) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}
