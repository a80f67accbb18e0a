package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
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
	PublicURL    *url.URL // where people reach the server; nil: by the address it listens on
	Loopback     bool     // the server listens on a loopback address alone
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
	mux     *http.ServeMux
	gates   gates
}

// New makes a server of its parts.
func New(s *store.Store, f *feed.Feed, streams *feed.Streams, pages *page.Pages, o Options, log *slog.Logger) *Server {
	v := &Server{store: s, feed: f, streams: streams, pages: pages, options: o, log: log, gates: newGates(o)}
	v.mux = v.routes()
	return v
}

// The limits of a request. A response may take longer than a request: history
// goes to phones.
const (
	maxBody      = 64 << 10
	maxHeader    = 32 << 10
	headerTime   = 5 * time.Second
	bodyTime     = 20 * time.Second
	responseTime = time.Minute
	idleTime     = 2 * time.Minute
	// lineTime is how long a stream may take nothing of a write.
	lineTime = 30 * time.Second
)

// HTTP returns the server for a listener. It has no time limit on responses as
// a whole, which would cut the streams: each response sets its own.
func (v *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           v,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(v.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.Background() },
	}
}

// ServeHTTP is the gate that every request passes.
func (v *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(responseTime))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	v.setHeaders(w.Header(), r)
	if err := v.crossSite(r); err != nil {
		v.fail(w, r, err)
		return
	}
	v.mux.ServeHTTP(w, r)
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
	if v.secure(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// crossSite refuses what another site makes a browser ask with our cookie. A
// program that is no browser sends neither header and no harm comes from it.
func (v *Server) crossSite(r *http.Request) error {
	if public(r.URL.Path) || r.Header.Get("Authorization") != "" || !v.carriesIdentity(r) {
		return nil
	}
	refused := chat.Refuse(chat.Forbidden, "cross_site")
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		if site == "same-origin" || site == "none" || v.opensPage(r) {
			return nil
		}
		return refused
	}
	origin, ok := r.Header["Origin"]
	if ok && !v.ownOrigin(origin, r) {
		return refused
	}
	return nil
}

// public reports whether a path holds the same for everybody.
func public(path string) bool {
	return path == "/healthz" || path == "/embed.js" ||
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

// opensPage reports whether a request is a link that somebody followed.
func (v *Server) opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/api/") &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

func (v *Server) ownOrigin(origin []string, r *http.Request) bool {
	if len(origin) != 1 {
		return false
	}
	u, err := url.Parse(origin[0])
	if err != nil || u.Host == "" {
		return false
	}
	if p := v.options.PublicURL; p != nil && u.Scheme == p.Scheme && strings.EqualFold(u.Host, p.Host) {
		return true
	}
	// A proxy in front may speak TLS, so the scheme can't be compared.
	return strings.EqualFold(u.Host, r.Host)
}

// secure reports whether the visitor's browser speaks HTTPS with us.
func (v *Server) secure(r *http.Request) bool {
	if p := v.options.PublicURL; p != nil {
		return p.Scheme == "https"
	}
	return r.TLS != nil
}

// address returns where a request comes from, as limits count it: one address
// of version 4, one network of 64 bits of version 6.
func address(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() && !addr.IsLoopback() {
		if net, err := addr.Prefix(64); err == nil {
			return net.Addr()
		}
	}
	return addr
}

// atHome reports whether a request certainly comes from this machine, without a
// proxy between: then whoever asks may become the owner without a link.
func (v *Server) atHome(r *http.Request) bool {
	if v.options.PublicURL != nil || !v.options.Loopback || !address(r).IsLoopback() {
		return false
	}
	for _, name := range []string{"Forwarded", "X-Real-Ip", "Via"} {
		if _, ok := r.Header[name]; ok {
			return false
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded-") {
			return false
		}
	}
	return LoopbackHost(r.Host)
}

// LoopbackHost reports whether a host, with or without a port, names this
// machine alone.
func LoopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
