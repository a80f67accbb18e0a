package site

import (
	"context"

	"maru/internal/chat"
	"maru/internal/database"
)

// Operator is who works at the command line of the server itself.
var Operator = chat.Actor{Credential: "operator"}

// write runs fn, which changes sites, where the actor may do that. What runs
// under a site or a key that fn returns ends then, and comes back by what holds
// now.
func (s *Sites) write(ctx context.Context, actor chat.Actor, fn func(t *database.Tx, now chat.Time) (chat.Credential, error)) error {
	err := s.db.Write(ctx, "", func(t *database.Tx) error {
		// One at a time: what is looked at first holds to the end.
		if err := t.Lock(`SELECT 1 FROM counters WHERE name = $1`, "names"); err != nil {
			return err
		}
		if err := mayGovern(t, actor); err != nil {
			return err
		}
		now := chat.At(s.now())
		ended, err := fn(t, now)
		if err != nil {
			return err
		}
		return t.End(now, chat.Ending{Credential: ended})
	})
	s.changes.Add(1) // here at once; on other nodes they hear of the ending
	return err
}

func mayGovern(t *database.Tx, actor chat.Actor) error {
	if actor == Operator {
		return nil
	}
	var role chat.ServerRole
	err := t.Row(`SELECT role FROM users WHERE id = $1 AND disabled_at IS NULL`, actor.ID).Scan(&role)
	if err != nil && !database.NoRow(err) {
		return err
	}
	if err != nil || !role.Governs() {
		return chat.Refuse(chat.Forbidden, "forbidden")
	}
	return nil
}

// List returns all sites by their names.
func (s *Sites) List(ctx context.Context, actor chat.Actor) (list []chat.Site, err error) {
	err = s.db.Read(ctx, func(t *database.Tx) error {
		if err := mayGovern(t, actor); err != nil {
			return err
		}
		list, err = sitesOf(t)
		return err
	})
	return list, err
}

// Settings are what a site is made from and changed to. Rooms are named by their
// slugs.
type Settings struct {
	chat.Site
	Slugs []string
}

