package site

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"maru/internal/chat"
	"maru/internal/database"
)

// Sites are all sites of a server. Its methods may be called from many
// goroutines.
type Sites struct {
	db  *database.Database
	log *slog.Logger
	now func() time.Time

	changes atomic.Int64 // how often something may have changed
	loading sync.Mutex
	all     atomic.Pointer[snapshot]
	tokens  tokens
	told    rate.Sometimes                 // why tokens are refused
	guests  database.Memory[string, guest] // by the hash of the token
}

// snapshot is all sites as they stood at one moment. It is immutable.
type snapshot struct {
	changes  int64 // that it has seen
	byName   map[string]*Site
	byID     map[int64]*Site
	byOrigin map[string]*Site
}

// Site is a site with what its requests are judged by. It is immutable.
type Site struct {
	chat.Site
	reach *chat.Reach
	keys  map[string]verifier
}

// New makes the sites of a database.
func New(db *database.Database, now func() time.Time, log *slog.Logger) *Sites {
	return &Sites{
		db: db, log: log, now: now, tokens: tokens{held: map[digest]pass{}},
		told: rate.Sometimes{First: 10, Interval: time.Second},
	}
}

// Ended takes note that a credential ended: where it is a site's, the sites may
// have changed.
func (s *Sites) Ended(e chat.Ending) {
	if strings.HasSuffix(string(e.Credential), "/") {
		s.changes.Add(1)
	}
}

// snapshot returns all sites, read again where something has changed.
func (s *Sites) snapshot(ctx context.Context) (*snapshot, error) {
	if all := s.all.Load(); all != nil && all.changes == s.changes.Load() {
		return all, nil
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	changes := s.changes.Load() // before it is read
	if all := s.all.Load(); all != nil && all.changes == changes {
		return all, nil
	}
	list, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	all := &snapshot{changes, map[string]*Site{}, map[int64]*Site{}, map[string]*Site{}}
	for _, one := range list {
		all.byName[one.Name], all.byID[one.ID] = one, one
		for _, origin := range one.Origins {
			all.byOrigin[origin] = one
		}
	}
	s.all.Store(all)
	return all, nil
}

// At returns the site that has an origin, exactly as a browser sends it, or nil.
func (s *Sites) At(ctx context.Context, origin string) (*Site, error) {
	all, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return all.byOrigin[origin], nil
}

// Named returns the site of a name, or nil.
func (s *Sites) Named(ctx context.Context, name string) (*Site, error) {
	all, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return all.byName[name], nil
}

// Showing returns the sites that may show the room named slug, in the order of
// their names. Whether there is such a room is another matter.
func (s *Sites) Showing(ctx context.Context, slug string) ([]*Site, error) {
	all, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var list []*Site
	for _, one := range all.byName {
		if one.Shows(slug) {
			list = append(list, one)
		}
	}
	slices.SortFunc(list, func(a, b *Site) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Shows reports whether the site may show the room named slug, where it exists.
func (s *Site) Shows(slug string) bool {
	if slug == chat.AnyPage {
		return s.Pages
	}
	return s.reach.HoldsPage(slug) || s.AllRooms && !chat.IsPage(slug) ||
		slices.ContainsFunc(s.Rooms, func(r chat.Room) bool { return r.Slug == slug })
}

// Reader is who comes to the site with nothing, and reads. It is refused where
// that is not for everybody.
func (s *Site) Reader() (chat.Actor, error) {
	if !s.Visitors.Read() {
		return chat.Actor{}, signInFirst
	}
	return chat.Actor{Credential: chat.SiteCredential(s.ID) + "reader", Reach: s.reach}, nil
}

// signInFirst is the one answer to every credential that is not good. Why, is
// for the log alone.
var signInFirst = chat.Refuse(chat.Unauthenticated, "sign_in_first")

// read reads all sites.
func (s *Sites) read(ctx context.Context) ([]*Site, error) {
	var list []*Site
	err := s.db.Read(ctx, func(t *database.Tx) error {
		sites, err := sitesOf(t)
		list = make([]*Site, len(sites))
		for i, one := range sites {
			list[i] = &Site{Site: one, reach: one.Reach(), keys: map[string]verifier{}}
		}
		if err != nil {
			return err
		}
		return t.Each(func(row database.Scanner) error {
			var site int64
			var kid, algorithm, material string
			if err := row.Scan(&site, &kid, &algorithm, &material); err != nil {
				return err
			}
			v, err := newVerifier(algorithm, material)
			if err != nil { // it was checked when it came; nobody comes in by it
				s.log.Error("a key of a site can't be read", "site", site, "kid", kid, "error", err)
				return nil
			}
			if i := slices.IndexFunc(list, func(one *Site) bool { return one.ID == site }); i >= 0 {
				list[i].keys[kid] = v
			}
			return nil
		}, `SELECT site_id, kid, algorithm, material FROM site_keys`)
	})
	return list, err
}

// sitesOf reads all sites by their names, without what their keys are made of.
func sitesOf(t *database.Tx) ([]chat.Site, error) {
	var list []chat.Site
	at := map[int64]int{}
	err := t.Each(func(row database.Scanner) error {
		var one chat.Site
		err := row.Scan(&one.ID, &one.Name, &one.Visitors, &one.AllRooms, &one.Pages, &one.Roles, &one.Accent)
		at[one.ID] = len(list)
		list = append(list, one)
		return err
	}, `SELECT id, name, visitors, all_rooms = 1, pages = 1, roles = 1, accent FROM sites ORDER BY name`)
	if err != nil {
		return nil, err
	}
	var site int64
	parts := []struct {
		query string
		scan  func(database.Scanner) error
	}{
		{`SELECT site_id, origin FROM site_origins ORDER BY origin`, func(row database.Scanner) error {
			var origin string
			err := row.Scan(&site, &origin)
			list[at[site]].Origins = append(list[at[site]].Origins, origin)
			return err
		}},
		{`SELECT s.site_id, r.id, r.slug, r.name, r.topic, r.kind FROM site_rooms s JOIN rooms r ON r.id = s.room_id
			WHERE r.deleted_at IS NULL ORDER BY r.slug`, func(row database.Scanner) error {
			var r chat.Room
			err := row.Scan(&site, &r.ID, &r.Slug, &r.Name, &r.Topic, &r.Kind)
			list[at[site]].Rooms = append(list[at[site]].Rooms, r)
			return err
		}},
		{`SELECT site_id, kid, algorithm, created_at FROM site_keys ORDER BY created_at, kid`, func(row database.Scanner) error {
			var k chat.SiteKey
			err := row.Scan(&site, &k.ID, &k.Algorithm, &k.Since)
			list[at[site]].Keys = append(list[at[site]].Keys, k)
			return err
		}},
	}
	for _, part := range parts {
		if err := t.Each(part.scan, part.query); err != nil {
			return nil, err
		}
	}
	return list, nil
}
