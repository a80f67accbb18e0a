package upkeep

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"maru/internal/database"
)

// copied are the tables in an order in which each finds what it refers to, with
// all columns that have to go along. What is searched in is not among them: it is
// built from the rest.
var copied = []struct{ table, columns string }{
	{"users", "id, name, name_key, display_name, search_key, kind, role, password, avatar, created_at, disabled_at"},
	{"sessions", "hash, user_id, created_at, seen_at"},
	{"tokens", "id, user_id, label, hash, created_at"},
	{"invites", "hash, role, expires_at"},
	{"endings", "seq, user_id, credential, at"},
	{"counters", "name, value"},
	{"rooms", "id, slug, name, topic, kind, party, head, head_tag, floor, floor_tag, keep_messages, keep_days, created_at, deleted_at"},
	{"members", "room_id, user_id, role, joined_at, read_seq, leaving"},
	{"messages", "id, room_id, seq, tag, author_id, body, nonce, posted, reply_to, at, edited_at, deleted_at, reacted"},
	{"reactions", "room_id, seq, user_id, emoji, added"},
	{"nonces", "author_id, room_id, nonce, posted, seq, at, until"},
	{"sites", "id, name, visitors, all_rooms, pages, roles, accent, created_at"},
	{"site_origins", "origin, site_id"},
	{"site_rooms", "site_id, room_id"},
	{"site_keys", "site_id, kid, algorithm, material, created_at"},
	{"visitors", "site_id, subject, user_id, said_at"},
	{"vouched", "room_id, user_id"},
	{"guests", "user_id, site_id, hash, created_at, seen_at"},
	{"changes", "room_id, seq, tag, kind, ref, user_id, role, room_kind, at"},
}

// copyBatch is how many rows one statement inserts.
const copyBatch = 100

// Copy copies everything to another database, which must be new, in one
// transaction there and from one snapshot here. Ids, numbers and tags stay as
// they are, so the cursors that readers hold stay good. told hears of each
// table, while it is copied and when it is done.
func Copy(ctx context.Context, from, to *database.Database, told func(table string, rows int64, done bool)) error {
	return from.ReadLong(ctx, func(from *database.Tx) error {
		return to.WriteLong(ctx, func(t *database.Tx) error {
			used, err := t.Exists(`SELECT 1 FROM users UNION ALL SELECT 1 FROM rooms WHERE head > 0`)
			if err != nil {
				return err
			}
			if used {
				return errors.New("the database to copy to is in use already; it has to be new")
			}
			tables := make([]string, len(copied))
			for i, c := range copied {
				tables[i] = c.table
			}
			return to.Unguarded(t, tables, func() error {
				for _, table := range []string{"rooms", "counters"} { // what is there from the first start
					if _, err := t.Exec(`DELETE FROM ` + table); err != nil {
						return err
					}
				}
				for _, c := range copied {
					if err := copyTable(ctx, from, t, c.table, c.columns, told); err != nil {
						return fmt.Errorf("copying %s: %w", c.table, err)
					}
				}
				return nil
			})
		})
	})
}

func copyTable(ctx context.Context, from, to *database.Tx, table, columns string, told func(string, int64, bool)) error {
	width := strings.Count(columns, ",") + 1
	var rows int64
	batch := make([]any, 0, copyBatch*width)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		n := len(batch) / width
		_, err := to.Insert(table, columns, database.Rows(n, width), batch)
		rows += int64(n)
		batch = batch[:0]
		told(table, rows, false)
		return err
	}
	err := from.Each(func(row database.Scanner) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		values := make([]any, width)
		dest := make([]any, width)
		for i := range values {
			dest[i] = &values[i]
		}
		if err := row.Scan(dest...); err != nil {
			return err
		}
		if batch = append(batch, values...); len(batch) == cap(batch) {
			return flush()
		}
		return nil
	}, `SELECT `+columns+` FROM `+table)
	if err == nil {
		err = flush()
	}
	if err == nil {
		told(table, rows, true)
	}
	return err
}
