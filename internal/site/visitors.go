package site

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"maru/internal/chat"
	"maru/internal/database"
)

// visitor returns the user whom a site vouches for: made at first sight, with the
// name and the picture that the newest token gives, and a member of the closed
// rooms that it names.
func (s *Sites) visitor(ctx context.Context, of *Site, c chat.Claims) (user int64, err error) {
	named := of.named(c.Rooms)
	var seen known
	err = s.db.Read(ctx, func(t *database.Tx) (err error) {
		seen, err = look(t, of.ID, c, named)
		return err
	})
	if err != nil || seen.settled() {
		return seen.user, err
	}
	err = s.db.Write(ctx, "", func(t *database.Tx) error {
		if err := t.Lock(`SELECT 1 FROM counters WHERE name = $1`, "names"); err != nil {
			return err
		}
		// Another request may have come first.
		if seen, err = look(t, of.ID, c, named); err != nil {
			return err
		}
		return greet(t, of.ID, c, &seen)
	})
	if seen.disabled {
		return seen.user, err
	}
	for _, room := range seen.rooms {
		if err == nil {
			err = s.letIn(ctx, room, seen.user)
		}
	}
	return seen.user, err
}

// named returns the rooms on the site's own list that a token names.
func (s *Site) named(slugs []string) (rooms []chat.Room) {
	for _, r := range s.Rooms {
		if slices.Contains(slugs, r.Slug) {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

// known is what the tables know of somebody whom a site vouches for.
type known struct {
	user     int64 // 0: nobody yet
	disabled bool
	renamed  bool        // the token is newer, and gives another name or picture
	rooms    []chat.Room // closed ones to be let into
}

func (k known) settled() bool { return k.disabled || k.user != 0 && !k.renamed && len(k.rooms) == 0 }

func look(t *database.Tx, site int64, c chat.Claims, named []chat.Room) (k known, err error) {
	var name, avatar string
	var said chat.Time
	err = t.Row(`SELECT u.id, u.disabled_at IS NOT NULL, u.display_name, coalesce(u.avatar, ''), v.said_at
		FROM visitors v JOIN users u ON u.id = v.user_id WHERE v.site_id = $1 AND v.subject = $2`, site, c.Subject).
		Scan(&k.user, &k.disabled, &name, &avatar, &said)
	if err != nil && !database.NoRow(err) {
		return k, err
	}
	k.renamed = (name != c.Name || avatar != c.Avatar) && saidAt(c) >= said
	for _, room := range named {
		due, err := mayLetIn(t, room.ID, k.user)
		if err != nil {
			return k, err
		}
		if due {
			k.rooms = append(k.rooms, room)
		}
	}
	return k, nil
}

// saidAt is when a token was made, by the site's clock.
func saidAt(c chat.Claims) chat.Time { return chat.Time(c.Issued * 1000) }

// greet makes the user at first sight, and takes a new name or picture over.
func greet(t *database.Tx, site int64, c chat.Claims, k *known) (err error) {
	switch {
	case k.disabled:
		return nil
	case k.user == 0:
		if k.user, err = makeUser(t, chat.KindSite, c.Name, c.Avatar); err != nil {
			return err
		}
		_, err = t.Exec(`INSERT INTO visitors (site_id, subject, user_id, said_at) VALUES ($1, $2, $3, $4)`,
			site, c.Subject, k.user, saidAt(c))
		return err
	case k.renamed:
		if err := t.LockShowing(k.user); err != nil {
			return err
		}
		var handle string
		if err := t.Row(`SELECT name FROM users WHERE id = $1`, k.user).Scan(&handle); err != nil {
			return err
		}
		if _, err := t.Exec(`UPDATE users SET display_name = $1, avatar = nullif($2, '') WHERE id = $3`, c.Name, c.Avatar, k.user); err != nil {
			return err
		}
		// The new name made the tables forget the key.
		if _, err := t.Exec(`UPDATE users SET search_key = $1 WHERE id = $2`, chat.SearchKey(handle, c.Name), k.user); err != nil {
			return err
		}
		_, err = t.Exec(`UPDATE visitors SET said_at = $1 WHERE user_id = $2`, saidAt(c), k.user)
		return err
	}
	return nil
}

// letIn makes a user a member of a closed room, once.
func (s *Sites) letIn(ctx context.Context, room chat.Room, user int64) error {
	return s.db.Write(ctx, room.Slug, func(t *database.Tx) error {
		if err := t.Lock(`SELECT 1 FROM rooms WHERE deleted_at IS NULL AND slug = $1`, room.Slug); err != nil {
			return err
		}
		if due, err := mayLetIn(t, room.ID, user); err != nil || !due {
			return err
		}
		if _, err := t.Exec(`INSERT INTO vouched (room_id, user_id) VALUES ($1, $2)`, room.ID, user); err != nil {
			return err
		}
		if member, err := t.Exists(`SELECT 1 FROM members WHERE room_id = $1 AND user_id = $2`, room.ID, user); err != nil || member {
			return err
		}
		_, err := t.Exec(`INSERT INTO members (room_id, user_id, role) VALUES ($1, $2, $3)`, room.ID, user, chat.RoomMember)
		return err
	})
}

// mayLetIn reports whether a room is closed, and the user was not let in before.
func mayLetIn(t *database.Tx, room, user int64) (bool, error) {
	return t.Exists(`SELECT 1 FROM rooms WHERE id = $1 AND kind = 'closed' AND deleted_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM vouched WHERE room_id = $1 AND user_id = $2)`, room, user)
}

// makeUser makes a user with a name of its own; the lock on names is held.
func makeUser(t *database.Tx, kind chat.UserKind, display, avatar string) (id int64, err error) {
	handle := handleFor(kind, display)
	err = t.Row(`INSERT INTO users (name, name_key, display_name, search_key, kind, avatar) VALUES ($1, $2, $3, $4, $5, nullif($6, '')) RETURNING id`,
		handle, chat.NameKey(handle), display, chat.SearchKey(handle, display), kind, avatar).Scan(&id)
	return id, err
}

// handleFor returns a name by which nobody else can be called: as much of the
// display name as a name may hold, and 40 random bits.
func handleFor(kind chat.UserKind, display string) string {
	random := chat.NewWord(8)
	begin := string(kind)
	if kind == chat.KindSite {
		begin = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, display)
	}
	if runes := []rune(begin); len(runes) > 16 {
		begin = string(runes[:16])
	}
	for _, begin := range []string{begin, string(chat.KindSite)} { // folded, a letter can become what no name holds
		if name, err := chat.CheckName(strings.Trim(begin+"-"+random, "-")); err == nil {
			return name
		}
	}
	return string(chat.KindSite) + "-" + random
}
