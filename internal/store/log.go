package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"

	"maru/internal/chat"
)

// Resume lets an actor in to read a room, and turns the position asked for into
// a place in its log. Both are of one snapshot: were the place found later, it
// could lie behind the event that ends the right, and the reader would never
// meet it.
func (s *Store) Resume(ctx context.Context, actor chat.Actor, slug string, pos chat.Position) (reading chat.Reading, start chat.Start, err error) {
	var p place
	find := func(t *tx) (found bool, err error) {
		if p, err = t.place(actor, slug, pos.Cursor.Seq); err != nil {
			return false, err
		}
		start, found = p.start(pos)
		return found, nil
	}
	var found bool
	err = s.look(ctx, func(t *tx) error { // mostly one statement does
		found, err = find(t)
		return err
	})
	if err == nil && !found {
		err = s.read(ctx, func(t *tx) error {
			if found, err = find(t); err != nil || found {
				return err
			}
			start, err = t.anew(p, pos)
			return err
		})
	}
	return p.reading(actor.ID), start, err
}

// Continue finds the place of a cursor in a log whose history may be another
// than it was when the cursor was given.
func (s *Store) Continue(ctx context.Context, room chat.Room, at chat.Cursor) (start chat.Start, err error) {
	pos := chat.Position{From: chat.FromCursor, Cursor: at}
	if at.Tag == 0 {
		pos.From = chat.FromSeq
	}
	err = s.read(ctx, func(t *tx) error {
		p, err := t.placeIn(room, at.Seq)
		if err != nil {
			return err
		}
		var found bool
		if start, found = p.start(pos); !found {
			start, err = t.anew(p, pos)
		}
		return err
	})
	return start, err
}

// place is a room's log with what stands in it at one number, and who looks at it.
type place struct {
	chat.Room
	chat.Standing
	head, floor, there chat.Cursor
	read               int64
}

const placeQuery = `SELECT r.id, r.slug, r.name, r.topic, r.kind, s.user_id IS NOT NULL, coalesce(s.role, ''), coalesce(s.read_seq, 0), r.head, r.head_tag, r.floor, r.floor_tag,
	coalesce(CASE WHEN r.head = $2 THEN r.head_tag WHEN r.floor = $2 THEN r.floor_tag
	         ELSE (SELECT tag FROM messages WHERE room_id = r.id AND seq = $2
	               UNION ALL SELECT tag FROM changes WHERE room_id = r.id AND seq = $2) END, 0)
	FROM rooms r LEFT JOIN members s ON s.room_id = r.id AND s.user_id = $1 WHERE `

func scanPlace(row scanner, seq int64) (place, error) {
	p := place{there: chat.Cursor{Seq: seq}}
	err := row.Scan(&p.ID, &p.Slug, &p.Name, &p.Topic, &p.Kind, &p.Member, &p.Role, &p.read, &p.head.Seq, &p.head.Tag, &p.floor.Seq, &p.floor.Tag, &p.there.Tag)
	p.Standing.Room = p.Kind
	return p, err
}

// place looks at a number of a room that the actor may read. The row at the floor
// is gone, and the one at the head may be: the room remembers their tags.
func (t *tx) place(actor chat.Actor, slug string, seq int64) (place, error) {
	p, err := scanPlace(t.Row(placeQuery+`r.deleted_at IS NULL AND r.slug = $3`, actor.ID, seq, slug), seq)
	if errors.Is(err, sql.ErrNoRows) && actor.Reach.HoldsPage(slug) {
		p, err = place{Room: chat.UnmadeRoom(slug), Standing: chat.Standing{Room: chat.Unmade}}, nil
	}
	if err != nil {
		return p, missing(err, chat.NoSuchThing())
	}
	err = actor.May(chat.ReadRoom, p.Room, p.Standing)
	p.Standing = actor.Reach.Curb(p.Standing)
	return p, err
}

// placeIn looks at a number of a room.
func (t *tx) placeIn(room chat.Room, seq int64) (place, error) {
	return scanPlace(t.Row(placeQuery+`r.id = $3`, 0, seq, room.ID), seq)
}

// reading is what the user is let in with.
func (p place) reading(user int64) chat.Reading {
	return chat.Reading{
		Room: p.Room, RoomState: chat.RoomState{Head: p.head.Seq, HeadTag: p.head.Tag, Floor: p.floor.Seq},
		Right: chat.Right{User: user, Member: p.Member}, Role: p.Role, Read: p.read,
	}
}

