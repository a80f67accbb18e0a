package store_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// Every statement that docs/sql.md shows works as it stands there.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 3 {
		t.Fatal("docs/sql.md shows no statements")
	}
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, _ := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		for i := range 20 {
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"two", "three"} {
			if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: name, Name: name, Kind: chat.Closed}); err != nil {
				t.Fatal(err)
			}
		}
		for _, block := range blocks {
			if out := db.Must(string(block[1])); out != "" {
				t.Errorf("%s\nprints %s", block[1], out)
			}
		}
		events, _, err := s.Events(ctx, chat.Room{ID: 1, Slug: "lobby"}, 21, 100)
		if err != nil {
			t.Fatal(err)
		}
		const want = "message:22:the backup is done message:18::deleted message:18::deleted message:19::deleted message:21:19 message:21:19 room:lobby:closed on Mondays:open message:29:good morning"
		if got := describe(events); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		db.Audit()
	})
}
