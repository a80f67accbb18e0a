package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"maru/internal/chat"
	"maru/internal/database"
)

// Memberships returns the rooms that users are members of, in no order.
func (s *Store) Memberships(ctx context.Context, users []int64) ([]chat.Membership, error) {
	var list []chat.Membership
	err := s.read(ctx, func(t *tx) error {
		list = nil
		for some := range slices.Chunk(users, knownAtOnce) {
			args := make([]any, knownAtOnce) // the last of them again, so that there is one statement
			for i := range args {
				args[i] = some[min(i, len(some)-1)]
			}
			err := t.Each(func(row scanner) error {
				var m chat.Membership
				err := row.Scan(&m.User, &m.Room.ID, &m.Room.Slug, &m.Room.Head)
				list = append(list, m)
				return err
			}, `SELECT s.user_id, r.id, r.slug, r.head FROM members s JOIN rooms r ON r.id = s.room_id
				WHERE r.deleted_at IS NULL AND s.user_id IN (`+database.Places(1, knownAtOnce)+`)`, args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// movesAtOnce is how many rooms are asked about together.
const movesAtOnce = 100

// Moves returns what has become of rooms since events of their logs. Of each it is
// what stands at one moment: who was a member up to its head, and nothing behind.
func (s *Store) Moves(ctx context.Context, since map[int64]chat.Cursor) ([]chat.Move, error) {
	var list []chat.Move
	for some := range slices.Chunk(slices.Sorted(maps.Keys(since)), movesAtOnce) {
		moves := make([]chat.Move, len(some))
		fns := make([]func(*tx) error, len(some))
		for i, room := range some {
			fns[i] = func(t *tx) (err error) {
				moves[i], err = t.move(room, since[room])
				return err
			}
		}
		if err := s.read(ctx, func(t *tx) error { return t.together(fns...) }); err != nil {
			return nil, err
		}
		list = append(list, moves...)
	}
	return list, nil
}

// move is what has become of one room. One that is not there counts as deleted.
func (t *tx) move(room int64, since chat.Cursor) (chat.Move, error) {
	m := chat.Move{Room: chat.InboxRoom{ID: room}, Deleted: true}
	err := t.Each(func(row scanner) error {
		var floor int64
		var tag, user sql.NullInt64
		var change sql.NullString
		err := row.Scan(&m.Room.Slug, &m.Head.Seq, &m.Head.Tag, &floor, &m.Deleted, &tag, &user, &change)
		m.Room.Head = m.Head.Seq
		m.Parted = m.Head.Seq < since.Seq || since.Seq > 0 && floor > since.Seq || tag.Valid && chat.Tag(tag.Int64) != since.Tag
		if user.Valid {
			m.Members = append(m.Members, chat.MemberMove{User: user.Int64, Member: chat.Change(change.String) == chat.Joined})
		}
		return err
	}, `SELECT r.slug, r.head, r.head_tag, r.floor, r.deleted_at IS NOT NULL,
		(SELECT tag FROM messages WHERE room_id = $1 AND seq = $2 UNION ALL SELECT tag FROM changes WHERE room_id = $1 AND seq = $2),
		c.user_id, c.kind
		FROM rooms r LEFT JOIN changes c ON c.room_id = r.id AND c.seq > $2 AND c.kind IN ('joined', 'left', 'removed')
		WHERE r.id = $1 ORDER BY c.seq`, room, since.Seq)
	return m, err
}