// start returns where a reader begins who asks for a position; false where that
// is where a new reader does. A cursor is good where the event at its number
// still carries its tag.
func (p place) start(pos chat.Position) (chat.Start, bool) {
	switch at := pos.Cursor; {
	case pos.From == chat.FromNewest:
		return chat.Start{}, false
	case pos.From == chat.FromHead:
		return chat.Start{After: p.head}, true
	case pos.From == chat.FromFloor:
		return chat.Start{After: p.floor}, true
	case at.Seq < p.floor.Seq:
		notice := &chat.Notice{Kind: chat.Gap, Room: p.Slug, From: at.Seq, Floor: p.floor.Seq}
		return chat.Start{After: p.floor, Notice: notice}, true
	case at.Seq > p.head.Seq:
		return chat.Start{}, false
	}
	return chat.Start{After: p.there}, pos.From == chat.FromSeq || p.there.Tag == pos.Cursor.Tag
}

// anew returns where a new reader begins, and tells one who had a cursor so.
func (t *tx) anew(p place, pos chat.Position) (chat.Start, error) {
	start, err := t.newest(p.Room, p.head, p.floor)
	if pos.From != chat.FromNewest {
		start.Notice = &chat.Notice{Kind: chat.Reset, Room: p.Slug}
	}
	return start, err
}

// newest returns where a new reader begins: with the 50th newest message, but
// not more than the newest 500 events.
func (t *tx) newest(room chat.Room, head, floor chat.Cursor) (chat.Start, error) {
	after := floor.Seq
	err := t.Row(`SELECT seq - 1 FROM messages WHERE room_id = $1 AND seq > $2 ORDER BY seq DESC LIMIT 1 OFFSET $3`,
		room.ID, floor.Seq, chat.NewestPage-1).Scan(&after)
	if err = missing(err, nil); err != nil {
		return chat.Start{}, err
	}
	there, err := t.cursorAt(room.ID, max(after, head.Seq-chat.MaxEvents), head, floor)
	return chat.Start{After: there}, err
}

// cursorAt returns the cursor of the event with a number, 0.0 and a number
// without a row included. The row at the floor is gone, and the one at the head
// may be: the room remembers their tags.
func (t *tx) cursorAt(room, seq int64, head, floor chat.Cursor) (chat.Cursor, error) {
	switch seq {
	case head.Seq:
		return head, nil
	case floor.Seq:
		return floor, nil
	}
	at := chat.Cursor{Seq: seq}
	err := t.Row(`SELECT tag FROM messages WHERE room_id = $1 AND seq = $2
		UNION ALL SELECT tag FROM changes WHERE room_id = $1 AND seq = $2`, room, seq).Scan(&at.Tag)
	return at, missing(err, nil)
}

// Heads returns where each room's log stands.
func (s *Store) Heads(ctx context.Context) (heads map[int64]chat.RoomState, err error) {
	heads = map[int64]chat.RoomState{}
	err = s.look(ctx, func(t *tx) error {
		return t.Each(func(row scanner) error {
			var id int64
			var state chat.RoomState
			err := row.Scan(&id, &state.Head, &state.HeadTag, &state.Floor)
			heads[id] = state
			return err
		}, `SELECT id, head, head_tag, floor FROM rooms`)
	})
	return heads, err
}

// Events returns the events of a room after a number, at most limit, as they
// stand now, and where the log stands.
func (s *Store) Events(ctx context.Context, room chat.Room, after int64, limit int) ([]chat.Event, chat.RoomState, error) {
	found, err := s.Extracts(ctx, []chat.Extract{{Room: room, After: after, Limit: limit}})
	if err != nil {
		return nil, chat.RoomState{}, err
	}
	return found[0].Events, found[0].RoomState, nil
}

// Extracts is Events for the logs of several rooms, on one snapshot.
func (s *Store) Extracts(ctx context.Context, asked []chat.Extract) ([]chat.Extracted, error) {
	found := make([]chat.Extracted, len(asked))
	fns := make([]func(*tx) error, len(asked))
	for i, ask := range asked {
		fns[i] = func(t *tx) (err error) {
			found[i], err = t.extract(ask, s.log)
			return err
		}
	}
	return found, s.read(ctx, func(t *tx) error { return t.together(fns...) })
}

