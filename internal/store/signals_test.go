package store_test

import (
	"context"
	"fmt"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// More users than one statement looks up are found in their order, each once, and
// nobody who is not there.
func TestKnown(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		ids := []int64{-1, 1 << 52}
		for i := range 55 {
			ids = append(ids, testdb.User(t, s, fmt.Sprint("user", i)).ID, int64(i+1))
		}
		slug, head, users, err := s.Known(ctx, 1, ids)
		if err != nil || slug != chat.Lobby || head != 0 || len(users) != 55 {
			t.Fatal(slug, head, len(users), err)
		}
		for i, u := range users {
			if u.ID != int64(i+1) || u.Name != fmt.Sprint("user", i) {
				t.Error(i, u)
			}
		}
		if _, _, users, err = s.Known(ctx, 1, nil); err != nil || users == nil || len(users) > 0 {
			t.Error(users, err)
		}
		if _, _, _, err = s.Known(ctx, 99, ids); chat.KindOf(err) != chat.NotFound {
			t.Error(err)
		}
	})
}
