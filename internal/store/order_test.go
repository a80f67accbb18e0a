package store_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

// Numbers are taken in the order of the commits: however long transactions of
// several nodes and of strangers take to commit, who reads behind a number never
// passes one that is still to come.
func TestCommitOrder(t *testing.T) {
	s, db := testdb.NewPostgres(t)
	nodes := []*store.Store{s, db.Open(), db.Open()}
	mina := testdb.User(t, s, "mina")
	db.Must(`CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF random() < 0.1 THEN PERFORM pg_sleep(random() * 0.05); END IF;
			RETURN NULL;
		END $$;
		CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()`)
	const publishers, each, strangers = 30, 30, 60
	var writing, reading sync.WaitGroup
	for p := range publishers {
		writing.Go(func() {
			for i := range each {
				d := chat.Draft{Body: fmt.Sprint(p, " ", i), Nonce: fmt.Sprintf("%d-%d", p, i)}
				for {
					_, _, err := nodes[(p+i)%len(nodes)].PostMessage(t.Context(), mina, "lobby", d)
					if err == nil {
						break
					}
					if chat.KindOf(err) != chat.Busy {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	writing.Go(func() {
		for range strangers {
			db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'stranger')`)
		}
	})
	const all = 1 + publishers*each + strangers // and her joining
	over := make(chan struct{})
	for r := range 10 {
		reading.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(r)))
			var at int64
			for ended := false; !ended; {
				select {
				case <-over:
					ended = true // after one more look
				default:
				}
				for more := true; more; {
					events, _, err := nodes[rng.IntN(len(nodes))].Events(t.Context(), chat.Room{ID: 1, Slug: "lobby"}, at, 1+rng.IntN(20))
					if err != nil {
						t.Error(err)
						return
					}
					for _, e := range events {
						if e.Seq != at+1 || e.Name() == "void" {
							t.Errorf("behind %d came %d, a %s", at, e.Seq, e.Name())
						}
						at = e.Seq
					}
					more = len(events) > 0
				}
				time.Sleep(time.Duration(rng.IntN(5)) * time.Millisecond)
			}
			if at != all {
				t.Errorf("a reader has %d events of %d", at, all)
			}
		})
	}
	writing.Wait()
	close(over)
	reading.Wait()
	db.Audit()
}
