package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"maru/internal/chat"
	"maru/internal/markup"
)

// messages returns the messages of a room above its floor that a condition
// names, in its order.
func (t *tx) messages(room chat.Room, where string, args ...any) ([]*chat.Message, error) {
	var list []*chat.Message
	err := t.Each(func(row scanner) error {
		var r messageRow
		if err := row.Scan(r.dest()...); err != nil {
			return err
		}
		list = append(list, r.message(room.Slug))
		return nil
	}, `SELECT `+messageColumns+`, `+userColumns+` FROM messages m LEFT JOIN users u ON u.id = m.author_id
		WHERE m.room_id = $1 AND m.seq > (SELECT floor FROM rooms WHERE id = $1) AND `+where, append([]any{room.ID}, args...)...)
	if err != nil {
		return nil, err
	}
	return list, t.addTokens(list)
}

// message returns the message of a room with a number.
func (t *tx) message(room chat.Room, seq int64) (*chat.Message, error) {
	list, err := t.messages(room, `m.seq = $2`, seq)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, chat.NoSuchThing()
	}
	return list[0], nil
}

// Message returns one message.
func (s *Store) Message(ctx context.Context, actor chat.Actor, slug string, seq int64) (m *chat.Message, err error) {
	err = s.read(ctx, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err == nil {
			m, err = t.message(e.Room, seq)
		}
		return err
	})
	return m, err
}

// Messages returns a page of a room's history, oldest first.
func (s *Store) Messages(ctx context.Context, actor chat.Actor, slug string, ask chat.PageRequest) (page chat.Page, err error) {
	err = s.read(ctx, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		page.RoomState = e.RoomState
		list, err := t.page(e.Room, ask)
		page.Messages = make([]chat.Message, len(list))
		for i, m := range list {
			page.Messages[i] = *m
		}
		return err
	})
	return page, err
}

func (t *tx) page(room chat.Room, ask chat.PageRequest) ([]*chat.Message, error) {
	before := func(seq int64, limit int) ([]*chat.Message, error) {
		list, err := t.messages(room, `m.seq < $2 ORDER BY m.seq DESC LIMIT $3`, seq, limit)
		slices.Reverse(list)
		return list, err
	}
	after := func(seq int64, limit int) ([]*chat.Message, error) {
		return t.messages(room, `m.seq > $2 ORDER BY m.seq LIMIT $3`, seq, limit)
	}
	switch {
	case ask.After > 0:
		return after(ask.After, ask.Limit)
	case ask.Around > 0:
		// Half before it, itself and the rest after; what one side lacks the other gives.
		older, err := before(ask.Around, ask.Limit)
		if err != nil {
			return nil, err
		}
		newer, err := after(ask.Around-1, ask.Limit)
		if err != nil {
			return nil, err
		}
		keep := min(len(older), max(ask.Limit/2, ask.Limit-len(newer)))
		list := append(older[len(older)-keep:], newer...)
		return list[:min(len(list), ask.Limit)], nil
	case ask.Before > 0:
		return before(ask.Before, ask.Limit)
	}
	return before(chat.MaxID, ask.Limit)
}

// Quoted returns the messages of a room with these numbers, by number; those
// that are not there are left out.
func (s *Store) Quoted(ctx context.Context, actor chat.Actor, slug string, seqs []int64) (map[int64]chat.Message, error) {
	found := map[int64]chat.Message{}
	if len(seqs) == 0 {
		return found, nil
	}
	args := make([]any, len(seqs))
	for i, seq := range seqs {
		args[i] = seq
	}
	err := s.read(ctx, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		list, err := t.messages(e.Room, `m.seq IN (`+places(2, len(args))+`)`, args...)
		for _, m := range list {
			found[m.Seq] = *m
		}
		return err
	})
	return found, err
}

// PostMessage stores a message and returns it when it is on the disk. Where the
// actor has posted the same body under the same nonce before, it returns that
// message and false. Who posts in an open room joins it.
func (s *Store) PostMessage(ctx context.Context, actor chat.Actor, slug string, d chat.Draft) (*chat.Message, bool, error) {
	d, err := d.Check()
	if err != nil {
		return nil, false, err
	}
	var room chat.Room
	var before *chat.Message // what was posted under this nonce
	m := &chat.Message{Author: actor.User, Body: d.Body, Nonce: d.Nonce, ReplyTo: d.ReplyTo}
	err = s.writeOne(ctx, slug, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.Post)
		if err != nil {
			return err
		}
		room, m.Room = e.Room, e.Slug
		if before, err = t.postedBefore(e, actor, d); err != nil || before != nil {
			return err
		}
		if err := t.checkReply(e, d.ReplyTo); err != nil {
			return err
		}
		if e.Member {
			return t.insertMessage(e.ID, m)
		}
		return t.AllOrNothing(func() error {
			if err := t.addMember(e.ID, actor.ID, chat.RoomMember); err != nil {
				return err
			}
			return t.insertMessage(e.ID, m)
		})
	})
	if err != nil || before != nil {
		return before, false, err
	}
	if len(markup.Names(m.Body)) == 0 {
		m.Tokens = markup.Parse(m.Body, nil)
		return m, true, nil
	}
	// Who is mentioned is looked up beside the writer.
	err = s.read(ctx, func(t *tx) error {
		m, err = t.message(room, m.Seq)
		return err
	})
	return m, true, err
}

