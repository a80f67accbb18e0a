package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"maru/internal/chat"
	"maru/internal/database"
)

// seat is a room as one actor stands in it.
type seat struct {
	chat.Room
	chat.RoomState
	chat.Standing
	chat.Retention
	who  chat.User
	read int64
}

const seatColumns = `r.id, r.slug, r.name, r.topic, r.kind, r.head, r.head_tag, r.floor,
	coalesce(r.keep_messages, 0), coalesce(r.keep_days, 0), s.role, s.read_seq, ` + userColumns

func scanSeat(row scanner, reach *chat.Reach) (seat, error) {
	var e seat
	var role sql.NullString
	var read sql.NullInt64
	var who userRow
	dest := []any{&e.ID, &e.Slug, &e.Name, &e.Topic, &e.Kind, &e.Head, &e.HeadTag, &e.Floor, &e.Messages, &e.Days, &role, &read}
	err := row.Scan(append(dest, who.dest()...)...)
	e.read = read.Int64
	e.sit(reach, role, who)
	return e, err
}

// sit fills in the standing of who sits here: a reader, where that is nobody.
func (e *seat) sit(reach *chat.Reach, role sql.NullString, who userRow) {
	e.who = who.user(0)
	at := chat.Standing{Server: e.who.Role, Room: e.Kind, Member: role.Valid, Role: chat.RoomRole(role.String)}
	if !who.id.Valid {
		at.Server = chat.ServerReader
	}
	e.Standing = reach.Curb(at)
}

const seatTables = ` FROM rooms r LEFT JOIN users u ON u.id = $1
	LEFT JOIN members s ON s.room_id = r.id AND s.user_id = u.id WHERE r.deleted_at IS NULL AND `

const seatQuery = `SELECT ` + seatColumns + seatTables

// lockRoom locks the room named slug for what follows in the transaction.
func (t *tx) lockRoom(slug string) error {
	return t.Lock(`SELECT 1 FROM rooms WHERE deleted_at IS NULL AND slug = $1`, slug)
}

// seat returns the room named slug as the actor stands in it, where the actor
// may do what is asked. Who the actor is on the server is read here, too: a
// right that was taken away a moment ago is gone. Before a write the room is
// locked, so that the right ends at an event and not somewhat later.
func (t *tx) seat(actor chat.Actor, slug string, action chat.Action) (seat, error) {
	if err := t.lockRoom(slug); err != nil {
		return seat{}, err
	}
	e, err := scanSeat(t.Row(seatQuery+`r.slug = $2`, actor.ID, slug), actor.Reach)
	if errors.Is(err, sql.ErrNoRows) && actor.Reach.HoldsPage(slug) {
		e, err = unmade(actor, slug), nil
	}
	if err != nil {
		return seat{}, missing(err, chat.NoSuchThing())
	}
	return e, actor.May(action, e.Room, e.Standing)
}

// reading is what the user in a seat is let in with.
func (e seat) reading(user int64) chat.Reading {
	return chat.Reading{Room: e.Room, RoomState: e.RoomState, Right: chat.Right{User: user, Member: e.Member}}
}

// asking is a question about a room, of a user who came by one way.
type asking struct {
	user  int64
	reach *chat.Reach
	slug  string
}

// Head returns the newest cursor of a room that the actor may read. It is what is
// asked most, and looks at no message; where nothing was committed since the same
// was asked, at no table.
func (s *Store) Head(ctx context.Context, actor chat.Actor, slug string) (chat.Cursor, error) {
	return s.heads.Find(s.db, asking{actor.ID, actor.Reach, slug}, func() (head chat.Cursor, err error) {
		err = s.look(ctx, func(t *tx) error {
			room, at := chat.Room{Slug: slug}, chat.Standing{}
			err := t.Row(`SELECT r.id, r.head, r.head_tag, r.kind, s.user_id IS NOT NULL FROM rooms r
				LEFT JOIN members s ON s.room_id = r.id AND s.user_id = $1 WHERE r.deleted_at IS NULL AND r.slug = $2`, actor.ID, slug).
				Scan(&room.ID, &head.Seq, &head.Tag, &at.Room, &at.Member)
			if errors.Is(err, sql.ErrNoRows) && actor.Reach.HoldsPage(slug) {
				at.Room, err = chat.Unmade, nil
			}
			if err != nil {
				return missing(err, chat.NoSuchThing())
			}
			return actor.May(chat.ReadRoom, room, at)
		})
		return head, err
	})
}

// ReadingAgain lets a user in again to a room that he was reading, or refuses.
func (s *Store) ReadingAgain(ctx context.Context, room chat.Room, user int64) (reading chat.Reading, err error) {
	err = s.look(ctx, func(t *tx) error {
		e, err := scanSeat(t.Row(seatQuery+`r.id = $2`, user, room.ID), nil)
		if err != nil {
			return missing(err, chat.NoSuchThing())
		}
		reading = e.reading(user)
		return e.May(chat.ReadRoom)
	})
	return reading, err
}

