package store

import (
	"context"
	"database/sql"
	"errors"

	"maru/internal/chat"
)

// OpenDirect returns the direct room between the actor and others, and whether
// it was made for that. However many ask at once, one is made.
func (s *Store) OpenDirect(ctx context.Context, actor chat.Actor, slug string, others []int64) (view chat.RoomView, fresh bool, err error) {
	party, err := chat.NewParty(actor.ID, others)
	if err != nil {
		return view, false, err
	}
	var found string
	err = s.write(ctx, func(t *tx) error {
		if err := t.lockNames(); err != nil {
			return err
		}
		err := t.Row(`SELECT slug FROM rooms WHERE party = $1 AND deleted_at IS NULL`, party.Key()).Scan(&found)
		if fresh = errors.Is(err, sql.ErrNoRows); fresh {
			found, err = t.makeRoom(actor, chat.NewRoom{Slug: slug, Kind: chat.Direct, Members: party}, party.Key())
		} else {
			t.Touches()
		}
		return err
	})
	if err != nil {
		return view, false, err
	}
	// It is looked at behind the commit: a room that is there already may be locked
	// by one who waits for the lock on names.
	view, err = s.Room(ctx, actor, found)
	return view, fresh, err
}

// others returns who is in a room beside the user me.
func (t *tx) others(room, me int64) ([]chat.User, error) {
	others := []chat.User{}
	err := t.Each(func(row scanner) error {
		u, err := scanUser(row)
		others = append(others, u)
		return err
	}, `SELECT `+userColumns+` FROM members s JOIN users u ON u.id = s.user_id WHERE s.room_id = $1 AND s.user_id <> $2 ORDER BY u.id`, room, me)
	return others, err
}