// extract reads a part of a log. A number whose row can't be found, which no
// guard of the tables allows, comes as an event with nothing to show, so that
// readers go on; it is logged.
func (t *tx) extract(ask chat.Extract, log *slog.Logger) (found chat.Extracted, err error) {
	err = t.Row(`SELECT head, head_tag, floor FROM rooms WHERE id = $1`, ask.Room.ID).
		Scan(&found.Head, &found.HeadTag, &found.Floor)
	if err != nil {
		return found, err
	}
	from := max(ask.After, found.Floor)
	events, err := t.events(ask.Room, from, ask.Limit)
	if err != nil {
		return found, err
	}
	found.Events = chat.Whole(events, from, found.Head, ask.Limit)
	if holes := len(found.Events) - len(events); holes > 0 {
		log.Error("numbers of a log have no row", "room", ask.Room.ID, "after", from, "count", holes)
	}
	return found, nil
}

// events reads a stretch of the log in one statement: posts and changes merged
// by number, each with the message that it shows as that stands now.
func (t *tx) events(room chat.Room, after int64, limit int) ([]chat.Event, error) {
	var events []chat.Event
	var messages []*chat.Message
	var shape *chat.Room
	err := t.Each(func(row scanner) error {
		e, err := scanEvent(row, room)
		if err != nil {
			return err
		}
		if e.Message != nil {
			messages = append(messages, e.Message)
		}
		events = append(events, e)
		return nil
	}, `SELECT e.seq, e.tag, e.kind, e.ref, e.user_id, e.role, e.room_kind, `+messageColumns+`, `+userColumns+`,
		w.id, w.name, w.display_name, w.kind, w.role, w.avatar, w.disabled_at
		FROM (SELECT seq, tag, 'post' AS kind, seq AS ref, NULL AS user_id, NULL AS role, NULL AS room_kind
		        FROM messages WHERE room_id = $1 AND seq > $2
		      UNION ALL
		      SELECT seq, tag, kind, ref, user_id, role, room_kind
		        FROM changes WHERE room_id = $1 AND seq > $2
		      ORDER BY seq LIMIT $3) e
		LEFT JOIN messages m ON m.room_id = $1 AND m.seq = e.ref AND m.seq > (SELECT floor FROM rooms WHERE id = $1)
		LEFT JOIN users u ON u.id = m.author_id
		LEFT JOIN users w ON w.id = e.user_id
		ORDER BY e.seq`, room.ID, after, limit)
	if err != nil {
		return nil, err
	}
	for i := range events {
		if e := &events[i]; e.Change == chat.Reshaped || e.Change == chat.Closure {
			if shape == nil {
				if shape, err = t.shape(room.ID); err != nil {
					return nil, err
				}
			}
			e.Room = shape
		}
	}
	return events, t.complete(room, messages)
}

func scanEvent(row scanner, room chat.Room) (chat.Event, error) {
	var e chat.Event
	var ref, user sql.NullInt64
	var role, kind sql.NullString
	var m messageRow
	var who userRow
	dest := []any{&e.Seq, &e.Tag, &e.Change, &ref, &user, &role, &kind}
	if err := row.Scan(append(append(dest, m.dest()...), who.dest()...)...); err != nil {
		return e, err
	}
	e.Ref, e.User, e.RoomKind = ref.Int64, user.Int64, chat.RoomKind(kind.String)
	switch e.Change {
	case chat.Posted, chat.Edited, chat.Deleted, chat.Reacted:
		e.Message = m.message(room.Slug)
	case chat.Joined, chat.Left, chat.Removed, chat.Regraded, chat.Profiled:
		e.Member = &chat.MemberChange{
			Room: room.Slug, User: who.user(e.User), Role: chat.RoomRole(role.String), Change: e.Change,
		}
	}
	return e, nil
}

// shape returns a room as it stands now, deleted or not.
func (t *tx) shape(id int64) (*chat.Room, error) {
	r := chat.Room{ID: id}
	var deleted sql.NullInt64
	err := t.Row(`SELECT slug, name, topic, kind, deleted_at FROM rooms WHERE id = $1`, id).
		Scan(&r.Slug, &r.Name, &r.Topic, &r.Kind, &deleted)
	r.Deleted = deleted.Valid
	return &r, err
}