// Add makes a site.
func (s *Sites) Add(ctx context.Context, actor chat.Actor, to Settings) error {
	to, err := to.check()
	if err != nil {
		return err
	}
	return s.write(ctx, actor, func(t *database.Tx, now chat.Time) (chat.Credential, error) {
		taken, err := t.Exists(`SELECT 1 FROM sites WHERE name = $1`, to.Name)
		if err == nil && taken {
			err = chat.Refuse(chat.Conflict, "site_taken", to.Name)
		}
		if err != nil {
			return "", err
		}
		err = t.Row(`INSERT INTO sites (name, visitors, all_rooms, pages, roles, accent, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			to.Name, to.Visitors, flag(to.AllRooms), flag(to.Pages), flag(to.Roles), to.Accent, now).Scan(&to.ID)
		if err != nil {
			return "", err
		}
		return chat.SiteCredential(to.ID), setLists(t, actor, to)
	})
}

// Change gives the site of a name other settings. Who reads or writes there
// comes in anew.
func (s *Sites) Change(ctx context.Context, actor chat.Actor, to Settings) error {
	to, err := to.check()
	if err != nil {
		return err
	}
	return s.write(ctx, actor, func(t *database.Tx, _ chat.Time) (chat.Credential, error) {
		if to.ID, err = siteID(t, to.Name); err != nil {
			return "", err
		}
		if _, err := t.Exec(`UPDATE sites SET visitors = $1, all_rooms = $2, pages = $3, roles = $4, accent = $5 WHERE id = $6`,
			to.Visitors, flag(to.AllRooms), flag(to.Pages), flag(to.Roles), to.Accent, to.ID); err != nil {
			return "", err
		}
		return chat.SiteCredential(to.ID), setLists(t, actor, to)
	})
}

func (to Settings) check() (Settings, error) {
	site, err := to.Site.Check()
	to.Site = site
	if err == nil && len(to.Slugs) > chat.MaxSiteRooms {
		err = chat.Refuse(chat.TooLarge, "site_lists", chat.MaxSiteOrigins, chat.MaxSiteRooms)
	}
	return to, err
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

func siteID(t *database.Tx, name string) (id int64, err error) {
	err = t.Row(`SELECT id FROM sites WHERE name = $1`, name).Scan(&id)
	if database.NoRow(err) {
		err = chat.Refuse(chat.NotFound, "no_such_site", name)
	}
	return id, err
}

// setLists stores at which origins a site is and which rooms it may show. A
// closed room can be named by those alone who are in it, and by the operator.
func setLists(t *database.Tx, actor chat.Actor, to Settings) error {
	var before []int64
	err := t.Each(func(row database.Scanner) error {
		var id int64
		err := row.Scan(&id)
		before = append(before, id)
		return err
	}, `SELECT room_id FROM site_rooms WHERE site_id = $1`, to.ID)
	if err != nil {
		return err
	}
	for _, table := range []string{"site_origins", "site_rooms"} {
		if _, err := t.Exec(`DELETE FROM `+table+` WHERE site_id = $1`, to.ID); err != nil {
			return err
		}
	}
	for _, origin := range to.Origins {
		var other string
		err := t.Row(`SELECT s.name FROM site_origins o JOIN sites s ON s.id = o.site_id WHERE o.origin = $1`, origin).Scan(&other)
		switch {
		case err == nil:
			return chat.Refuse(chat.Conflict, "origin_taken", origin, other)
		case !database.NoRow(err):
			return err
		}
		if _, err := t.Exec(`INSERT INTO site_origins (origin, site_id) VALUES ($1, $2)`, origin, to.ID); err != nil {
			return err
		}
	}
	stored := map[int64]bool{}
	for _, slug := range to.Slugs {
		room, err := nameable(t, actor, slug, before)
		if err != nil {
			return err
		}
		if stored[room] {
			continue
		}
		stored[room] = true
		if _, err := t.Exec(`INSERT INTO site_rooms (site_id, room_id) VALUES ($1, $2)`, to.ID, room); err != nil {
			return err
		}
	}
	return nil
}

// nameable finds a room that an actor may put on a site's list. One that is there
// already may stay, whoever saves the list.
func nameable(t *database.Tx, actor chat.Actor, slug string, before []int64) (room int64, err error) {
	var kind chat.RoomKind
	var member bool
	err = t.Row(`SELECT r.id, r.kind, m.user_id IS NOT NULL FROM rooms r LEFT JOIN members m ON m.room_id = r.id AND m.user_id = $1
		WHERE r.slug = $2 AND r.deleted_at IS NULL`, actor.ID, slug).Scan(&room, &kind, &member)
	if err != nil && !database.NoRow(err) {
		return 0, err
	}
	stays := false
	for _, id := range before {
		stays = stays || id == room
	}
	switch {
	case err != nil, kind == chat.Direct, chat.IsPage(slug), kind != chat.Open && !member && !stays && actor != Operator:
		return 0, chat.Refuse(chat.NotFound, "no_such_room", slug)
	}
	return room, nil
}

// Remove ends a site, and all that it has let in. What they have said stays.
func (s *Sites) Remove(ctx context.Context, actor chat.Actor, name string) error {
	return s.write(ctx, actor, func(t *database.Tx, _ chat.Time) (chat.Credential, error) {
		id, err := siteID(t, name)
		if err != nil {
			return "", err
		}
		for _, table := range []string{"site_origins", "site_rooms", "site_keys", "visitors", "guests"} {
			if _, err := t.Exec(`DELETE FROM `+table+` WHERE site_id = $1`, id); err != nil {
				return "", err
			}
		}
		_, err = t.Exec(`DELETE FROM sites WHERE id = $1`, id)
		return chat.SiteCredential(id), err
	})
}

// NewKey is what a key is made from.
type NewKey struct {
	ID        string // "": one is made
	Algorithm string
	PublicKey string // PEM; "" for HS256, whose secret is made here
}

// AddKey gives a site another key, and returns its id and the secret, which is
// shown this once; "" where there is none.
func (s *Sites) AddKey(ctx context.Context, actor chat.Actor, name string, k NewKey) (id, secret string, err error) {
	if k, secret, err = k.check(); err != nil {
		return "", "", err
	}
	err = s.write(ctx, actor, func(t *database.Tx, now chat.Time) (chat.Credential, error) {
		site, err := siteID(t, name)
		if err != nil {
			return "", err
		}
		var there int
		var same bool
		err = t.Row(`SELECT count(*), coalesce(max(CASE WHEN kid = $2 THEN 1 ELSE 0 END), 0) = 1 FROM site_keys WHERE site_id = $1`, site, k.ID).
			Scan(&there, &same)
		switch {
		case err != nil:
			return "", err
		case same:
			return "", chat.Refuse(chat.Conflict, "key_taken", k.ID)
		case there >= chat.MaxSiteKeys:
			return "", chat.Refuse(chat.Conflict, "too_many_keys", chat.MaxSiteKeys)
		}
		_, err = t.Exec(`INSERT INTO site_keys (site_id, kid, algorithm, material, created_at) VALUES ($1, $2, $3, $4, $5)`,
			site, k.ID, k.Algorithm, k.PublicKey+secret, now)
		return chat.KeyCredential(site, k.ID), err
	})
	return k.ID, secret, err
}

// check returns the key with what it leaves to us: its id, its secret.
func (k NewKey) check() (checked NewKey, secret string, err error) {
	if k.ID == "" {
		k.ID = "k-" + chat.NewWord(8)
	}
	if err := chat.CheckKeyID(k.ID); err != nil {
		return k, "", err
	}
	switch k.Algorithm {
	case HS256:
		if k.PublicKey != "" {
			return k, "", chat.Refuse(chat.Invalid, "key_secret_made")
		}
		return k, chat.NewSecret(), nil
	case EdDSA, ES256:
		if _, err := newVerifier(k.Algorithm, k.PublicKey); err != nil {
			return k, "", chat.Refuse(chat.Invalid, "key_pem", k.Algorithm)
		}
		return k, "", nil
	}
	return k, "", chat.Refuse(chat.Invalid, "one_of", "algorithm", HS256+", "+EdDSA+", "+ES256)
}

// WithdrawKey ends a key of a site, and all tokens that are signed with it.
func (s *Sites) WithdrawKey(ctx context.Context, actor chat.Actor, name, kid string) error {
	return s.write(ctx, actor, func(t *database.Tx, _ chat.Time) (chat.Credential, error) {
		site, err := siteID(t, name)
		if err != nil {
			return "", err
		}
		n, err := t.Exec(`DELETE FROM site_keys WHERE site_id = $1 AND kid = $2`, site, kid)
		if err == nil && n == 0 {
			err = chat.Refuse(chat.NotFound, "no_such_key", kid)
		}
		return chat.KeyCredential(site, kid), err
	})
}

// pageRoomsShown is how many rooms of pages are listed.
const pageRoomsShown = 20

// PageRooms returns the newest rooms of a site's pages.
func (s *Sites) PageRooms(ctx context.Context, name string) (rooms []chat.Room, err error) {
	err = s.db.Look(ctx, func(t *database.Tx) error {
		rooms = rooms[:0]
		return t.Each(func(row database.Scanner) error {
			var r chat.Room
			err := row.Scan(&r.ID, &r.Slug, &r.Name, &r.Topic, &r.Kind)
			rooms = append(rooms, r)
			return err
		}, `SELECT id, slug, name, topic, kind FROM rooms WHERE deleted_at IS NULL AND slug LIKE $1 ORDER BY id DESC LIMIT $2`,
			chat.PagesOf(name)+"%", pageRoomsShown)
	})
	return rooms, err
}
