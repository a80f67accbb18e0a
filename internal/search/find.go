package search

import (
	"context"
	"slices"
	"strings"

	"maru/internal/chat"
	"maru/internal/database"
)

// Find returns the newest messages that answer a question, of those that the actor
// may read. All of it, the right too, is of one moment.
func (x *Index) Find(ctx context.Context, actor chat.Actor, ask chat.Question) (hits chat.Hits, err error) {
	text, err := chat.CheckQuestion(ask.Text)
	if err != nil {
		return hits, err
	}
	q, err := parse(text)
	if err != nil {
		return hits, err
	}
	if ask.Room != "" && chat.CheckSlug(ask.Room) != nil {
		return hits, chat.NoSuchThing()
	}
	err = x.db.Read(ctx, func(t *database.Tx) error {
		hits = chat.Hits{Hits: []chat.Hit{}}
		s := search{Tx: t, question: q, before: ask.Before}
		if s.before == 0 {
			s.before = chat.MaxID
		}
		readable, err := x.tables.Readable(t, actor, ask.Room)
		if err != nil || len(readable) == 0 {
			return err
		}
		s.rooms = map[int64]chat.Reading{}
		for _, r := range readable {
			s.rooms[r.ID] = r
		}
		if ask.Author != "" {
			if s.author, err = author(t, ask.Author); err != nil || s.author == 0 {
				return err
			}
		}
		ids, err := s.candidates()
		if err != nil {
			return err
		}
		found, err := s.check(ctx, ids, chat.SearchPage+1)
		if err != nil {
			return err
		}
		if len(found) > chat.SearchPage {
			found = found[:chat.SearchPage]
			hits.Next = found[len(found)-1].id
		}
		hits.Hits, err = x.show(&s, found)
		return err
	})
	return hits, err
}

// search is one search, on one snapshot of the tables.
type search struct {
	*database.Tx
	question
	rooms  map[int64]chat.Reading // that may be read
	author int64                  // whose messages are looked for; 0: anybody's
	before int64                  // only what has a smaller id
}

// author returns the id of the user who is meant by an id, or by @ and a name; 0
// where there is none of that name.
func author(t *database.Tx, given string) (id int64, err error) {
	name, named := strings.CutPrefix(given, "@")
	if !named {
		id, ok := chat.ParseSeq(given)
		if !ok {
			return 0, chat.Refuse(chat.Invalid, "bad_author")
		}
		return id, nil
	}
	if _, err := chat.CheckName(name); err != nil {
		return 0, chat.Refuse(chat.Invalid, "bad_author")
	}
	err = t.Row(`SELECT coalesce((SELECT id FROM users WHERE name_key = $1), 0)`, chat.NameKey(name)).Scan(&id)
	return id, err
}

// hit is a message that was found, before it is shown.
type hit struct {
	room, seq, id int64
	marks         [][2]int
}

// checkAtOnce is how many candidates are read at once.
const checkAtOnce = 100

// check returns the newest most of the candidates that do answer the question.
func (s *search) check(ctx context.Context, ids []int64, most int) ([]hit, error) {
	var found []hit
	slices.Reverse(ids)
	for some := range slices.Chunk(ids, checkAtOnce) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		err := s.Each(func(row database.Scanner) error {
			var h hit
			var by int64
			var body string
			if err := row.Scan(&h.id, &h.room, &h.seq, &by, &body); err != nil {
				return err
			}
			r, ok := s.rooms[h.room]
			if !ok || h.seq <= r.Floor || s.author != 0 && by != s.author {
				return nil
			}
			if h.marks = s.marks(body); h.marks != nil {
				found = append(found, h)
			}
			return nil
		}, `SELECT id, room_id, seq, author_id, body FROM messages WHERE body IS NOT NULL AND id IN `+database.Rows(1, len(args))+` ORDER BY id DESC`, args...)
		if err != nil {
			return nil, err
		}
		if len(found) >= most {
			return found[:most], nil
		}
	}
	return found, nil
}

// show returns the messages that were found as they are shown.
func (x *Index) show(s *search, found []hit) ([]chat.Hit, error) {
	seqs := map[int64][]int64{}
	for _, h := range found {
		seqs[h.room] = append(seqs[h.room], h.seq)
	}
	shown := map[[2]int64]*chat.Message{}
	for id, list := range seqs {
		messages, err := x.tables.MessagesIn(s.Tx, s.rooms[id].Room, list)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			shown[[2]int64{id, m.Seq}] = m
		}
	}
	hits := []chat.Hit{}
	for _, h := range found {
		if m := shown[[2]int64{h.room, h.seq}]; m != nil && !m.Deleted {
			hits = append(hits, chat.Hit{Message: m, Marks: h.marks})
		}
	}
	return hits, nil
}
