package chat

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// CheckOrigin returns the origin of a page in the form in which browsers send
// it: scheme and host in small letters, a host of another script in its ASCII
// form, no port that the scheme has by itself, no path.
func CheckOrigin(text string) (string, error) {
	wrong := Refuse(Invalid, "site_origin", text)
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(u.Host, ":") {
		return "", wrong
	}
	host, ok := asciiHost(u.Hostname())
	if !ok {
		return "", wrong
	}
	switch port := u.Port(); {
	case port == "", u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
	default:
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return "", wrong
		}
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// asciiHost returns a host name or address as it stands in an origin.
func asciiHost(host string) (string, bool) {
	if strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(host)
		return "[" + addr.String() + "]", err == nil && addr.Zone() == ""
	}
	labels := strings.Split(Fold(host), ".")
	for i, label := range labels {
		if !utf8.ValidString(label) {
			return "", false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return r >= 0x80 }) {
			label = "xn--" + punycode(label)
		}
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label && !strings.HasPrefix(label, "xn--") ||
			strings.ContainsFunc(label, func(r rune) bool { return !hostRune(r) }) {
			return "", false
		}
		labels[i] = label
	}
	name := strings.Join(labels, ".")
	return name, len(name) <= 253
}

func hostRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}

// punycode encodes a label by RFC 3492, section 6.3.
func punycode(label string) string {
	const base, tMin, tMax, skew, damp = 36, 1, 26, 38, 700
	out := []byte{}
	points := []rune(label)
	for _, r := range points {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	digit := func(d int) byte { return "abcdefghijklmnopqrstuvwxyz0123456789"[d] }
	next, delta, bias := rune(0x80), 0, 72
	for done := basic; done < len(points); {
		least := rune(utf8.MaxRune)
		for _, r := range points {
			if r >= next {
				least = min(least, r)
			}
		}
		delta += int(least-next) * (done + 1)
		next = least
		for _, r := range points {
			if r < next {
				delta++
			}
			if r != next {
				continue
			}
			rest := delta
			for k := base; ; k += base {
				t := min(max(k-bias, tMin), tMax)
				if rest < t {
					break
				}
				out = append(out, digit(t+(rest-t)%(base-t)))
				rest = (rest - t) / (base - t)
			}
			out = append(out, digit(rest))
			// The next threshold follows from how far this one was.
			if done == basic {
				delta /= damp
			} else {
				delta /= 2
			}
			done++
			delta += delta / done
			for bias = 0; delta > (base-tMin)*tMax/2; bias += base {
				delta /= base - tMin
			}
			bias += (base - tMin + 1) * delta / (delta + skew)
			delta = 0
		}
		delta++
		next++
	}
	return string(out)
}