// RoomNumber returns the number of the room named slug, or 0. It asks nobody's
// rights.
func (s *Store) RoomNumber(ctx context.Context, slug string) (id int64, err error) {
	err = s.look(ctx, func(t *tx) error {
		return missing(t.Row(`SELECT id FROM rooms WHERE slug = $1 AND deleted_at IS NULL`, slug).Scan(&id), nil)
	})
	return id, err
}

// Room returns the room named slug as the actor sees it.
func (s *Store) Room(ctx context.Context, actor chat.Actor, slug string) (view chat.RoomView, err error) {
	err = s.read(ctx, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		view, err = t.view(e, actor)
		return err
	})
	return view, err
}

// Rooms returns the rooms that the actor is in, and the open ones, but not those
// of pages: where something was said last comes first.
func (s *Store) Rooms(ctx context.Context, actor chat.Actor) (views []chat.RoomView, err error) {
	err = s.read(ctx, func(t *tx) error {
		views, err = t.rooms(actor)
		return err
	})
	return views, err
}

func (t *tx) rooms(actor chat.Actor) ([]chat.RoomView, error) {
	seats, err := t.seats(actor, `ORDER BY coalesce((SELECT m.at FROM messages m WHERE m.room_id = r.id ORDER BY m.seq DESC LIMIT 1),
		r.created_at) DESC, r.id DESC`)
	if err != nil {
		return nil, err
	}
	views := make([]chat.RoomView, len(seats))
	looks := make([]func(*tx) error, len(seats))
	for i, e := range seats {
		looks[i] = func(t *tx) (err error) {
			views[i], err = t.view(e, actor)
			return err
		}
	}
	return views, t.together(looks...)
}

// seats returns the rooms that the actor is in, and the open ones but for those of
// pages.
func (t *tx) seats(actor chat.Actor, order string) (seats []seat, err error) {
	err = t.Each(func(row scanner) error {
		e, err := scanSeat(row, actor.Reach)
		if err == nil && actor.Reach.Holds(e.Room) {
			seats = append(seats, e)
		}
		return err
	}, seatQuery+`(s.user_id IS NOT NULL OR r.kind = 'open' AND r.slug NOT LIKE $2) `+order, actor.ID, chat.PagePattern)
	return seats, err
}

// Readable returns the rooms that the actor may read, in a transaction of another
// package; or, where a slug is given, that room alone, which has to be one of them.
func (s *Store) Readable(d *database.Tx, actor chat.Actor, slug string) ([]chat.Reading, error) {
	t := &tx{d, s.clock()}
	var seats []seat
	var err error
	if slug == "" {
		seats, err = t.seats(actor, ``)
	} else {
		seats = make([]seat, 1)
		seats[0], err = t.seat(actor, slug, chat.ReadRoom)
	}
	if err != nil {
		return nil, err
	}
	readings := make([]chat.Reading, len(seats))
	for i, e := range seats {
		readings[i] = e.reading(actor.ID)
	}
	return readings, nil
}

// Conversation returns all that a page of a room shows, of one moment.
func (s *Store) Conversation(ctx context.Context, actor chat.Actor, slug string, ask chat.PageRequest) (c chat.Conversation, err error) {
	err = s.read(ctx, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		c = chat.Conversation{Page: chat.Page{RoomState: e.RoomState}}
		return t.together(
			func(t *tx) (err error) { c.Room, err = t.view(e, actor); return err },
			func(t *tx) (err error) { c.Rooms, err = t.rooms(actor); return err },
			func(t *tx) (err error) {
				if c.Messages, err = t.page(e.Room, ask); err == nil {
					c.Quoted, err = t.quoted(e.Room, c.Messages)
				}
				return err
			})
	})
	return c, err
}

// maxUnread is where counting unread messages stops.
const maxUnread = 100

// view adds to a seat what the actor has not read yet, the last message, and whom
// a direct room is with.
func (t *tx) view(e seat, actor chat.Actor) (chat.RoomView, error) {
	v := chat.RoomView{Room: e.Room, RoomState: e.RoomState, Member: e.Member, Role: e.Role, Read: e.read}
	if e.Retention != (chat.Retention{}) {
		v.Retention = &e.Retention
	}
	if e.Member {
		err := t.Row(`SELECT count(*) FROM (SELECT 1 FROM messages
			WHERE room_id = $1 AND seq > $2 AND author_id <> $3 AND deleted_at IS NULL LIMIT $4) AS unread`,
			e.ID, max(e.read, e.Floor), actor.ID, maxUnread).Scan(&v.Unread)
		if err != nil {
			return v, err
		}
	}
	if e.Kind == chat.Direct {
		var err error
		if v.With, err = t.others(e.ID, actor.ID); err != nil {
			return v, err
		}
	}
	last, err := t.messages(e.Room, `m.deleted_at IS NULL ORDER BY m.seq DESC LIMIT 1`)
	if err == nil && len(last) == 1 {
		v.Last = last[0]
	}
	return v, err
}

