package web_test

import (
	"fmt"
	"testing"

	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
)

// Whatever makes events or rows is within a rate, so that nobody fills logs and
// lists past it; by a form as by the interface.
func TestPace(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		o := free
		o.PostRate = 0.05 // and so one change in two seconds, two at once
		h := build(t, s, db, o, stream.Limits{})
		owner := h.signUp("owner")
		edited := fmt.Sprint("/rooms/lobby/messages/", owner.post("lobby", "x"))
		for i, does := range []struct {
			name string
			do   func(v *visitor, n int) answer
		}{
			{"edits", func(v *visitor, n int) answer {
				return owner.do("PATCH", edited, map[string]any{"body": fmt.Sprint("x", n)})
			}},
			{"names", func(v *visitor, n int) answer {
				return v.do("PATCH", "/account", map[string]any{"display_name": fmt.Sprint("x", n)})
			}},
			{"tokens", func(v *visitor, n int) answer {
				return v.do("POST", "/tokens", map[string]any{"label": "x"})
			}},
			{"rooms", func(v *visitor, n int) answer {
				return v.do("POST", "/rooms", map[string]any{"name": fmt.Sprint("x", n), "kind": "open"})
			}},
			{"direct rooms", func(v *visitor, n int) answer {
				return v.do("POST", "/rooms", map[string]any{"kind": "direct", "members": []int64{owner.id}})
			}},
			{"topics", func(v *visitor, n int) answer {
				if n == 0 {
					v.do("POST", "/rooms", map[string]any{"name": "topics", "slug": "topics", "kind": "open"})
				}
				return v.do("PATCH", "/rooms/topics", map[string]any{"topic": fmt.Sprint("x", n)})
			}},
			{"coming and going", func(v *visitor, n int) answer {
				if n%2 == 0 {
					return v.do("PUT", "/rooms/lobby/members/me", map[string]any{})
				}
				return v.do("DELETE", "/rooms/lobby/members/me", nil)
			}},
			{"rooms by forms", func(v *visitor, n int) answer {
				return v.submit("/rooms", map[string]string{"name": fmt.Sprint("x", n), "kind": "open"})
			}},
			{"names by forms", func(v *visitor, n int) answer {
				return v.submit("/settings", map[string]string{"display_name": fmt.Sprint("x", n)})
			}},
			{"coming and going by forms", func(v *visitor, n int) answer {
				return v.submit("/rooms/lobby/members", map[string]string{"act": []string{"join", "leave"}[n%2]})
			}},
			{"topics by forms", func(v *visitor, n int) answer {
				if n == 0 {
					v.do("POST", "/rooms", map[string]any{"name": "topics", "slug": "others", "kind": "open"})
				}
				return v.submit("/rooms/others/about", map[string]string{"topic": fmt.Sprint("x", n)})
			}},
		} {
			v := h.signUp(fmt.Sprint("user", i))
			refused := 0
			for n := range 24 {
				switch a := does.do(v, n); {
				case a.status == 429 && a.header.Get("Retry-After") != "":
					refused++
				case a.status >= 400:
					t.Fatalf("%s: %d %.300s", does.name, a.status, a.text)
				}
			}
			if refused < 8 {
				t.Errorf("of 24 %s %d are refused", does.name, refused)
			}
		}
	})
}
