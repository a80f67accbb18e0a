package database_test

import (
	"bytes"
	"database/sql"
	"errors"
	"testing"

	"maru/internal/chat"
	"maru/internal/database"
	"maru/internal/store"
	"maru/internal/testdb"
)

// What a statement is given comes back as it was, whatever type of Go has it.
func TestValues(t *testing.T) {
	testdb.Each(t, func(t *testing.T, _ *store.Store, db *testdb.DB) {
		d := open(t, db)
		blob := map[string]string{"sqlite": "blob", "postgres": "bytea"}[db.Kind]
		err := d.Look(t.Context(), func(tx *database.Tx) error {
			var n, next int64
			var text string
			var kind chat.RoomKind
			var tag chat.Tag
			var yes bool
			var list []byte
			var none *int64
			var some *int64
			var null, given sql.NullString
			err := tx.Row(`SELECT CAST($2 AS bigint), CAST($1 AS text), CAST($2 AS bigint) + 1, CAST($3 AS text), CAST($4 AS bigint), true,
					CAST($5 AS `+blob+`), CAST($6 AS bigint), CAST($2 AS bigint), CAST($6 AS text), CAST($7 AS text)`,
				"가\x01'", int64(7), chat.Direct, chat.Tag(1<<31-1), []byte{0, 255}, nil, sql.NullString{String: "", Valid: true}).
				Scan(&n, &text, &next, &kind, &tag, &yes, &list, &none, &some, &null, &given)
			switch {
			case err != nil:
				t.Error(err)
			case n != 7, text != "가\x01'", next != 8, kind != chat.Direct, tag != 1<<31-1, !yes, !bytes.Equal(list, []byte{0, 255}):
				t.Error(n, text, next, kind, tag, yes, list)
			case none != nil, some == nil || *some != 7, null.Valid, !given.Valid || given.String != "":
				t.Error(none, some, null, given)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		for name, wrong := range map[string]func(*database.Tx) error{
			"NULL as a string":  func(tx *database.Tx) error { return tx.Row(`SELECT CAST(NULL AS text)`).Scan(new(string)) },
			"NULL as a number":  func(tx *database.Tx) error { return tx.Row(`SELECT CAST(NULL AS bigint)`).Scan(new(int64)) },
			"text as a number":  func(tx *database.Tx) error { return tx.Row(`SELECT CAST('x' AS text)`).Scan(new(int64)) },
			"a number too big":  func(tx *database.Tx) error { return tx.Row(`SELECT 4294967296`).Scan(new(chat.Tag)) },
			"a column too many": func(tx *database.Tx) error { return tx.Row(`SELECT 1, 2`).Scan(new(int64)) },
			"too few arguments": func(tx *database.Tx) error { return tx.Row(`SELECT CAST($1 AS bigint)`).Scan(new(int64)) },
			"what is no value":  func(tx *database.Tx) error { return tx.Row(`SELECT CAST($1 AS text)`, new(chan int)).Scan(new(string)) },
			"what is no SQL":    func(tx *database.Tx) error { return tx.Row(`SELEKT 1`).Scan(new(int64)) },
		} {
			err := d.Look(t.Context(), wrong)
			if err == nil || errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Nothing of that is left behind on the connections.
		for range 20 {
			if ok, err := exists(t, d, `SELECT 1 FROM rooms`); !ok || err != nil {
				t.Error(ok, err)
			}
		}
	})
}

func exists(t *testing.T, d *database.Database, query string) (ok bool, err error) {
	err = d.Look(t.Context(), func(tx *database.Tx) error {
		ok, err = tx.Exists(query)
		return err
	})
	return ok, err
}
