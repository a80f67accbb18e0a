package store_test

import (
	"fmt"
	"testing"
	"time"

	"maru/internal/testdb"
)

// A list that was being read when its connection was lost is read again, and
// holds each thing once.
func TestListsAreReadAgain(t *testing.T) {
	s, db := testdb.NewPostgres(t)
	me := testdb.User(t, s, "somebody")
	for i := range 100 {
		db.Must(fmt.Sprintf(`INSERT INTO rooms (slug, name, kind) VALUES ('room-%d', 'x', 'open')`, i))
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				db.Must(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'maru'`)
			}
		}
	}()
	defer func() { close(stop); <-done }()
	for n := range 200 {
		views, err := s.Rooms(t.Context(), me)
		if err == nil && len(views) != 101 {
			t.Fatalf("reading %d has %d rooms, and there are 101", n, len(views))
		}
	}
}
