package web_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"maru/internal/stream"
	"maru/internal/testdb"
)

// heap is how much is in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What a request names and is not there is not kept, however long it is: neither
// whom it tries to sign in, nor a room.
func TestHeldOfRequests(t *testing.T) {
	s, db := testdb.New(t)
	h := build(t, s, db, free, stream.Limits{})
	mina := h.signUp("mina")
	mina.must(200, "GET", "page:/rooms/lobby", nil)
	const most = 6 << 20 // without this, connections and all, it was 11 and 19
	for _, test := range []struct {
		name  string
		times int
		ask   func(i int)
	}{
		{"names that sign in", 30, func(i int) {
			name := fmt.Sprint(i, strings.Repeat("ﷺ", 20000)) // folded, eleven times as long
			h.visitor().must(http.StatusUnauthorized, "POST", "/session", map[string]any{"name": name, "password": password})
		}},
		{"rooms", 300, func(i int) {
			mina.must(http.StatusNotFound, "GET", fmt.Sprint("page:/rooms/x", i, strings.Repeat("x", 30<<10)), nil)
		}},
	} {
		before := heap()
		for i := range test.times {
			test.ask(i)
		}
		if grown := heap() - before; grown > most {
			t.Errorf("%d %s are held in %d KB", test.times, test.name, grown>>10)
		}
	}
}
