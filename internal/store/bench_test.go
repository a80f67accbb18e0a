package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// BenchmarkPost measures durable posts through the store, by senders who each
// wait for their answer.
func BenchmarkPost(b *testing.B) {
	for _, senders := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("sqlite/%d", senders), func(b *testing.B) { benchmarkPost(b, testdb.New, senders) })
		b.Run(fmt.Sprintf("postgres/%d", senders), func(b *testing.B) { benchmarkPost(b, testdb.NewPostgres, senders) })
	}
}

func benchmarkPost(b *testing.B, open func(testing.TB) (*store.Store, *testdb.DB), senders int) {
	s, _ := open(b)
	actor := testdb.User(b, s, "mina")
	ctx := context.Background()
	body := "A message of about sixty characters, as people write them."
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if _, _, err := s.PostMessage(ctx, actor, "lobby", chat.Draft{Body: body}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkMoves asks what has become of 100 rooms since their newest events but one.
func BenchmarkMoves(b *testing.B) {
	for name, open := range map[string]func(testing.TB) (*store.Store, *testdb.DB){"sqlite": testdb.New, "postgres": testdb.NewPostgres} {
		b.Run(name, func(b *testing.B) {
			s, db := open(b)
			testdb.User(b, s, "mina")
			since := map[int64]chat.Cursor{}
			for i := range int64(100) {
				db.Must(fmt.Sprintf(`INSERT INTO rooms (slug, name, kind) VALUES ('room-%d', 'x', 'open')`, i))
				since[i+2] = chat.Cursor{}
			}
			db.Must(`INSERT INTO messages (room_id, author_id, body) SELECT id, 1, 'x' FROM rooms`)
			moves, err := s.Moves(context.Background(), since)
			if err != nil {
				b.Fatal(err)
			}
			for _, m := range moves {
				since[m.Room.ID] = m.Head
			}
			db.Must(`INSERT INTO messages (room_id, author_id, body) SELECT id, 1, 'y' FROM rooms`)
			b.ReportAllocs()
			for b.Loop() {
				if moves, err = s.Moves(context.Background(), since); err != nil || len(moves) != 100 {
					b.Fatal(moves, err)
				}
			}
		})
	}
}
