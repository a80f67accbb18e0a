package store

import (
	"context"
	"slices"

	"maru/internal/chat"
	"maru/internal/database"
)

// Reading is how the actor stands in the room named slug, where he may do what is
// asked.
func (s *Store) Reading(ctx context.Context, actor chat.Actor, slug string, action chat.Action) (reading chat.Reading, err error) {
	err = s.look(ctx, func(t *tx) error {
		e, err := t.seat(actor, slug, action)
		reading = e.reading(actor.ID)
		return err
	})
	return reading, err
}

// knownAtOnce is how many users one statement looks up.
const knownAtOnce = 50

// Known returns what a signal says of a room and of users, in the order of their
// ids, and the head that the room's log had then.
func (s *Store) Known(ctx context.Context, room int64, ids []int64) (slug string, head int64, users []chat.User, err error) {
	err = s.read(ctx, func(t *tx) error {
		users = []chat.User{}
		err := t.Row(`SELECT slug, head FROM rooms WHERE id = $1`, room).Scan(&slug, &head)
		if err != nil {
			return missing(err, chat.NoSuchThing())
		}
		for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), knownAtOnce) {
			args := make([]any, knownAtOnce) // the last of them again, so that there is one statement
			for i := range args {
				args[i] = some[min(i, len(some)-1)]
			}
			err := t.Each(func(row scanner) error {
				u, err := scanUser(row)
				users = append(users, u)
				return err
			}, `SELECT `+userColumns+` FROM users u WHERE u.id IN (`+database.Places(1, knownAtOnce)+`) ORDER BY u.id`, args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return slug, head, users, err
}

// Shared reports whether other nodes can be at work on the same tables.
func (s *Store) Shared() bool { return s.db.Shared() }

// Signal tells the other nodes what stands in no table, each text at most 7,900
// bytes. It may be lost.
func (s *Store) Signal(ctx context.Context, texts []string) { s.db.Signal(ctx, texts) }

// OnSignal has hear called, while somebody watches, with each text that a node
// tells, this one included. hear must not wait.
func (s *Store) OnSignal(hear func(text string)) { s.db.OnSignal(hear) }
