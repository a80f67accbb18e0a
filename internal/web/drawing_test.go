package web_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var nonceOf = regexp.MustCompile(`name="nonce" value="([\w-]+)"`)

// A page that was drawn before is the page that would be drawn now, but for its
// nonce, which is used once: whatever is committed, by whomever, and whoever asks.
func TestPagesAreDrawnAnew(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		owner, mina := h.signUp("owner"), h.signUp("mina")
		page := func(v *visitor, headers ...string) (text, nonce string) {
			t.Helper()
			text = v.page("/rooms/lobby", headers...)
			found := nonceOf.FindStringSubmatch(text)
			if found == nil || strings.Count(text, found[1]) != 1 {
				t.Fatalf("no nonce, or several: %q", found)
			}
			// The plain page is drawn for each who asks.
			plain := v.page("/rooms/lobby", append(headers, "Accept-Encoding", "identity")...)
			if text = nonceOf.ReplaceAllString(text, ""); text != nonceOf.ReplaceAllString(plain, "") {
				t.Fatalf("packed:\n%s\nplain:\n%s", text, plain)
			}
			return text, found[1]
		}
		owner.post("lobby", "first @mina")
		one, nonce := page(owner)
		again, other := page(owner)
		if one != again || nonce == other {
			t.Error("asked twice, the page differs, or has the same nonce", nonce, other)
		}
		contains(t, one, "first")
		if hers, _ := page(mina); hers == one {
			t.Error("two people get one page")
		}
		if korean, _ := page(owner, "Accept-Language", "ko"); korean == one {
			t.Error("two languages get one page")
		}
		mina.post("lobby", "second")
		after, _ := page(owner)
		contains(t, after, "second")
		owner.must(204, "PUT", "/rooms/lobby/read", map[string]int{"seq": 3})
		if read, _ := page(owner); read == after {
			t.Error("the unread line stays")
		}
		h.db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'from elsewhere')`)
		h.wait("for the row of another program", 5*time.Second, func() bool {
			return strings.Contains(owner.page("/rooms/lobby"), "from elsewhere")
		})
		owner.must(204, "DELETE", "/session", nil)
		if res := owner.do("GET", "page:/rooms/lobby", nil); res.status != 303 {
			t.Error("after signing out ", res.status)
		}
	})
}
