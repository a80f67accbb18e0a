package web

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"runtime"
	"time"

	"maru/internal/door"
	"maru/internal/gate"
)

// Server answers HTTP requests.
type Server struct {
	door    *door.Door
	files   *gate.Files
	counted http.Handler
}

// New makes a server behind a door.
func New(d *door.Door) *Server {
	v := &Server{door: d, files: gate.NewFiles(d.Log)}
	v.counted = v.metrics()
	return v
}

// The limits of time. A response may take longer than a request: history goes
// to phones.
const (
	headerTime   = 5 * time.Second
	requestTime  = 20 * time.Second // with its body, whether or not that is read
	responseTime = time.Minute
	idleTime     = 2 * time.Minute
)

// HTTP returns the server for a listener. It has no time limit on responses as
// a whole, which would cut the streams: each response sets its own.
func (v *Server) HTTP() *http.Server {
	fresh := &newcomers{conns: map[net.Conn]struct{}{}}
	s := &http.Server{
		Handler:           v.entry(v.routes()),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    gate.MaxHeader,
		ErrorLog:          slog.NewLogLogger(v.door.Log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.Background() },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return v.files.Mark(door.WithConn(ctx, c), c)
		},
		ConnState: fresh.note,
	}
	s.RegisterOnShutdown(fresh.dismiss)
	return s
}

// entry is what every request passes before its route.
func (v *Server) entry(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		makeRoom()
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(responseTime))
		v.setHeaders(w.Header(), r)
		if gate.Spent(r.Context()) {
			w.Header().Set("Connection", "close")
		}
		answered, err := v.door.Share(w, r)
		if err == nil && !answered {
			err = v.door.CrossSite(r)
		}
		if err != nil {
			v.door.Fail(w, r, err)
			return
		}
		if !answered {
			routes.ServeHTTP(w, r)
		}
	})
}

// csp lets a page load what is its own, run no text as script and be in no frame.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// dataCSP is for what is no page, in case a browser shows it as one.
const dataCSP = "default-src 'none'; frame-ancestors 'none'"

// What every answer says, and a page beside it. Answers share the values, which
// Set and Add replace and never change.
var (
	headers = http.Header{
		"X-Content-Type-Options":       {"nosniff"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Cache-Control":                {"no-store"},
		"Content-Security-Policy":      {dataCSP},
	}
	pageHeaders = http.Header{
		"Content-Security-Policy": {csp},
		// Not no-referrer: then browsers send `Origin: null` with our own forms.
		"Referrer-Policy":            {"same-origin"},
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"Permissions-Policy":         {"camera=(), microphone=(), geolocation=()"},
	}
)

func (v *Server) setHeaders(h http.Header, r *http.Request) {
	maps.Copy(h, headers)
	if door.ForPeople(r) {
		maps.Copy(h, pageHeaders)
	}
	if v.door.Options.Secure(r) {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// stackRoom makes a goroutine's stack one of 16 KB, in which requests have room.
const stackRoom = 8 << 10

// makeRoom has the stack of a new connection's goroutine grow at once. Otherwise
// it grows by doubling, and the deeper it is the more there is to be moved.
//
//go:noinline
func makeRoom() {
	var room [stackRoom]byte
	runtime.KeepAlive(&room)
}
