package database

import (
	"database/sql"
	"time"

	"maru/internal/chat"
)

// endingsKept is how long the tables remember that a credential ended.
const endingsKept = time.Hour

// End writes down that credentials ended, numbered in the order of commits, so
// that each node ends what runs under them.
func (t *Tx) End(now chat.Time, endings ...chat.Ending) error {
	for _, e := range endings {
		if err := t.Row(`UPDATE counters SET value = value + 1 WHERE name = 'endings' RETURNING value`).
			Scan(&e.Seq); err != nil {
			return err
		}
		credential := sql.NullString{String: string(e.Credential), Valid: e.Credential != ""}
		if _, err := t.Exec(`INSERT INTO endings (seq, user_id, credential, at) VALUES ($1, $2, $3, $4)`,
			e.Seq, e.User, credential, now); err != nil {
			return err
		}
	}
	_, err := t.Exec(`DELETE FROM endings WHERE at < $1`, now-chat.Time(endingsKept.Milliseconds()))
	return err
}
