package search

import (
	"context"
	"fmt"
	"slices"

	"maru/internal/database"
)

// ErrOvertaken is of a batch that another was written before.
var ErrOvertaken = errOvertaken

// Marks is what a question finds in a body.
func Marks(question, body string) [][2]int {
	q, err := parse(question)
	if err != nil {
		return nil
	}
	return q.marks(body)
}

// Step brings one batch into the index.
func (x *Index) Step(ctx context.Context) error {
	b, err := x.prepare(ctx)
	if err == nil && len(b.stretches) > 0 {
		_, err = x.write(ctx, b)
	}
	return err
}

// Prepared reads a batch, and returns what writes it.
func (x *Index) Prepared(ctx context.Context) (write func() error, err error) {
	b, err := x.prepare(ctx)
	return func() error {
		_, err := x.write(ctx, b)
		return err
	}, err
}

// Others reports whether anybody else has written since it was last asked.
func (x *Index) Others() bool { return x.others() }

// SetEvents sets how many events a batch is of.
func (x *Index) SetEvents(n int64) { x.events = n }

// Faults compares the index with the messages that it should hold.
func (x *Index) Faults(ctx context.Context) (faults []string, err error) {
	err = x.db.Read(ctx, func(t *database.Tx) error {
		faults = nil
		want, have := map[string][]int64{}, map[string][]int64{}
		texts, held := map[entry]bool{}, map[entry]bool{}
		take := func(into map[entry]bool) func(database.Scanner) error {
			return func(row database.Scanner) error {
				var e entry
				err := row.Scan(&e.room, &e.seq, &e.id, &e.body)
				into[e] = true
				return err
			}
		}
		err := t.Each(take(texts), `SELECT m.room_id, m.seq, m.id, m.body FROM messages m JOIN rooms r ON r.id = m.room_id
			WHERE r.deleted_at IS NULL AND m.seq > r.floor AND m.body IS NOT NULL`)
		if err == nil {
			err = t.Each(take(held), `SELECT room_id, seq, message, body FROM search_texts`)
		}
		if err != nil {
			return err
		}
		for e := range texts {
			if !held[e] {
				faults = append(faults, fmt.Sprintf("%v is not in the index", e))
			}
			for _, term := range read(e.body).terms() {
				want[term] = append(want[term], e.id)
			}
		}
		for e := range held {
			if !texts[e] {
				faults = append(faults, fmt.Sprintf("%v is in the index", e))
			}
		}
		last := block{}
		err = t.Each(func(row database.Scanner) error {
			b := block{}
			var list []byte
			if err := row.Scan(&b.term, &b.first, &list); err != nil {
				return err
			}
			b.ids = decode(nil, b.first, list)
			if len(b.ids) == 0 || len(b.ids) > fullBlock {
				faults = append(faults, fmt.Sprintf("a block of %q has %d ids", b.term, len(b.ids)))
			}
			if last.term == b.term && last.ids[len(last.ids)-1] >= b.first {
				faults = append(faults, fmt.Sprintf("two blocks of %q overlap at %d", b.term, b.first))
			}
			have[b.term] = append(have[b.term], b.ids...)
			last = b
			return nil
		}, `SELECT term, first, list FROM search_blocks ORDER BY term, first`)
		if err != nil {
			return err
		}
		for term, ids := range want {
			slices.Sort(ids)
			if !slices.Equal(ids, have[term]) {
				faults = append(faults, fmt.Sprintf("%q stands in %v, and the index has %v", term, ids, have[term]))
			}
			delete(have, term)
		}
		for term, ids := range have {
			faults = append(faults, fmt.Sprintf("%q stands nowhere, and the index has %v", term, ids))
		}
		return nil
	})
	return faults, err
}
