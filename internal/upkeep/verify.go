package upkeep

import (
	"context"

	"maru/internal/chat"
	"maru/internal/database"
)

// Verify reads the whole log of every room on one snapshot: each number between
// floor and head has to stand in exactly one row, and what the log says of
// messages and members has to be what their rows say.
func Verify(ctx context.Context, d *database.Database) (a chat.Audit, err error) {
	err = d.ReadLong(ctx, func(t *database.Tx) error {
		a = chat.Audit{}
		if a.Faults, err = d.Faults(t); err != nil {
			return err
		}
		type logged struct {
			id, floor int64
			slug      string
			head      chat.Cursor
		}
		var rooms []logged
		err := t.Each(func(row database.Scanner) error {
			var r logged
			err := row.Scan(&r.id, &r.slug, &r.head.Seq, &r.head.Tag, &r.floor)
			rooms = append(rooms, r)
			return err
		}, `SELECT id, slug, head, head_tag, floor FROM rooms ORDER BY id`)
		for _, r := range rooms {
			if err == nil {
				err = verifyRoom(t, r.id, r.floor, a.Room(r.slug, r.floor, r.head))
			}
		}
		for _, check := range houseAgreements {
			var wrong []int64
			if err == nil {
				wrong, err = disagreeing(t, check.query)
			}
			a.Disagree(check.says, wrong)
		}
		return err
	})
	return a, err
}

// disagreeing returns what a query finds that does not agree.
func disagreeing(t *database.Tx, query string, args ...any) (wrong []int64, err error) {
	err = t.Each(func(row database.Scanner) error {
		var one int64
		err := row.Scan(&one)
		wrong = append(wrong, one)
		return err
	}, query, args...)
	return wrong, err
}

func verifyRoom(t *database.Tx, id, floor int64, walk *chat.AuditWalk) error {
	err := t.Each(func(row database.Scanner) error {
		var at chat.Cursor
		var message bool
		if err := row.Scan(&at.Seq, &at.Tag, &message); err != nil {
			return err
		}
		walk.Step(at, message)
		return nil
	}, `SELECT seq, tag, true FROM messages WHERE room_id = $1 AND seq > $2
		UNION ALL SELECT seq, tag, false FROM changes WHERE room_id = $1 AND seq > $2 ORDER BY 1`, id, floor)
	if err != nil {
		return err
	}
	walk.End()
	for _, check := range agreements {
		wrong, err := disagreeing(t, check.query, id, floor)
		if err != nil {
			return err
		}
		walk.Disagree(check.says, wrong)
	}
	return nil
}

// houseAgreements are what rows have to agree about that are of no room.
var houseAgreements = []struct{ says, query string }{
	{"a site vouches for the users with the ids %s, who are not of that kind", `SELECT v.user_id FROM visitors v
		LEFT JOIN users u ON u.id = v.user_id WHERE u.kind IS NULL OR u.kind <> 'site'`},
	{"the users with the ids %s have a guest's token and are no guests", `SELECT g.user_id FROM guests g
		LEFT JOIN users u ON u.id = g.user_id WHERE u.kind IS NULL OR u.kind <> 'guest'`},
	{"the users with the ids %s govern the server and have no account", `SELECT id FROM users
		WHERE role <> 'member' AND kind IN ('guest', 'site')`},
	{"the sites with the ids %s have what belongs to them, and are not there", `SELECT site_id FROM (
		SELECT site_id FROM site_origins UNION SELECT site_id FROM site_rooms UNION SELECT site_id FROM site_keys
		UNION SELECT site_id FROM visitors UNION SELECT site_id FROM guests) AS x EXCEPT SELECT id FROM sites`},
}

