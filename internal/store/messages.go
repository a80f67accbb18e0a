package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"

	"maru/internal/chat"
	"maru/internal/database"
	"maru/internal/markup"
)

// messages returns the messages of a room above its floor that a condition
// names, in its order.
func (t *tx) messages(room chat.Room, where string, args ...any) ([]*chat.Message, error) {
	list := []*chat.Message{}
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
	return list, t.complete(room, list)
}

// MessagesIn returns the messages of a room with these numbers, as they stand in a
// transaction of another package; those that are not there are left out.
func (s *Store) MessagesIn(t *database.Tx, room chat.Room, seqs []int64) ([]*chat.Message, error) {
	args := make([]any, len(seqs))
	for i, seq := range seqs {
		args[i] = seq
	}
	return (&tx{t, s.clock()}).messages(room, `m.seq IN (`+database.Places(2, len(args))+`)`, args...)
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
		page.Messages, err = t.page(e.Room, ask)
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

// quoted returns the messages that others answer, by number; those that are not
// there are left out.
func (t *tx) quoted(room chat.Room, messages []*chat.Message) (map[int64]*chat.Message, error) {
	found := map[int64]*chat.Message{}
	var seqs []any
	for _, m := range messages {
		if m.ReplyTo != 0 {
			seqs = append(seqs, m.ReplyTo)
		}
	}
	if len(seqs) == 0 {
		return found, nil
	}
	list, err := t.messages(room, `m.seq IN (`+database.Places(2, len(seqs))+`)`, seqs...)
	for _, m := range list {
		found[m.Seq] = m
	}
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
	var m, before *chat.Message // what is posted; what was, under this nonce
	mentions := len(markup.Names(d.Body)) > 0
	var tokens markup.Tree
	if !mentions {
		tokens = markup.Parse(d.Body, nil)
	}
	err = s.writeOne(ctx, slug, func(t *tx) error {
		before, m = nil, &chat.Message{Room: slug, Body: d.Body, Tokens: tokens, Nonce: d.Nonce, ReplyTo: d.ReplyTo}
		e, used, err := t.postSeat(actor, slug, d)
		if err == nil && !e.Made() {
			e, used, err = t.makePage(actor, d, m)
		}
		room, m.Author = e.Room, e.who
		switch {
		case err != nil || m.Seq > 0:
			return err
		case used:
			before, err = t.postedBefore(e, actor, d)
			return err
		}
		touch := chat.Touch{Room: e.ID}
		if e.Member {
			tag, err := t.insertMessage(e.ID, e.Head+1, m)
			if !mentions { // else it is read, with those whom it mentions
				touch.Before = e.HeadCursor()
				touch.Event = &chat.Event{Cursor: chat.Cursor{Seq: m.Seq, Tag: tag}, Change: chat.Posted, Ref: m.Seq, Message: m}
			}
			t.Touches(touch)
			return err
		}
		t.Touches(touch)
		return t.AllOrNothing(func() error { return t.joinAndPost(e, m) })
	})
	if err != nil || before != nil {
		return before, false, err
	}
	if mentions { // who is mentioned is looked up beside the writer
		err = s.read(ctx, func(t *tx) error {
			m, err = t.message(room, m.Seq)
			return err
		})
	}
	return m, true, err
}

// joinAndPost makes the author of a message a member before it.
func (t *tx) joinAndPost(e seat, m *chat.Message) error {
	if err := t.addMember(e.ID, e.who.ID, chat.RoomMember); err != nil {
		return err
	}
	_, err := t.insertMessage(e.ID, e.Head+2, m) // behind the event of joining
	return err
}

// What posting asks: with a nonce or an answer there is more to know.
const (
	postSeatColumns = `SELECT r.id, r.kind, r.head, r.head_tag, r.floor, s.role, ` + userColumns
	postSeatPlain   = postSeatColumns + `, false, true` + seatTables + `r.slug = $2`
	postSeatMore    = postSeatColumns + `,
		EXISTS (SELECT 1 FROM messages WHERE author_id = $1 AND room_id = r.id AND nonce = $3)
		OR EXISTS (SELECT 1 FROM nonces WHERE author_id = $1 AND room_id = r.id AND nonce = $3),
		$4 = 0 OR EXISTS (SELECT 1 FROM messages WHERE room_id = r.id AND seq = $4 AND seq > r.floor)` + seatTables + `r.slug = $2`
)

// postSeat is seat for a draft, with no more than posting needs. It reports
// whether the nonce was used before.
func (t *tx) postSeat(actor chat.Actor, slug string, d chat.Draft) (e seat, used bool, err error) {
	if err := t.lockRoom(slug); err != nil {
		return e, false, err
	}
	query, args := postSeatPlain, []any{actor.ID, slug}
	if d.Nonce != "" || d.ReplyTo != 0 {
		query, args = postSeatMore, append(args, d.Nonce, d.ReplyTo)
	}
	var answers bool
	var role sql.NullString
	var who userRow
	dest := append(make([]any, 0, 16), &e.ID, &e.Kind, &e.Head, &e.HeadTag, &e.Floor, &role)
	dest = append(append(dest, who.dest()...), &used, &answers)
	err = t.Row(query, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) && actor.Reach.HoldsPage(slug) && d.Page.Slug == slug && d.ReplyTo == 0 {
		e = unmade(actor, slug)
		return e, false, actor.May(chat.Post, e.Room, e.Standing)
	}
	if err != nil {
		return e, false, missing(err, chat.NoSuchThing())
	}
	e.Slug = slug
	e.sit(actor.Reach, role, who)
	err = actor.May(chat.Post, e.Room, e.Standing)
	if err == nil && !used && !answers {
		err = chat.Refuse(chat.Invalid, "no_such_reply", d.ReplyTo)
	}
	return e, used, err
}

// postedBefore returns the message that the actor has posted under the draft's
// nonce. The text may have been edited, deleted or removed by retention
// since, so what is compared is a digest of what was posted. A row that another
// program wrote has none: then its present text has to do.
func (t *tx) postedBefore(e seat, actor chat.Actor, d chat.Draft) (*chat.Message, error) {
	gone := chat.Message{Room: e.Slug, Author: actor.User, Nonce: d.Nonce, Deleted: true}
	var digest, body sql.NullString
	err := t.Row(`SELECT seq, at, posted, body FROM messages WHERE author_id = $1 AND room_id = $2 AND nonce = $3
		UNION ALL SELECT seq, at, posted, NULL FROM nonces WHERE author_id = $1 AND room_id = $2 AND nonce = $3`,
		actor.ID, e.ID, d.Nonce).Scan(&gone.Seq, &gone.At, &digest, &body)
	switch {
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

// digestOf is what is kept of a text to know it again.
func digestOf(body string) string { return chat.HashSecret(body)[:32] }

// What a message is inserted with. Where its number is known, it comes along.
const (
	messageInsert   = `INSERT INTO messages (room_id, author_id, body, nonce, posted, reply_to`
	messageToNumber = messageInsert + `) VALUES ($1, $2, $3, $4, $5, $6) RETURNING seq, tag, at`
	messageNumbered = messageInsert + `, seq, tag, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
)

// insertMessage stores a message, as the last thing of a command, and fills in
// what it gets in its room. It returns the tag of the event. Where nobody else
// writes, next is the number that it gets; else the table gives one.
func (t *tx) insertMessage(room, next int64, m *chat.Message) (tag chat.Tag, err error) {
	var nonce, digest sql.NullString
	if m.Nonce != "" {
		nonce = sql.NullString{String: m.Nonce, Valid: true}
		digest = sql.NullString{String: digestOf(m.Body), Valid: true}
	}
	reply := sql.NullInt64{Int64: m.ReplyTo, Valid: m.ReplyTo != 0}
	args := append(make([]any, 0, 9), room, m.Author.ID, m.Body, nonce, digest, reply)
	if !t.Alone() {
		err = t.Last(messageToNumber, args...).Scan(&m.Seq, &tag, &m.At)
		return tag, err
	}
	m.Seq, tag, m.At = next, chat.Tag(rand.Uint32N(1<<31)), t.now
	_, err = t.Exec(messageNumbered, append(args, m.Seq, tag, m.At)...)
	return tag, err
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
		t.Touches(chat.Touch{Room: e.ID})
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
		t.Touches(chat.Touch{Room: e.ID})
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
