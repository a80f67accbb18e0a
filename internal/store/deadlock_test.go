package store_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// A command that changes many rooms at once, and the posts into these rooms
// through another node, wait for each other in one order and never in a circle.
func TestNoDeadlock(t *testing.T) {
	s, db := testdb.NewPostgres(t)
	nodes := []*store.Store{s, db.Open()}
	mina, jun := testdb.User(t, s, "mina"), testdb.User(t, s, "jun")
	var slugs []string
	for i := range 8 {
		slug := fmt.Sprintf("room-%d", 7-i) // their ids go the other way
		if _, err := s.OpenRoom(t.Context(), jun, chat.NewRoom{Slug: slug, Name: slug, Kind: chat.Open, Members: []int64{mina.ID}}); err != nil {
			t.Fatal(err)
		}
		slugs = append(slugs, slug)
	}
	var working sync.WaitGroup
	for n, node := range nodes {
		for i := range 8 {
			working.Go(func() {
				for k := range 40 {
					d := chat.Draft{Body: "word", Nonce: fmt.Sprintf("%d-%d-%d", n, i, k)}
					if _, _, err := node.PostMessage(t.Context(), jun, slugs[(i+k)%len(slugs)], d); err != nil {
						t.Error("post: ", err)
					}
				}
			})
		}
		working.Go(func() {
			for k := range 40 {
				if _, err := node.Rename(t.Context(), mina, fmt.Sprintf("Mina %d-%d", n, k)); err != nil {
					t.Error("rename: ", err)
				}
			}
		})
	}
	working.Wait()
	db.Must(`SELECT pg_stat_force_next_flush()`)
	circles, err := strconv.Atoi(strings.TrimSpace(db.Must(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)))
	if err != nil || circles > 0 {
		t.Errorf("%d deadlocks, %v", circles, err)
	}
}
