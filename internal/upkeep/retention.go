package upkeep

import (
	"context"
	"log/slog"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
)

const (
	// retainChunk is how many rows one transaction of retention deletes, so that
	// a post never waits for more than that.
	retainChunk = 500
	// retainEvery is how often the rooms are looked at.
	retainEvery = time.Second
	// deletedKept is how long the rows of a deleted room stay.
	deletedKept = time.Hour
)

// Retain keeps the rooms within their retention until ctx ends.
func Retain(ctx context.Context, d *database.Database, log *slog.Logger) {
	tick := time.NewTicker(retainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := RetainNow(ctx, d, time.Now()); err != nil && ctx.Err() == nil {
			log.Error("removing what rooms no longer keep", "error", err)
		}
	}
}

// RetainNow raises the floor of each room that keeps less than it has, and
// removes what lies below. The floor comes first: from then on nobody is shown
// what is being removed, and the numbers stay whole.
func RetainNow(ctx context.Context, d *database.Database, now time.Time) error {
	var due []dueRoom
	var late bool
	at := chat.At(now)
	err := d.Read(ctx, func(t *database.Tx) (err error) {
		if due, err = dueRooms(t, at); err == nil {
			late, err = t.Exists(`SELECT 1 FROM nonces WHERE until < $1`, at)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range due {
		if r.to.Seq > r.floor {
			if err := raiseFloor(ctx, d, r); err != nil {
				return err
			}
		}
		if err := removeBelow(ctx, d, r.id); err != nil {
			return err
		}
	}
	if !late {
		return nil // an idle server writes nothing
	}
	return d.Write(ctx, "", func(t *database.Tx) error {
		_, err := t.Exec(`DELETE FROM nonces WHERE until < $1`, at)
		return err
	})
}

// dueRoom is a room that has more than it keeps, or rows below its floor.
type dueRoom struct {
	id    int64
	floor int64
	to    chat.Cursor // where the floor belongs
}

// dueRooms finds the rooms where there is something to do.
func dueRooms(t *database.Tx, now chat.Time) ([]dueRoom, error) {
	type kept struct {
		dueRoom
		head           chat.Cursor
		messages, days int64
		deleted        bool
	}
	var rooms []kept
	err := t.Each(func(row database.Scanner) error {
		var k kept
		err := row.Scan(&k.id, &k.floor, &k.head.Seq, &k.head.Tag, &k.messages, &k.days, &k.deleted)
		rooms = append(rooms, k)
		return err
	}, `SELECT id, floor, head, head_tag, coalesce(keep_messages, 0), coalesce(keep_days, 0), deleted_at IS NOT NULL FROM rooms
		WHERE deleted_at < $1 AND floor < head - 1
		   OR deleted_at IS NULL AND head > floor AND (keep_messages IS NOT NULL OR keep_days IS NOT NULL)
		   OR floor > 0 AND (EXISTS (SELECT 1 FROM messages m WHERE m.room_id = rooms.id AND m.seq <= rooms.floor)
		                  OR EXISTS (SELECT 1 FROM changes c WHERE c.room_id = rooms.id AND c.seq <= rooms.floor))`,
		now-chat.Time(deletedKept.Milliseconds()))
	if err != nil {
		return nil, err
	}
	due := make([]dueRoom, 0, len(rooms))
	for _, k := range rooms {
		to := k.head.Seq - 1 // of a deleted room the last event stays: it says so
		if !k.deleted {
			to, err = floorFor(t, now, k.id, k.floor, k.head.Seq, chat.Retention{Messages: k.messages, Days: k.days})
		}
		if err != nil {
			return nil, err
		}
		// The room remembers the tags at its floor and its head.
		if k.to = (chat.Cursor{Seq: to}); to == k.head.Seq {
			k.to = k.head
		} else if to > k.floor {
			err = t.Row(`SELECT tag FROM messages WHERE room_id = $1 AND seq = $2
				UNION ALL SELECT tag FROM changes WHERE room_id = $1 AND seq = $2`, k.id, to).Scan(&k.to.Tag)
		}
		if err != nil && !database.NoRow(err) {
			return nil, err
		}
		due = append(due, k.dueRoom)
	}
	return due, nil
}

// floorFor returns where a room's floor belongs: below the oldest of its newest
// messages that it keeps, and behind the prefix that is too old. What is old but
// stands behind something younger stays, so a wrong clock delays and never tears.
func floorFor(t *database.Tx, now chat.Time, room, floor, head int64, keep chat.Retention) (int64, error) {
	to := floor
	if keep.Messages > 0 {
		var oldest int64
		err := t.Row(`SELECT seq FROM messages WHERE room_id = $1 AND seq > $2 ORDER BY seq DESC LIMIT 1 OFFSET $3`,
			room, floor, keep.Messages-1).Scan(&oldest)
		if err == nil {
			to = max(to, oldest-1)
		} else if !database.NoRow(err) {
			return 0, err
		}
	}
	if keep.Days > 0 {
		young := head + 1
		cutoff := now - chat.Time(keep.Days*24*time.Hour.Milliseconds())
		for _, query := range []string{
			`SELECT seq FROM messages WHERE room_id = $1 AND seq > $2 AND at >= $3 ORDER BY seq LIMIT 1`,
			`SELECT seq FROM changes WHERE room_id = $1 AND seq > $2 AND at >= $3 ORDER BY seq LIMIT 1`,
		} {
			var first int64
			err := t.Row(query, room, floor, cutoff).Scan(&first)
			if err == nil {
				young = min(young, first)
			} else if !database.NoRow(err) {
				return 0, err
			}
		}
		to = max(to, young-1)
	}
	return to, nil
}

func raiseFloor(ctx context.Context, d *database.Database, r dueRoom) error {
	return d.Write(ctx, "", func(t *database.Tx) error {
		t.Touches(chat.Touch{Room: r.id})
		_, err := t.Exec(`UPDATE rooms SET floor = $1, floor_tag = $2 WHERE id = $3 AND floor < $1`, r.to.Seq, r.to.Tag, r.id)
		return err
	})
}

// removeBelow deletes the rows below a room's floor, a chunk at a time.
func removeBelow(ctx context.Context, d *database.Database, room int64) error {
	for _, query := range []string{
		`DELETE FROM reactions WHERE room_id = $1 AND (seq, emoji, user_id) IN (SELECT seq, emoji, user_id FROM reactions
			WHERE room_id = $1 AND seq <= (SELECT floor FROM rooms WHERE id = $1) ORDER BY seq LIMIT $2)`,
		`DELETE FROM messages WHERE id IN (SELECT id FROM messages
			WHERE room_id = $1 AND seq <= (SELECT floor FROM rooms WHERE id = $1) ORDER BY seq LIMIT $2)`,
		`DELETE FROM changes WHERE room_id = $1 AND seq IN (SELECT seq FROM changes
			WHERE room_id = $1 AND seq <= (SELECT floor FROM rooms WHERE id = $1) ORDER BY seq LIMIT $2)`,
	} {
		for more := true; more; {
			err := d.Write(ctx, "", func(t *database.Tx) error {
				t.Touches() // what lies below the floor is in nobody's log
				n, err := t.Exec(query, room, retainChunk)
				more = n == retainChunk
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
