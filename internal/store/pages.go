package store

import (
	"context"
	"slices"

	"maru/internal/chat"
	"maru/internal/database"
)

// unmade is the seat of an actor in a page's room before its first message.
func unmade(actor chat.Actor, slug string) seat {
	e := seat{Room: chat.UnmadeRoom(slug), who: actor.User}
	e.Standing = actor.Reach.Curb(chat.Standing{Server: actor.Role, Room: chat.Unmade})
	if actor.Reads() {
		e.Server = chat.ServerReader
	}
	return e
}

// makePage makes the room of a page with the first message in it, unless
// somebody else has made it meanwhile: then the message has no number yet. Who
// writes first is a member as all others: the room belongs to nobody.
func (t *tx) makePage(actor chat.Actor, d chat.Draft, m *chat.Message) (e seat, used bool, err error) {
	err = t.AllOrNothing(func() error {
		// However many write first at once, one of them makes it.
		if err := t.Lock(`SELECT 1 FROM sites WHERE name = $1`, actor.Reach.Site); err != nil {
			return err
		}
		if e, used, err = t.postSeat(actor, d.Page.Slug, d); err != nil || e.Made() {
			return err
		}
		if _, err := t.Exec(`INSERT INTO rooms (slug, name, topic, kind) VALUES ($1, $2, $3, $4)`,
			d.Page.Slug, d.Page.Name, d.Page.Topic, chat.Open); err != nil {
			return err
		}
		if e, used, err = t.postSeat(actor, d.Page.Slug, d); err != nil {
			return err
		}
		m.Author = e.who
		return t.joinAndPost(e, m)
	})
	return e, used, err
}

// sharing is what a room r has to be, from $5 on, for the actor $1 to find those
// who are in it: open, or the actor is in it, too. Who came by a site finds
// those alone who are in rooms that the site shows, and of pages in his own.
func (t *tx) sharing(actor chat.Actor) (where string, args []any, err error) {
	const mine = `EXISTS (SELECT 1 FROM members me WHERE me.room_id = r.id AND me.user_id = $1)`
	if actor.Reach == nil {
		return `(r.kind = 'open' OR ` + mine + `)`, nil, nil
	}
	err = t.Each(func(row scanner) error {
		var room chat.Room
		err := row.Scan(&room.ID, &room.Slug)
		if err == nil && actor.Reach.Holds(room) {
			args = append(args, room.ID)
		}
		return err
	}, `SELECT r.id, r.slug FROM rooms r WHERE r.deleted_at IS NULL AND (r.kind = 'open' AND r.slug NOT LIKE $2 OR `+mine+`)`,
		actor.ID, chat.PagePattern)
	if len(args) == 0 {
		args = []any{0}
	}
	return `r.id IN (` + database.Places(5, len(args)) + `)`, args, err
}

// madeAtOnce is how many rooms one statement looks for.
const madeAtOnce = 100

// Made returns those rooms, by their slugs, that have been made.
func (s *Store) Made(ctx context.Context, slugs []string) (map[string]chat.Room, error) {
	made := map[string]chat.Room{}
	err := s.read(ctx, func(t *tx) error {
		clear(made)
		for some := range slices.Chunk(slugs, madeAtOnce) {
			args := make([]any, madeAtOnce) // the last of them again, so that there is one statement
			for i := range args {
				args[i] = some[min(i, len(some)-1)]
			}
			err := t.Each(func(row scanner) error {
				var r chat.Room
				err := row.Scan(&r.ID, &r.Slug, &r.Name, &r.Topic, &r.Kind)
				made[r.Slug] = r
				return err
			}, `SELECT id, slug, name, topic, kind FROM rooms WHERE deleted_at IS NULL AND slug IN (`+database.Places(1, madeAtOnce)+`)`, args...)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return made, err
}
