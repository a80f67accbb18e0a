package search

import (
	"cmp"
	"slices"

	"maru/internal/database"
)

// list is the ids of all messages that have something in common: a term, or one of
// several, a room, an author.
type list struct {
	size int64 // how many ids there are at most
	read func() ([]int64, error)
}

const (
	// enough is how few candidates are checked one by one, rather than reading
	// another list.
	enough = 200
	// short is how long a list may be that only saves checks.
	short = 2000
)

// candidates returns the ids of all messages that can answer the question, in
// order. It reads the shortest lists first.
func (s *search) candidates() (ids []int64, err error) {
	lists, err := s.lists()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(lists, func(a, b list) int { return cmp.Compare(a.size, b.size) })
	for i, l := range lists {
		if i > 0 && len(ids) <= enough {
			break
		}
		more, err := l.read()
		if err != nil {
			return nil, err
		}
		if slices.Sort(more); i == 0 {
			ids = slices.Compact(more)
		} else {
			ids = both(ids, more)
		}
	}
	return ids, nil
}

// lists returns the lists that hold all messages that can answer the question: one
// for each of its terms; and those of the rooms and of the author that it names,
// where they are short.
func (s *search) lists() ([]list, error) {
	spans := s.spans()
	lists := make([]list, len(spans))
	looks := make([]func(*database.Tx) error, len(spans))
	for i, span := range spans {
		lists[i].read = func() ([]int64, error) { return s.ofTerms(span) }
		looks[i] = func(t *database.Tx) error {
			var blocks int64
			err := t.Row(`SELECT count(*) FROM (SELECT 1 FROM search_blocks WHERE term >= $1 AND term < $2 AND first < $3 LIMIT $4) AS x`,
				span.from, span.to, s.before, short).Scan(&blocks)
			lists[i].size = blocks * fullBlock
			return err
		}
	}
	if err := s.Together(looks); err != nil {
		return nil, err
	}
	var inRooms int64
	rooms := []any{s.before}
	for id, r := range s.rooms {
		inRooms += r.Head - r.Floor
		rooms = append(rooms, id)
	}
	if inRooms <= short && len(rooms) <= rowsAtOnce {
		lists = append(lists, list{inRooms, func() ([]int64, error) {
			return s.ids(`SELECT id FROM messages WHERE id < $1 AND room_id IN (`+database.Places(2, len(rooms)-1)+`)`, rooms...)
		}})
	}
	if s.author != 0 {
		byAuthor, err := s.ids(`SELECT id FROM messages WHERE author_id = $1 LIMIT $2`, s.author, short+1)
		if err != nil {
			return nil, err
		}
		if len(byAuthor) <= short {
			lists = append(lists, list{int64(len(byAuthor)), func() ([]int64, error) { return byAuthor, nil }})
		}
	}
	return lists, nil
}

// ofTerms reads the ids of the messages that have one of the terms of a span.
func (s *search) ofTerms(span span) (ids []int64, err error) {
	err = s.Each(func(row database.Scanner) error {
		var first int64
		var list []byte
		err := row.Scan(&first, &list)
		ids = decode(ids, first, list)
		return err
	}, `SELECT first, list FROM search_blocks WHERE term >= $1 AND term < $2 AND first < $3 ORDER BY term, first`, span.from, span.to, s.before)
	return slices.DeleteFunc(ids, func(id int64) bool { return id >= s.before }), err
}

// ids reads a column of ids.
func (s *search) ids(query string, args ...any) (ids []int64, err error) {
	err = s.Each(func(row database.Scanner) error {
		var id int64
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	return ids, err
}

// both returns what stands in two lists that are in order.
func both(a, b []int64) []int64 {
	kept := a[:0]
	for _, id := range a {
		for len(b) > 0 && b[0] < id {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == id {
			kept = append(kept, id)
		}
	}
	return kept
}
