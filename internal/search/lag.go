package search

import (
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"maru/internal/chat"
	"maru/internal/database"
)

// entry is a message with the text that it has in its room, or in the index.
type entry struct {
	room, seq, id int64
	body          string
}

// lag is a room whose index is not where its log is.
type lag struct {
	room   int64
	head   chat.Cursor
	bottom int64       // nothing is to be found up to here: the floor, or the head of a deleted room
	at     chat.Cursor // the cursor of the index
	above  int64       // the bottom that it has been brought to
}

const (
	// maxRooms is how many rooms are caught up with at a time.
	maxRooms = 100
	// lagFirst is how far rooms are behind that are caught up with first.
	lagFirst = 64
)

// lags returns rooms that are behind, those first that are so by about lagFirst.
// Of rooms that are behind by less, the one with the most has waited longest, and
// much of one room is read for less than little of many. One that is behind by
// far more, as it is gone through from its beginning, holds up none where people
// talk.
func lags(t *database.Tx) ([]lag, error) {
	var behind []lag
	err := t.Each(func(row database.Scanner) error {
		var l lag
		err := row.Scan(&l.room, &l.head.Seq, &l.head.Tag, &l.bottom, &l.at.Seq, &l.at.Tag, &l.above)
		behind = append(behind, l)
		return err
	}, `SELECT id, head, head_tag, bottom, seq, tag, above FROM (
		SELECT r.id, r.head, r.head_tag, CASE WHEN r.deleted_at IS NULL THEN r.floor ELSE r.head END AS bottom,
		       coalesce(c.seq, 0) AS seq, coalesce(c.tag, 0) AS tag, coalesce(c.floor, 0) AS above
		  FROM rooms r LEFT JOIN search_rooms c ON c.room_id = r.id) AS x
		WHERE head <> seq OR head_tag <> tag OR bottom <> above ORDER BY abs(head - seq - $1), id LIMIT $2`, lagFirst, maxRooms)
	return behind, err
}

// Behind returns how many events of the logs have not come into the index yet.
func (x *Index) Behind(ctx context.Context) (events int64, err error) {
	err = x.db.Look(ctx, func(t *database.Tx) error {
		return t.Row(`SELECT CAST(coalesce(sum(r.head - coalesce(c.seq, 0)), 0) AS bigint) FROM rooms r
			LEFT JOIN search_rooms c ON c.room_id = r.id WHERE r.deleted_at IS NULL AND r.head > coalesce(c.seq, 0)`).Scan(&events)
	})
	return events, err
}

// stretch is a part of a room's log that is being brought into the index.
type stretch struct {
	room  int64
	at    chat.Cursor // where the cursor of the index will stand
	above int64
	want  []entry // what the log says of the messages that it speaks of
	have  []entry // what the index holds of them
}

// stretch reads what follows the cursor of a room, at most so many events. A
// cursor whose event is not in the log any more is of another history: the room
// is gone through anew, from its bottom on, and what lies beyond its head goes.
func (l lag) stretch(t *database.Tx, most int64) (stretch, error) {
	s := stretch{room: l.room, at: l.at, above: l.above}
	same, err := l.same(t)
	if err != nil {
		return s, err
	}
	if !same {
		l.at, l.above = chat.Cursor{}, -1
	}
	if l.above != l.bottom {
		s.have, err = entries(t, `room_id = $1 AND (seq <= $2 OR seq > $3) ORDER BY seq LIMIT $4`, l.room, l.bottom, l.head.Seq, most)
		if err != nil || int64(len(s.have)) == most {
			return s, err // there may be more, so the cursor stays
		}
	}
	s.above = l.bottom
	after := max(l.at.Seq, l.bottom)
	last := min(after+most, l.head.Seq)
	if s.at, err = l.cursor(t, last); err != nil || after == last {
		return s, err
	}
	// The events speak of the messages that they are, and of those that they change.
	const (
		these   = `room_id = $1 AND seq > $2 AND seq <= $3`
		changed = `room_id = $1 AND seq > $4 AND seq <= $2 AND seq IN
			(SELECT ref FROM changes WHERE ` + these + ` AND kind IN ('edit', 'delete'))`
	)
	args := []any{l.room, after, last, l.bottom}
	err = t.Each(func(row database.Scanner) error {
		e := entry{room: l.room}
		err := row.Scan(&e.seq, &e.id, &e.body)
		if utf8.ValidString(e.body) { // else it is shown as deleted
			s.want = append(s.want, e)
		}
		return err
	}, `SELECT seq, id, body FROM messages WHERE body IS NOT NULL AND `+these+`
		UNION ALL SELECT seq, id, body FROM messages WHERE body IS NOT NULL AND `+changed, args...)
	if err != nil {
		return s, err
	}
	held, err := entries(t, these+` UNION ALL `+entryColumns+changed, args...)
	s.have = append(s.have, held...)
	return s, err
}

// same says whether the log still has the event of the cursor, as far as that can
// be said.
func (l lag) same(t *database.Tx) (bool, error) {
	if l.at.Seq <= l.bottom || l.at.Seq > l.head.Seq {
		return l.at.Seq <= l.bottom, nil
	}
	there, err := l.cursor(t, l.at.Seq)
	return there == l.at, err
}

// cursor returns the cursor of the event with a number.
func (l lag) cursor(t *database.Tx, seq int64) (chat.Cursor, error) {
	if seq == l.head.Seq {
		return l.head, nil
	}
	at := chat.Cursor{Seq: seq}
	err := t.Row(`SELECT coalesce((SELECT tag FROM messages WHERE room_id = $1 AND seq = $2),
		(SELECT tag FROM changes WHERE room_id = $1 AND seq = $2), 0)`, l.room, seq).Scan(&at.Tag)
	return at, err
}

// entries returns what the index holds under a condition.
func entries(t *database.Tx, where string, args ...any) (list []entry, err error) {
	err = t.Each(func(row database.Scanner) error {
		var e entry
		err := row.Scan(&e.room, &e.seq, &e.id, &e.body)
		list = append(list, e)
		return err
	}, entryColumns+where, args...)
	return list, err
}

const entryColumns = `SELECT room_id, seq, message, body FROM search_texts WHERE `

// differences returns what has to come into the index, and what has to go.
func (s stretch) differences() (in, out []entry) {
	left := map[entry]bool{}
	for _, e := range s.have {
		left[e] = true
	}
	for _, e := range s.want {
		if !left[e] {
			in = append(in, e)
		}
		delete(left, e)
	}
	return in, slices.Collect(maps.Keys(left))
}