// OpenRoom makes a room, with the actor as its owner.
func (s *Store) OpenRoom(ctx context.Context, actor chat.Actor, n chat.NewRoom) (view chat.RoomView, err error) {
	if n, err = n.Check(); err != nil {
		return view, err
	}
	err = s.write(ctx, func(t *tx) error {
		if err := t.lockNames(); err != nil {
			return err
		}
		slug, err := t.makeRoom(actor, n, "")
		if err != nil {
			return err
		}
		e, err := t.seat(actor, slug, chat.ReadRoom)
		if err != nil {
			return err
		}
		view, err = t.view(e, actor)
		return err
	})
	return view, err
}

// makeRoom inserts a room, with the actor as its owner, and returns its slug.
func (t *tx) makeRoom(actor chat.Actor, n chat.NewRoom, party string) (string, error) {
	slug, err := t.freeSlug(n)
	if err != nil {
		return "", err
	}
	var id int64
	err = t.Row(`INSERT INTO rooms (slug, name, kind, party) VALUES ($1, $2, $3, $4) RETURNING id`,
		slug, n.Name, n.Kind, sql.NullString{String: party, Valid: party != ""}).Scan(&id)
	if err != nil {
		return "", err
	}
	if err := t.addMember(id, actor.ID, chat.RoomOwner); err != nil {
		return "", err
	}
	for _, user := range n.Others(actor.ID) {
		if err := t.addMember(id, user, chat.RoomMember); err != nil {
			return "", err
		}
	}
	return slug, nil
}

// freeSlug returns the slug that was asked for, or refuses it where it is
// taken; without one it makes a free one, from the name where that can be.
func (t *tx) freeSlug(n chat.NewRoom) (string, error) {
	const taken = `SELECT 1 FROM rooms WHERE slug = $1 AND deleted_at IS NULL`
	if n.Slug != "" {
		used, err := t.Exists(taken, n.Slug)
		if err == nil && used {
			err = chat.Refuse(chat.Conflict, "slug_taken", n.Slug)
		}
		return n.Slug, err
	}
	made := chat.SlugFrom(n.Name)
	for try := 1; ; try++ {
		slug := made
		switch {
		case made == "" || try > 9 || chat.IsPage(made):
			slug = chat.NewWord(10)
		case try > 1:
			slug = fmt.Sprintf("%.*s-%d", chat.MaxSlug-2, made, try)
		}
		if used, err := t.Exists(taken, slug); err != nil || !used {
			return slug, err
		}
	}
}

// ChangeRoom changes a room's name, topic, kind or retention.
func (s *Store) ChangeRoom(ctx context.Context, actor chat.Actor, slug string, c chat.RoomChanges) (view chat.RoomView, err error) {
	if c, err = c.Check(); err != nil {
		return view, err
	}
	err = s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.Configure)
		if err != nil {
			return err
		}
		if err := c.CheckFor(e.Kind); err != nil {
			return err
		}
		name, topic, kind, keep := e.Name, e.Topic, e.Kind, e.Retention
		if c.Name != nil {
			name = *c.Name
		}
		if c.Topic != nil {
			topic = *c.Topic
		}
		if c.Kind != nil {
			kind = *c.Kind
		}
		if c.Retention != nil {
			keep = *c.Retention
		}
		if _, err := t.Exec(`UPDATE rooms SET name = $1, topic = $2, kind = $3,
			keep_messages = nullif($4, 0), keep_days = nullif($5, 0) WHERE id = $6`,
			name, topic, kind, keep.Messages, keep.Days, e.ID); err != nil {
			return err
		}
		// An admin who closes an open room that he is not in can't see it any more.
		if e, err = t.seat(actor, slug, chat.ReadRoom); chat.KindOf(err) == chat.NotFound {
			e.Member, err = false, nil
		}
		if err != nil {
			return err
		}
		view, err = t.view(e, actor)
		return err
	})
	return view, err
}

// DeleteRoom ends a room. Its rows stay, out of everybody's sight, and its slug
// is free again.
func (s *Store) DeleteRoom(ctx context.Context, actor chat.Actor, slug string) error {
	return s.writeIn(ctx, slug, func(t *tx) error {
		e, err := t.seat(actor, slug, chat.Configure)
		if err != nil {
			return err
		}
		_, err = t.Exec(`UPDATE rooms SET deleted_at = $1 WHERE id = $2`, t.now, e.ID)
		return err
	})
}
