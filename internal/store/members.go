package store

import (
	"context"
	"database/sql"
	"errors"

	"maru/internal/chat"
)

const memberQuery = `SELECT s.role, s.joined_at, ` + userColumns + ` FROM members s JOIN users u ON u.id = s.user_id `

func scanMember(row scanner) (chat.Member, error) {
	var m chat.Member
	var u userRow
	err := row.Scan(append([]any{&m.Role, &m.JoinedAt}, u.dest()...)...)
	m.User = u.user(0)
	return m, err
}

// Members returns the members of a room in the order of their user ids, at most
// limit, from behind the id after on.
func (s *Store) Members(ctx context.Context, actor chat.Actor, slug string, after int64, limit int) ([]chat.Member, error) {
	members := []chat.Member{}
	err := s.read(ctx, func(t *tx) error {
		members = members[:0]
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		return t.Each(func(row scanner) error {
			m, err := scanMember(row)
			members = append(members, m)
			return err
		}, memberQuery+`WHERE s.room_id = $1 AND s.user_id > $2 ORDER BY s.user_id LIMIT $3`, e.ID, after, limit)
	})
	return members, err
}

func (t *tx) member(room, user int64) (chat.Member, error) {
	return scanMember(t.Row(memberQuery+`WHERE s.room_id = $1 AND s.user_id = $2`, room, user))
}

// addMember makes an enabled user a member.
func (t *tx) addMember(room, user int64, role chat.RoomRole) error {
	u, err := t.user(user)
	if err == nil && u.Disabled || err != nil && chat.KindOf(err) == chat.NotFound {
		err = chat.Refuse(chat.NotFound, "no_such_member", user)
	}
	if err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO members (room_id, user_id, role) VALUES ($1, $2, $3)`, room, user, role)
	return err
}

// SetMember makes a user a member of a room, or gives a member another role;
// an empty role leaves the role as it is. Repeated, it changes nothing.
func (s *Store) SetMember(ctx context.Context, actor chat.Actor, slug string, user int64, role chat.RoomRole) (chat.Member, error) {
	var m chat.Member
	if role != "" {
		if err := chat.CheckRoomRole(role); err != nil {
			return m, err
		}
	}
	err := s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		m, err = t.member(e.ID, user)
		present := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if present && (role == "" || role == m.Role) {
			t.Touches()
			return nil
		}
		// Joining as a plain member is everybody's; all else is for those who admit.
		action := chat.Admit
		if user == actor.ID && !present && (role == "" || role == chat.RoomMember) {
			action = chat.Join
		}
		if err := e.May(action); err != nil {
			return err
		}
		t.Touches(chat.Touch{Room: e.ID})
		if present {
			_, err = t.Exec(`UPDATE members SET role = $1 WHERE room_id = $2 AND user_id = $3`, role, e.ID, user)
		} else {
			if role == "" {
				role = chat.RoomMember
			}
			err = t.addMember(e.ID, user, role)
		}
		if err != nil {
			return err
		}
		m, err = t.member(e.ID, user)
		return err
	})
	return m, err
}

// RemoveMember ends a membership: one's own by leaving, another's by removing.
// Repeated, it changes nothing.
func (s *Store) RemoveMember(ctx context.Context, actor chat.Actor, slug string, user int64) error {
	return s.writeIn(ctx, slug, func(t *tx) error {
		action := chat.Admit
		if user == actor.ID {
			action = chat.Leave
		}
		e, err := t.seat(actor, slug, action)
		if err != nil {
			return err
		}
		t.Touches(chat.Touch{Room: e.ID})
		if action == chat.Leave {
			// The trigger reads from the row which of the two it was.
			if _, err := t.Exec(`UPDATE members SET leaving = 1 WHERE room_id = $1 AND user_id = $2`, e.ID, user); err != nil {
				return err
			}
		}
		_, err = t.Exec(`DELETE FROM members WHERE room_id = $1 AND user_id = $2`, e.ID, user)
		return err
	})
}

// MarkRead moves the actor's read mark in a room forward to seq, and returns the
// room and where the mark stands then; 0 where it has not moved.
func (s *Store) MarkRead(ctx context.Context, actor chat.Actor, slug string, seq int64) (room chat.Room, read int64, err error) {
	err = s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.Mark)
		if err != nil {
			return err
		}
		t.Touches()
		room, read = e.Room, min(seq, e.Head)
		moved, err := t.Exec(`UPDATE members SET read_seq = $1 WHERE room_id = $2 AND user_id = $3 AND read_seq < $1`,
			read, e.ID, actor.ID)
		if moved == 0 {
			read = 0
		}
		return err
	})
	return room, read, err
}