// agreements are what rows and log of room $1 above floor $2 have to agree
// about. Each query finds the numbers of messages, or the ids of users, where
// they don't.
var agreements = []struct{ says, query string }{
	{"messages with the ids %s have no number", `SELECT id FROM messages
		WHERE room_id = $1 AND coalesce(seq, $2 + 1) > $2 AND (seq IS NULL OR tag IS NULL)`},
	{"messages %s have a text though deleted, or none though not", `SELECT seq FROM messages
		WHERE room_id = $1 AND seq > $2 AND (body IS NULL) <> (deleted_at IS NOT NULL)`},
	{"messages %s were edited, and the log does not say when", `SELECT seq FROM (
		SELECT seq, edited_at FROM messages WHERE room_id = $1 AND seq > $2 AND edited_at IS NOT NULL
		EXCEPT SELECT ref, at FROM changes WHERE room_id = $1 AND kind = 'edit') AS x`},
	{"messages %s are deleted, and the log does not say so", `SELECT seq FROM messages
		WHERE room_id = $1 AND seq > $2 AND deleted_at IS NOT NULL
		EXCEPT SELECT ref FROM changes WHERE room_id = $1 AND kind = 'delete'`},
	{"the log says that messages %s are deleted, and they are not", `SELECT ref FROM changes
		WHERE room_id = $1 AND ref > $2 AND kind = 'delete'
		EXCEPT SELECT seq FROM messages WHERE room_id = $1 AND deleted_at IS NOT NULL`},
	{"the log says that messages %s were edited, and they are not there", `SELECT ref FROM changes
		WHERE room_id = $1 AND ref > $2 AND kind = 'edit'
		EXCEPT SELECT seq FROM messages WHERE room_id = $1`},
	{"there are reactions to messages %s, which are deleted or not there", `SELECT seq FROM reactions
		WHERE room_id = $1 AND seq > $2
		EXCEPT SELECT seq FROM messages WHERE room_id = $1 AND deleted_at IS NULL`},
	{"the log does not say of all reactions to messages %s", `SELECT seq FROM (
		SELECT seq, added FROM reactions WHERE room_id = $1 AND seq > $2
		EXCEPT SELECT ref, seq FROM changes WHERE room_id = $1 AND kind = 'react') AS x`},
	{"messages %s are marked as if they had reactions, or as if they had none", `SELECT seq FROM messages m
		WHERE room_id = $1 AND seq > $2
		  AND (reacted = 1) <> EXISTS (SELECT 1 FROM reactions r WHERE r.room_id = m.room_id AND r.seq = m.seq)`},
	{"the log and the members disagree about the users with the ids %s", `WITH said AS (
		  SELECT user_id, role, kind, row_number() OVER (PARTITION BY user_id ORDER BY seq DESC) AS newest FROM changes
		   WHERE room_id = $1 AND seq > $2 AND kind IN ('joined', 'role', 'left', 'removed'))
		SELECT s.user_id FROM said s JOIN rooms r ON r.id = $1 AND r.deleted_at IS NULL
		  LEFT JOIN members m ON m.room_id = r.id AND m.user_id = s.user_id
		 WHERE s.newest = 1 AND (s.kind IN ('joined', 'role')) <> (m.user_id IS NOT NULL)
		    OR s.newest = 1 AND s.role <> m.role`},
	{"the direct room with the id %s is not between its members", `SELECT r.id FROM (
		  SELECT id, length(party) - length(replace(party, ',', '')) + 1 AS size,
		         (SELECT count(*) FROM members m WHERE m.room_id = rooms.id) AS present,
		         (SELECT count(*) FROM members m WHERE m.room_id = rooms.id AND ',' || party || ',' LIKE '%,' || m.user_id || ',%') AS named
		    FROM rooms WHERE id = $1 AND floor = $2 AND party IS NOT NULL AND deleted_at IS NULL) AS r
		 WHERE r.size <> r.present OR r.size <> r.named`},
	{"the log does not say how the users with the ids %s became members", `SELECT user_id FROM members
		WHERE room_id = $1 AND $2 = 0
		EXCEPT SELECT user_id FROM changes WHERE room_id = $1 AND kind = 'joined'`},
}
