package search_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/search"
	"maru/internal/testdb"
)

// benchMessages is how many messages are searched in.
const benchMessages = 100_000

// language makes sentences of words that are used as unevenly as those of people.
type language struct {
	*rand.Rand
	words []string
	zipf  *rand.Zipf
}

func newLanguage() *language {
	r := rand.New(rand.NewPCG(1, 2))
	l := &language{Rand: r}
	syllables := []rune{}
	for range 900 {
		syllables = append(syllables, '가'+r.Int32N('힣'-'가'+1))
	}
	often := rand.NewZipf(r, 1.2, 8, uint64(len(syllables)-1))
	for range 20000 {
		word := []rune{}
		for range 2 + r.IntN(3) {
			word = append(word, syllables[often.Uint64()])
		}
		if r.IntN(5) == 0 {
			word = word[:0]
			for range 2 + r.IntN(8) {
				word = append(word, 'a'+r.Int32N(26))
			}
		}
		l.words = append(l.words, string(word))
	}
	l.zipf = rand.NewZipf(r, 1.1, 4, uint64(len(l.words)-1))
	return l
}

func (l *language) word() string { return l.words[l.zipf.Uint64()] }

func (l *language) sentence() string {
	words := make([]string, 4+l.IntN(9))
	for i := range words {
		words[i] = l.word()
	}
	return strings.Join(words, " ")
}

// fill writes messages into ten rooms.
func fill(b *testing.B, db *testdb.DB, l *language, messages int) {
	b.Helper()
	for room := range 9 {
		db.Must(fmt.Sprintf(`INSERT INTO rooms (slug, name) VALUES ('room-%d', 'x')`, room))
	}
	for left := messages; left > 0; left -= 10000 {
		var sql strings.Builder
		sql.WriteString("BEGIN;\n")
		for range min(left, 10000) {
			fmt.Fprintf(&sql, "INSERT INTO messages (room_id, author_id, body) VALUES (%d, 1, '%s');\n", 1+l.IntN(10), l.sentence())
		}
		sql.WriteString("COMMIT;\n")
		db.Must(sql.String())
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		b.Run(kind, func(b *testing.B) {
			open := testdb.New
			if kind == "postgres" {
				open = testdb.NewPostgres
			}
			s, db := open(b)
			l := newLanguage()
			actor := testdb.User(b, s, "somebody")
			fill(b, db, l, benchMessages)
			before := size(b, db)
			x := search.New(s, testdb.Logger(b))
			began, worked := time.Now(), cpu()
			if err := x.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
			took := time.Since(began)
			b.Logf("%d messages in %.1f MB came into the index in %v (%.0f a second), with %v of our CPU; it takes %.1f MB", benchMessages, megabytes(before),
				took.Round(time.Millisecond), benchMessages/took.Seconds(), (cpu() - worked).Round(time.Millisecond), megabytes(size(b, db)-before))
			questions := map[string]func() string{
				"a word":        l.word,
				"two words":     func() string { return l.word() + " " + l.word() },
				"two syllables": func() string { return string([]rune(l.word())[:2]) },
				"one syllable":  func() string { return string([]rune(l.word())[:1]) },
				"nothing":       func() string { return "없는말이다 " + l.word() },
				"a beginning":   func() string { return l.word() + " sea" },
			}
			for name, ask := range questions {
				b.Run(name, func(b *testing.B) {
					var times []time.Duration
					hits := 0
					for b.Loop() {
						began := time.Now()
						found, err := x.Find(b.Context(), actor, chat.Question{Text: ask()})
						if err != nil {
							b.Fatal(err)
						}
						times = append(times, time.Since(began))
						hits += len(found.Hits)
					}
					slices.Sort(times)
					b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-p50")
					b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "µs-p99")
					b.ReportMetric(float64(hits)/float64(len(times)), "hits")
				})
			}
		})
	}
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }

// cpu is how long this process has worked.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// size is how many bytes a database takes.
func size(b *testing.B, db *testdb.DB) int64 {
	if db.Kind == "postgres" {
		var n int64
		fmt.Sscan(db.Must(`SELECT pg_database_size(current_database())`), &n)
		return n
	}
	db.Must(`PRAGMA wal_checkpoint(TRUNCATE)`)
	info, err := os.Stat(db.Path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// BenchmarkPost is posting by 64 at a time, with the index and without.
func BenchmarkPost(b *testing.B) {
	for _, indexed := range []bool{false, true} {
		b.Run(fmt.Sprint("indexed=", indexed), func(b *testing.B) {
			s, _ := testdb.New(b)
			l := newLanguage()
			actor := testdb.User(b, s, "somebody")
			x := search.New(s, testdb.Logger(b))
			ctx, stop := context.WithCancel(b.Context())
			var running sync.WaitGroup
			if indexed {
				running.Go(func() { x.Run(ctx) })
				running.Go(func() { s.Watch(ctx, func() bool { return true }, x.Hint) })
			}
			bodies := make([]string, 10000)
			for i := range bodies {
				bodies[i] = l.sentence()
			}
			b.SetParallelism(32)
			var mu sync.Mutex
			var times []time.Duration
			b.ResetTimer()
			began, worked := time.Now(), cpu()
			b.RunParallel(func(pb *testing.PB) {
				var own []time.Duration
				for i := 0; pb.Next(); i++ {
					began := time.Now()
					if _, _, err := s.PostMessage(ctx, actor, "lobby", chat.Draft{Body: bodies[i%len(bodies)]}); err != nil {
						b.Error(err)
					}
					own = append(own, time.Since(began))
				}
				mu.Lock()
				times = append(times, own...)
				mu.Unlock()
			})
			b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "posts/s")
			b.ReportMetric(float64((cpu()-worked).Microseconds())/float64(b.N), "µs-CPU")
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-p50")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "µs-p99")
			stop()
			running.Wait()
		})
	}
}
