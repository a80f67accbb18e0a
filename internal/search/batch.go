package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maru/internal/database"
)

const (
	// maxEvents is how many events one batch is of at most, and maxChanges how many
	// messages come under a term with them, or go from there.
	maxEvents  = 2000
	maxChanges = 100_000
)

// batch is what one writing changes in the index. It is made from what is read,
// beside the writer, which is left with nothing but to write it.
type batch struct {
	count     int64 // of the writings before it
	stretches []stretch
	in, out   []entry
	changes   []change
	blocks    []block
}

// readBatch reads what comes next for the index, of at most so many events. Where
// ctx ends it gives up.
func readBatch(ctx context.Context, t *database.Tx, events int64) (*batch, error) {
	b := &batch{count: -1}
	err := t.Row(`SELECT coalesce((SELECT seq FROM search_rooms WHERE room_id = 0), -1)`).Scan(&b.count)
	if err != nil {
		return nil, err
	}
	behind, err := lags(t)
	if err != nil {
		return nil, err
	}
	var looks []func(*database.Tx) error
	b.stretches = make([]stretch, len(behind))
	for i, l := range behind {
		if events <= 0 {
			b.stretches = b.stretches[:i]
			break
		}
		most := events
		looks = append(looks, func(t *database.Tx) (err error) {
			b.stretches[i], err = l.stretch(t, most)
			return err
		})
		events -= max(1, l.head.Seq-max(l.at.Seq, l.bottom))
	}
	if err := t.Together(looks); err != nil {
		return nil, err
	}
	for _, s := range b.stretches {
		in, out := s.differences()
		b.in, b.out = append(b.in, in...), append(b.out, out...)
	}
	if err := b.evict(t); err != nil {
		return nil, err
	}
	return b, b.change(ctx)
}

// evict takes out what the index holds under the ids that come in. After a reset
// an id can be another message's than it was.
func (b *batch) evict(t *database.Tx) error {
	leaving := map[int64]bool{}
	for _, e := range b.out {
		leaving[e.id] = true
	}
	var ids []any
	for _, e := range b.in {
		if !leaving[e.id] {
			ids = append(ids, e.id)
		}
	}
	for some := range slices.Chunk(ids, rowsAtOnce) {
		held, err := entries(t, `message IN (`+database.Places(1, len(some))+`)`, some...)
		if err != nil {
			return err
		}
		b.out = append(b.out, held...)
	}
	return nil
}

// change works out which messages come under which terms, and go from there. What
// an edit leaves as it is does neither. Texts take the longest to be taken apart.
func (b *batch) change(ctx context.Context) error {
	for _, side := range []struct {
		entries []entry
		here    bool
	}{{b.out, false}, {b.in, true}} {
		for _, e := range side.entries {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			for _, term := range read(e.body).terms() {
				b.changes = append(b.changes, change{term, e.id, side.here})
			}
		}
	}
	slices.SortFunc(b.changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.term, b.term), cmp.Compare(a.id, b.id)) })
	kept := b.changes[:0]
	for _, c := range b.changes {
		if n := len(kept); n > 0 && kept[n-1].term == c.term && kept[n-1].id == c.id {
			kept = kept[:n-1]
		} else {
			kept = append(kept, c)
		}
	}
	b.changes = kept
	return nil
}

// readBlocks reads the blocks that the changes are of, and changes them.
func (b *batch) readBlocks(t *database.Tx) error {
	// The changes of each term that are still to be made.
	var left [][]change
	for i, c := range b.changes {
		if i == 0 || c.term != b.changes[i-1].term {
			left = append(left, nil)
		}
		left[len(left)-1] = append(left[len(left)-1], c)
	}
	for len(left) > 0 { // mostly once: what is new for a term belongs into its last block
		var looks []func(*database.Tx) error
		for some := range slices.Chunk(left, rowsAtOnce) {
			looks = append(looks, func(t *database.Tx) error { return b.readTerms(t, some) })
		}
		if err := t.Together(looks); err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(changes []change) bool { return len(changes) == 0 })
	}
	return nil
}