// postedBefore returns the message that the actor has posted under the draft's
// nonce, or nil. The text may have been edited, deleted or removed by retention
// since, so what is compared is a digest of what was posted. A row that another
// program wrote has none: then its present text has to do.
func (t *tx) postedBefore(e seat, actor chat.Actor, d chat.Draft) (*chat.Message, error) {
	if d.Nonce == "" {
		return nil, nil
	}
	gone := chat.Message{Room: e.Slug, Author: actor.User, Nonce: d.Nonce, Deleted: true}
	var digest, body sql.NullString
	err := t.Row(`SELECT seq, at, posted, body FROM messages WHERE author_id = $1 AND room_id = $2 AND nonce = $3
		UNION ALL SELECT seq, at, posted, NULL FROM nonces WHERE author_id = $1 AND room_id = $2 AND nonce = $3`,
		actor.ID, e.ID, d.Nonce).Scan(&gone.Seq, &gone.At, &digest, &body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case digest.Valid && digest.String != digestOf(d.Body), !digest.Valid && body.String != d.Body:
		return nil, chat.Refuse(chat.Conflict, "nonce_used")
	}
	m, err := t.message(e.Room, gone.Seq)
	if chat.KindOf(err) == chat.NotFound {
		return &gone, nil // its place in the room is all that retention has left
	}
	return m, err
}

func (t *tx) checkReply(e seat, to int64) error {
	if to == 0 {
		return nil
	}
	there, err := t.Exists(`SELECT 1 FROM messages WHERE room_id = $1 AND seq = $2 AND seq > $3`, e.ID, to, e.Floor)
	if err == nil && !there {
		err = chat.Refuse(chat.Invalid, "no_such_reply", to)
	}
	return err
}

// digestOf is what is kept of a text to know it again.
func digestOf(body string) string { return chat.HashSecret(body)[:32] }

// insertMessage stores a message and fills in what the database gives it.
func (t *tx) insertMessage(room int64, m *chat.Message) error {
	var nonce, digest sql.NullString
	if m.Nonce != "" {
		nonce = sql.NullString{String: m.Nonce, Valid: true}
		digest = sql.NullString{String: digestOf(m.Body), Valid: true}
	}
	reply := sql.NullInt64{Int64: m.ReplyTo, Valid: m.ReplyTo != 0}
	var id int64
	err := t.Row(`INSERT INTO messages (room_id, author_id, body, nonce, posted, reply_to)
		VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, room, m.Author.ID, m.Body, nonce, digest, reply).Scan(&id)
	if err != nil {
		return err
	}
	return t.Row(`SELECT seq, at FROM messages WHERE id = $1`, id).Scan(&m.Seq, &m.At)
}

// EditMessage gives a message of the actor's another text.
func (s *Store) EditMessage(ctx context.Context, actor chat.Actor, slug string, seq int64, body string) (m *chat.Message, err error) {
	if body, err = chat.CheckBody(body); err != nil {
		return nil, err
	}
	err = s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.own(actor, slug, seq, chat.EditMessage)
		if err != nil {
			return err
		}
		n, err := t.Exec(`UPDATE messages SET body = $1 WHERE room_id = $2 AND seq = $3 AND deleted_at IS NULL`, body, e.ID, seq)
		if err != nil {
			return err
		}
		if n == 0 {
			return chat.Refuse(chat.NotFound, "message_deleted")
		}
		m, err = t.message(e.Room, seq)
		return err
	})
	return m, err
}

// DeleteMessage takes the text of a message away and leaves its tombstone.
// Repeated, it changes nothing.
func (s *Store) DeleteMessage(ctx context.Context, actor chat.Actor, slug string, seq int64) error {
	return s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.own(actor, slug, seq, chat.DeleteMessage)
		if err != nil {
			return err
		}
		// The trigger of the table turns this into a tombstone, as it does for
		// every program.
		_, err = t.Exec(`DELETE FROM messages WHERE room_id = $1 AND seq = $2`, e.ID, seq)
		return err
	})
}

// own is seat for an action on one message, which must be there.
func (t *tx) own(actor chat.Actor, slug string, seq int64, action chat.Action) (seat, error) {
	e, err := t.seat(actor, slug, chat.ReadRoom)
	if err != nil {
		return seat{}, err
	}
	var author int64
	err = t.Row(`SELECT author_id FROM messages WHERE room_id = $1 AND seq = $2 AND seq > $3`, e.ID, seq, e.Floor).Scan(&author)
	if err != nil {
		return seat{}, missing(err, chat.NoSuchThing())
	}
	e.Own = author == actor.ID
	return e, e.May(action)
}
