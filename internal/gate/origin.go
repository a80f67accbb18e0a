package gate

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"maru/internal/chat"
)

// Origin is where the server is, as browsers see it.
type Origin struct {
	PublicURL *url.URL // where people reach it; nil: by the address that it listens on
	Loopback  bool     // it listens on a loopback address alone
}

// CrossSite refuses a request that another site makes a browser send. A program
// that is no browser sends neither header, and no harm comes from it.
func (o Origin) CrossSite(r *http.Request) error {
	refused := chat.Refuse(chat.Forbidden, "cross_site")
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		if site == "same-origin" || site == "none" {
			return nil
		}
		return refused // same-site too: another host of the same owner is another site
	}
	if _, ok := r.Header["Origin"]; ok && !o.Own(r) {
		return refused
	}
	return nil
}

// Own reports whether a request comes from a page of this server, by its Origin.
func (o Origin) Own(r *http.Request) bool {
	origin := r.Header["Origin"]
	if len(origin) != 1 {
		return false
	}
	u, err := url.Parse(origin[0])
	if err != nil || u.Host == "" {
		return false
	}
	if p := o.PublicURL; p != nil && u.Scheme == p.Scheme && strings.EqualFold(u.Host, p.Host) {
		return true
	}
	// A proxy in front may speak TLS, so the scheme can't be compared.
	return strings.EqualFold(u.Host, r.Host)
}

// Base is the address of the server as the visitor's browser has it.
func (o Origin) Base(r *http.Request) string {
	switch {
	case o.PublicURL != nil:
		return o.PublicURL.String()
	case o.Secure(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// Secure reports whether the visitor's browser speaks HTTPS with us.
func (o Origin) Secure(r *http.Request) bool {
	if p := o.PublicURL; p != nil {
		return p.Scheme == "https"
	}
	return r.TLS != nil
}

// AtHome reports whether whoever asks may become the owner without a link: nobody
// else can be asking than a program of this machine.
func (o Origin) AtHome(r *http.Request) bool { return o.PublicURL == nil && o.Loopback && Near(r) }

// Near reports whether a request comes from a program of this machine: through no
// proxy that says so, and not from a page whose name was made to lead here.
func Near(r *http.Request) bool {
	if !Address(r).IsLoopback() {
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

// Address returns where a request comes from, as limits count it: one address
// of version 4, one network of 64 bits of version 6.
func Address(r *http.Request) netip.Addr {
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
