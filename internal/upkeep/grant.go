package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"maru/internal/database"
)

// grants are what a role of another program may do: what docs/sql.md shows, and
// nothing by which a number or a time could be forged or a secret be read.
var grants = []string{
	`USAGE ON SCHEMA %[1]s`,
	`SELECT (id, slug, name, topic, kind, head, floor, created_at, deleted_at), UPDATE (name, topic, kind) ON rooms`,
	`SELECT (id, name, display_name, kind) ON users`,
	`SELECT (room_id, user_id, role, joined_at), INSERT (room_id, user_id, role), DELETE ON members`,
	`SELECT (id, room_id, seq, author_id, body, nonce, reply_to, at, edited_at, deleted_at),
	 INSERT (room_id, author_id, body, nonce, reply_to), UPDATE (body, deleted_at), DELETE ON messages`,
	`SELECT (room_id, seq, user_id, emoji), INSERT (room_id, seq, user_id, emoji), DELETE ON reactions`,
}

// strangerLimits keep a program that stops in the middle of a transaction from
// holding a room for long.
var strangerLimits = []string{`idle_in_transaction_session_timeout = '5s'`, `statement_timeout = '10s'`}

// Grant lets a role of the database, which must exist, write rows as other
// programs do. On SQLite there are no roles.
func Grant(ctx context.Context, d *database.Database, role string, log *slog.Logger) error {
	if !d.Shared() {
		return errors.New("SQLite has no roles: whoever can write the file can write the tables")
	}
	quoted := `"` + strings.ReplaceAll(role, `"`, `""`) + `"`
	err := d.Write(ctx, "", func(t *database.Tx) error {
		var schema string
		if err := t.Row(`SELECT quote_ident(current_schema())`).Scan(&schema); err != nil {
			return err
		}
		for _, grant := range grants {
			if strings.Contains(grant, "%") {
				grant = fmt.Sprintf(grant, schema)
			}
			if _, err := t.Exec(`GRANT ` + grant + ` TO ` + quoted); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("granting to %s: %w", role, err)
	}
	for _, limit := range strangerLimits {
		err := d.Write(ctx, "", func(t *database.Tx) error {
			_, err := t.Exec(`ALTER ROLE ` + quoted + ` SET ` + limit)
			return err
		})
		if err != nil { // which takes more rights than owning the tables
			log.Warn("a limit of the role could not be set; let an administrator do it", "role", role, "limit", limit, "error", err)
		}
	}
	return nil
}
