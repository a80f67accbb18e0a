package site

import (
	"context"
	"strings"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
)

// The life of a guest's token: while it is used at least this often, and at most
// this long in all.
const (
	guestIdle = 24 * time.Hour
	guestLife = 7 * 24 * time.Hour
	// seenEvery is how often the use of a token is written down.
	seenEvery = time.Hour
)

// guestMark is what a guest's token begins with.
const guestMark = "guest_"

// IsGuest reports whether a Bearer token is meant to be a guest's.
func IsGuest(text string) bool { return strings.HasPrefix(text, guestMark) }

var noGuests = chat.Refuse(chat.Forbidden, "no_guests")

// TakesGuests refuses where a site, or no site, takes no guests.
func (s *Site) TakesGuests() error {
	if s == nil || s.Visitors != chat.VisitorsGuest {
		return noGuests
	}
	return nil
}

// MakeGuest makes a guest of a site that takes guests, and returns the id of the
// user and the token, which is shown this once.
func (s *Sites) MakeGuest(ctx context.Context, of *Site, display string) (user int64, token string, err error) {
	token = guestMark + chat.NewSecret()
	now := chat.At(s.now())
	err = s.db.Write(ctx, "", func(t *database.Tx) error {
		if err := t.Lock(`SELECT 1 FROM counters WHERE name = $1`, "names"); err != nil {
			return err
		}
		takes, err := t.Exists(`SELECT 1 FROM sites WHERE id = $1 AND visitors = 'guest'`, of.ID)
		if err == nil && !takes {
			err = noGuests
		}
		if err != nil {
			return err
		}
		if _, err := t.Exec(`DELETE FROM guests WHERE created_at < $1`, now-chat.Time(guestLife.Milliseconds())); err != nil {
			return err
		}
		if user, err = makeUser(t, chat.KindGuest, display, ""); err != nil {
			return err
		}
		_, err = t.Exec(`INSERT INTO guests (user_id, site_id, hash, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)`,
			user, of.ID, chat.HashSecret(token), now)
		return err
	})
	return user, token, err
}

// guest is whom a guest's token stands for.
type guest struct {
	user, site    int64
	created, seen chat.Time
}

// Guest returns whom a guest's token stands for, of the user the id alone, and
// the site.
func (s *Sites) Guest(ctx context.Context, token string) (chat.Actor, *Site, error) {
	all, err := s.snapshot(ctx)
	if err != nil {
		return chat.Actor{}, nil, err
	}
	hash := chat.HashSecret(token)
	g, err := s.guests.Find(s.db, hash, func() (g guest, err error) {
		err = s.db.Look(ctx, func(t *database.Tx) error {
			return t.Row(`SELECT user_id, site_id, created_at, seen_at FROM guests WHERE hash = $1`, hash).
				Scan(&g.user, &g.site, &g.created, &g.seen)
		})
		return g, err
	})
	now := chat.At(s.now())
	site := all.byID[g.site]
	switch {
	case database.NoRow(err):
		return chat.Actor{}, nil, signInFirst
	case err != nil:
		return chat.Actor{}, nil, err
	case site == nil, site.Visitors != chat.VisitorsGuest, now >= g.until():
		return chat.Actor{}, nil, signInFirst
	}
	if now > g.seen+chat.Time(seenEvery.Milliseconds()) {
		// The request does not depend on it.
		err := s.db.Write(ctx, "", func(t *database.Tx) error {
			_, err := t.Exec(`UPDATE guests SET seen_at = $1 WHERE hash = $2`, now, hash)
			return err
		})
		if err != nil {
			s.log.Warn("noting the use of a guest's token", "error", err)
		}
	}
	return chat.Actor{
		User: chat.User{ID: g.user}, Credential: chat.GuestCredential(site.ID, g.user), Reach: site.reach,
		Until: g.created + chat.Time(guestLife.Milliseconds()),
	}, site, nil
}

// until is when the token ends, unless it is used.
func (g guest) until() chat.Time {
	return min(g.seen+chat.Time(guestIdle.Milliseconds()), g.created+chat.Time(guestLife.Milliseconds()))
}