// readTerms reads for each of some terms the block that the first of its changes is
// of, makes those of that block, and leaves the others.
func (b *batch) readTerms(t *database.Tx, left [][]change) error {
	asked := make([]string, len(left))
	args := make([]any, 0, 2*len(left))
	for i, changes := range left {
		asked[i] = fmt.Sprintf("(CAST($%d AS text), CAST($%d AS bigint))", 2*i+1, 2*i+2)
		args = append(args, changes[0].term, changes[0].id)
	}
	of := map[string]int{}
	for i, changes := range left {
		of[changes[0].term] = i
	}
	const here = ` FROM search_blocks WHERE term = a.term AND first <= a.id ORDER BY first DESC LIMIT 1`
	return t.Each(func(row database.Scanner) error {
		var at block
		var first, next *int64
		var list []byte
		if err := row.Scan(&at.term, &first, &list, &next); err != nil {
			return err
		}
		changes := &left[of[at.term]]
		if at.first = (*changes)[0].id; first != nil {
			at.first, at.ids = *first, decode(nil, *first, list)
		}
		n := 1
		for n < len(*changes) && (next == nil || (*changes)[n].id < *next) {
			n++
		}
		b.blocks = append(b.blocks, at.with((*changes)[:n])...)
		*changes = (*changes)[n:]
		return nil
	}, `WITH asked (term, id) AS (VALUES `+strings.Join(asked, ",")+`)
		SELECT a.term, (SELECT first`+here+`), (SELECT list`+here+`),
		       (SELECT first FROM search_blocks WHERE term = a.term AND first > a.id ORDER BY first LIMIT 1)
		FROM asked a`, args...)
}

// errOvertaken is of a batch that was prepared from what another has changed.
var errOvertaken = errors.New("another batch was written to the index of the search first")

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 64

// write brings the batch into the index. Its cursors and all that belongs to them
// are committed together.
func (b *batch) write(t *database.Tx) error {
	t.Touches() // nothing that anybody follows
	query := `UPDATE search_rooms SET seq = seq + 1 WHERE room_id = 0 AND seq = $1`
	if b.count < 0 {
		query = `INSERT INTO search_rooms (room_id, seq, tag, floor) VALUES (0, $1 + 1, 0, 0) ON CONFLICT DO NOTHING`
	}
	if n, err := t.Exec(query, b.count); err != nil || n == 0 {
		return cmp.Or(err, errOvertaken)
	}
	var rooms, gone, texts, blocks, emptied []any
	for _, s := range b.stretches {
		rooms = append(rooms, s.room, s.at.Seq, s.at.Tag, s.above)
	}
	for _, e := range b.out {
		gone = append(gone, e.id)
	}
	for _, e := range b.in {
		texts = append(texts, e.room, e.seq, e.id, e.body)
	}
	for _, l := range b.blocks {
		blocks = append(blocks, l.term, l.first, l.encode())
		if len(l.ids) == 0 {
			emptied = append(emptied, l.term)
		}
	}
	const upsert = ` ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq, tag = excluded.tag, floor = excluded.floor`
	for _, step := range []struct {
		width  int
		before string
		values []any
		behind string
	}{
		{4, `INSERT INTO search_rooms (room_id, seq, tag, floor) VALUES `, rooms, upsert},
		{0, `DELETE FROM search_texts WHERE message IN `, gone, ``},
		{4, `INSERT INTO search_texts (room_id, seq, message, body) VALUES `, texts, ``},
		{3, `INSERT INTO search_blocks (term, first, list) VALUES `, blocks, ` ON CONFLICT (term, first) DO UPDATE SET list = excluded.list`},
		{0, `DELETE FROM search_blocks WHERE length(list) = 0 AND term IN `, emptied, ``},
	} {
		if err := inRows(t, step.width, step.before, step.values, step.behind); err != nil {
			return err
		}
	}
	return nil
}

// inRows runs a statement for rows of a width, several at once; with no width, for
// a list of values.
func inRows(t *database.Tx, width int, before string, values []any, behind string) error {
	for some := range slices.Chunk(values, max(1, width)*rowsAtOnce) {
		rows := database.Rows(1, len(some))
		if width > 0 {
			rows = database.Rows(len(some)/width, width)
		}
		if _, err := t.Exec(before+rows+behind, some...); err != nil {
			return err
		}
	}
	return nil
}
