package database_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
	"maru/internal/store"
	"maru/internal/testdb"
)

// open opens a database of one table, with one row in it, on the engine of db.
func open(t *testing.T, db *testdb.DB) *database.Database {
	t.Helper()
	const house = `-- +goose Up
		CREATE TABLE rooms (id bigint PRIMARY KEY, head bigint NOT NULL CHECK (head < 1000));
		INSERT INTO rooms VALUES (1, 0), (2, 0);`
	o := database.Options{URL: db.URL, Log: testdb.Logger(t), Migrations: fstest.MapFS{
		"sqlite/0001_t.sql":   {Data: []byte(house)},
		"postgres/0001_t.sql": {Data: []byte(house)},
	}}
	if db.Kind == "sqlite" {
		o.Dir = t.TempDir()
	} else {
		db.Must(`CREATE SCHEMA other`)
		o.URL += "&search_path=other"
	}
	d, err := database.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// group runs commands in one transaction: they wait together behind another.
func group(t *testing.T, d *database.Database, commands ...func(tx *database.Tx) error) []error {
	t.Helper()
	errs := make([]error, len(commands))
	begun, release := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		once := sync.OnceFunc(func() { close(begun) })
		d.Write(t.Context(), "", func(*database.Tx) error { once(); <-release; return nil })
	})
	<-begun
	before := d.Stats().Commits
	for i, fn := range commands {
		running.Go(func() { errs[i] = d.WriteOne(context.Background(), fmt.Sprint(i), fn) })
	}
	for d.Waiting() < len(commands) {
		time.Sleep(time.Millisecond)
	}
	close(release)
	running.Wait()
	if n := d.Stats().Commits - before; n != 2 {
		t.Errorf("%d transactions, not two", n)
	}
	return errs
}

func lock(tx *database.Tx, room int64) error {
	return tx.Lock(`SELECT 1 FROM rooms WHERE id = $1`, room)
}

// post takes the next number of a room, as its last statement.
func post(seen *int64) func(tx *database.Tx) error {
	return func(tx *database.Tx) error {
		if err := lock(tx, 1); err != nil {
			return err
		}
		var head int64
		if err := tx.Row(`SELECT head FROM rooms WHERE id = $1`, 1).Scan(&head); err != nil {
			return err
		}
		return tx.Row(`UPDATE rooms SET head = head + 1 WHERE id = $1 RETURNING head`, 1).Scan(seen)
	}
}

// Commands that share a transaction each get what is theirs: those that are
// refused, fail, panic, or must be all or nothing, leave nothing behind, and the
// others are stored.
func TestGroup(t *testing.T) {
	testdb.Each(t, func(t *testing.T, _ *store.Store, db *testdb.DB) {
		d := open(t, db)
		refusal := chat.Refuse(chat.Forbidden, "forbidden")
		var a, b, c int64
		errs := group(t, d,
			post(&a),
			func(tx *database.Tx) error { return refusal },
			func(tx *database.Tx) error { // fails in the database
				_, err := tx.Exec(`UPDATE rooms SET head = 1000 WHERE id = 2`)
				return err
			},
			post(&b),
			func(tx *database.Tx) error { panic("a fault") },
			func(tx *database.Tx) error {
				return tx.AllOrNothing(func() error {
					if _, err := tx.Exec(`UPDATE rooms SET head = 7 WHERE id = 2`); err != nil {
						return err
					}
					return refusal
				})
			},
			post(&c),
		)
		for i, want := range []bool{false, true, true, false, true, true, false} {
			if (errs[i] != nil) != want {
				t.Errorf("command %d: %v", i, errs[i])
			}
		}
		if !errors.Is(errs[1], refusal) || !errors.Is(errs[5], refusal) {
			t.Error("refusals became", errs[1], errs[5])
		}
		got := []int64{a, b, c}
		if slices.Sort(got); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Error("numbers", got)
		}
		var one, two int64
		err := d.Read(t.Context(), func(tx *database.Tx) error {
			if err := tx.Row(`SELECT head FROM rooms WHERE id = $1`, 1).Scan(&one); err != nil {
				return err
			}
			return tx.Row(`SELECT head FROM rooms WHERE id = $1`, 2).Scan(&two)
		})
		if err != nil || one != 3 || two != 0 {
			t.Error(err, one, two)
		}
	})
}

// Work beside the rooms that finds the disk full takes no post with it, though
// SQLite has taken back the whole transaction; and it is told why it failed.
func TestWorkOnAFullDisk(t *testing.T) {
	_, db := testdb.New(t)
	d := open(t, db)
	work := func(fn func(tx *database.Tx) error) error { return d.Write(t.Context(), "", fn) }
	if err := work(func(tx *database.Tx) error {
		_, err := tx.Exec(`CREATE TABLE bulk (body BLOB)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := work(func(tx *database.Tx) error {
		var pages int64
		return tx.Row(`PRAGMA max_page_count = 40`).Scan(&pages)
	}); err != nil {
		t.Fatal(err)
	}
	begun, release := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		once := sync.OnceFunc(func() { close(begun) })
		work(func(*database.Tx) error { once(); <-release; return nil })
	})
	<-begun
	var full error
	var posts [2]error
	var seen [2]int64
	running.Go(func() { posts[0] = d.WriteOne(t.Context(), "1", post(&seen[0])) })
	running.Go(func() {
		full = work(func(tx *database.Tx) error {
			_, err := tx.Exec(`INSERT INTO bulk VALUES (randomblob(1000000))`)
			return err
		})
	})
	running.Go(func() { posts[1] = d.WriteOne(t.Context(), "1", post(&seen[1])) })
	for d.Waiting() < 3 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	running.Wait()
	if chat.KindOf(full) != chat.Full {
		t.Error("the work was told", full)
	}
	if slices.Sort(seen[:]); posts != [2]error{} || seen != [2]int64{1, 2} {
		t.Error("the posts were told", posts, seen)
	}
}

// What a refused command has locked is let go of with it: who comes next in the
// transaction locks it again.
func TestLockAfterRefusal(t *testing.T) {
	_, db := testdb.NewPostgres(t)
	d := open(t, db)
	var head int64
	errs := group(t, d,
		func(tx *database.Tx) error {
			return tx.AllOrNothing(func() error {
				if err := lock(tx, 1); err != nil {
					return err
				}
				if err := tx.Row(`SELECT head FROM rooms WHERE id = $1`, 1).Scan(&head); err != nil {
					return err
				}
				return chat.NoSuchThing()
			})
		},
		func(tx *database.Tx) error {
			return tx.AllOrNothing(func() error {
				if err := lock(tx, 1); err != nil {
					return err
				}
				if err := tx.Row(`SELECT head FROM rooms WHERE id = $1`, 1).Scan(&head); err != nil {
					return err
				}
				if out, err := db.Shell(`SELECT 1 FROM other.rooms WHERE id = 1 FOR UPDATE NOWAIT`); err == nil {
					t.Error("another locks what is locked here: ", out)
				}
				return nil
			})
		},
	)
	if errs[0] == nil || errs[1] != nil {
		t.Error(errs)
	}
}
