package web_test

import (
	"fmt"
	"testing"
	"time"

	"maru/internal/store"
)

// A session that is as old as one gets ends what is open by it, too.
func TestSessionEndsStream(t *testing.T) {
	eachLine(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		left := 3 * time.Second
		h.db.Must(fmt.Sprintf(`UPDATE sessions SET created_at = %d`, time.Now().Add(left-store.SessionLife).UnixMilli()))
		mina.must(200, "GET", "/session", nil)
		s := mina.open("lobby", "")
		s.until("caught-up")
		if e := s.until("bye"); e[len(e)-1].Data == "" {
			t.Error(e)
		}
		h.wait("the session has ended", left, func() bool { return mina.do("GET", "/session", nil).status == 401 })
	})
}
