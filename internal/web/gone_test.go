package web_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"maru/internal/stream"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// A text that is deleted, edited away or removed by retention stands nowhere in
// the file any more, neither beside the log nor in what SQLite keeps for later.
func TestGoneFromFile(t *testing.T) {
	t.Parallel()
	s, db := testdb.New(t)
	h := build(t, s, db, free, stream.Limits{})
	mina := h.signUp("mina")
	short, long := "canarywords", strings.Repeat("canarywords ", 300)
	var seqs []int64
	for i := range 40 {
		seqs = append(seqs, mina.post("lobby", fmt.Sprint(short, " ", i)), mina.post("lobby", long))
	}
	mina.sought(q(short), 50)
	for i, seq := range seqs {
		if at := fmt.Sprint("/rooms/lobby/messages/", seq); i < 20 {
			mina.must(204, "DELETE", at, nil)
		} else if i < 40 {
			mina.must(200, "PATCH", at, map[string]any{"body": "x"})
		}
	}
	mina.must(200, "PATCH", "/rooms/lobby", map[string]any{"retention": map[string]any{"keep_messages": 1}})
	mina.post("lobby", "the one that stays")
	// The index takes out what retention removes with what is said next.
	if err := upkeep.RetainNow(t.Context(), s.Database(), time.Now()); err != nil {
		t.Fatal(err)
	}
	mina.post("lobby", "and what is said next")
	mina.sought(q(short), 0)
	h.wait("the index has none of it", 30*time.Second, func() bool {
		time.Sleep(200 * time.Millisecond) // the shell that looks must not keep the index from writing
		return db.Must(`SELECT count(*) FROM search_texts WHERE body LIKE '%canary%'`) == "0"
	})
	h.wait("the file is all there is", 30*time.Second, func() bool {
		time.Sleep(200 * time.Millisecond)
		return strings.HasPrefix(db.Must(`PRAGMA wal_checkpoint(TRUNCATE)`), "0")
	})
	file, err := os.ReadFile(db.Path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(file, []byte(short)); n > 0 {
		t.Errorf("%d times it stands in the file", n)
	}
}
