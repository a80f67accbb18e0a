package store

import (
	"context"
	"slices"

	"maru/internal/chat"
	"maru/internal/database"
)

// React adds a reaction of the actor's to a message. Who reacts in an open room
// joins it. Repeated, it changes nothing.
func (s *Store) React(ctx context.Context, actor chat.Actor, slug string, seq int64, emoji string) error {
	emoji, err := chat.CheckEmoji(emoji)
	if err != nil {
		return err
	}
	return s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.own(actor, slug, seq, chat.React)
		if err != nil {
			return err
		}
		var deleted bool
		var different, same, mine int
		err = t.Row(`SELECT (SELECT deleted_at IS NOT NULL FROM messages WHERE room_id = $1 AND seq = $2),
			count(DISTINCT emoji), count(CASE WHEN emoji = $3 THEN 1 END), count(CASE WHEN emoji = $3 AND user_id = $4 THEN 1 END)
			FROM reactions WHERE room_id = $1 AND seq = $2`, e.ID, seq, emoji, actor.ID).Scan(&deleted, &different, &same, &mine)
		switch {
		case err != nil:
			return err
		case deleted:
			return chat.Refuse(chat.NotFound, "message_deleted")
		case mine > 0:
			t.Touches()
			return nil
		case same == 0 && different >= chat.MaxReactions:
			return chat.Refuse(chat.TooLarge, "too_many_reactions", chat.MaxReactions)
		}
		t.Touches(chat.Touch{Room: e.ID})
		if !e.Member {
			if err := t.addMember(e.ID, actor.ID, chat.RoomMember); err != nil {
				return err
			}
		}
		_, err = t.Exec(`INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES ($1, $2, $3, $4)`, e.ID, seq, actor.ID, emoji)
		return err
	})
}

// Unreact takes a reaction of the actor's back. Repeated, it changes nothing.
func (s *Store) Unreact(ctx context.Context, actor chat.Actor, slug string, seq int64, emoji string) error {
	emoji, err := chat.CheckEmoji(emoji)
	if err != nil {
		return err
	}
	return s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.own(actor, slug, seq, chat.React)
		if err != nil {
			return err
		}
		t.Touches(chat.Touch{Room: e.ID})
		_, err = t.Exec(`DELETE FROM reactions WHERE room_id = $1 AND seq = $2 AND user_id = $3 AND emoji = $4`, e.ID, seq, actor.ID, emoji)
		return err
	})
}

// addReactions gives the messages that are marked as reacted to their reactions:
// a query for a hundred of them, none where there are none.
func (t *tx) addReactions(room int64, messages []*chat.Message) error {
	const most = 100
	found := map[int64][]chat.Reaction{}
	var reacted []any
	for _, m := range messages {
		if _, known := found[m.Seq]; m.Reactions != nil && !known {
			found[m.Seq] = nil
			reacted = append(reacted, m.Seq)
		}
	}
	for part := range slices.Chunk(reacted, most) {
		err := t.Each(func(row scanner) error {
			var seq, user int64
			var emoji string
			err := row.Scan(&seq, &emoji, &user)
			found[seq] = chat.AddReaction(found[seq], emoji, user)
			return err
		}, `SELECT seq, emoji, user_id FROM reactions WHERE room_id = $1 AND seq IN (`+database.Places(2, len(part))+`) ORDER BY seq, added`,
			append([]any{room}, part...)...)
		if err != nil {
			return err
		}
	}
	for _, m := range messages {
		if m.Reactions != nil {
			m.Reactions = found[m.Seq]
		}
	}
	return nil
}
