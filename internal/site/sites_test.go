package site_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/site"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// Sites are made, changed and ended by those who govern the server, as the server
// knows them at that moment, and by its operator.
func TestSitesAreGoverned(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, _ *testdb.DB) {
		ctx := t.Context()
		owner, mina := testdb.User(t, s, "owner"), testdb.User(t, s, "mina")
		sites := site.New(s.Database(), time.Now, testdb.Logger(t))
		shop := site.Settings{Site: chat.Site{Name: "shop", Visitors: chat.VisitorsGuest, Origins: []string{"https://shop.example"}}, Slugs: []string{"lobby", "lobby"}}
		pretender := mina
		pretender.Role = chat.ServerOwner // what a request says of itself
		for _, nobody := range []chat.Actor{mina, pretender, {}} {
			_, _, keyed := sites.AddKey(ctx, nobody, "shop", site.NewKey{Algorithm: site.HS256})
			_, listed := sites.List(ctx, nobody)
			for what, err := range map[string]error{
				"add": sites.Add(ctx, nobody, shop), "change": sites.Change(ctx, nobody, shop), "remove": sites.Remove(ctx, nobody, "shop"),
				"key": keyed, "withdraw": sites.WithdrawKey(ctx, nobody, "shop", "k"), "list": listed,
			} {
				if chat.KindOf(err) != chat.Forbidden {
					t.Errorf("%s by %q: %v", what, nobody.Name, err)
				}
			}
		}
		if err := sites.Add(ctx, owner, shop); err != nil {
			t.Fatal(err)
		}
		if err := sites.Add(ctx, owner, shop); chat.KindOf(err) != chat.Conflict {
			t.Error("a name twice:", err)
		}
		blog := site.Settings{Site: chat.Site{Name: "blog", Visitors: chat.VisitorsRead, Origins: []string{"https://SHOP.example:443/"}}}
		if err := sites.Add(ctx, owner, blog); chat.KindOf(err) != chat.Conflict {
			t.Error("an origin twice:", err)
		}
		blog.Origins = []string{"https://blog.example", "https://Blog.example/"}
		if err := sites.Add(ctx, site.Operator, blog); err != nil {
			t.Fatal(err)
		}
		if err := sites.Change(ctx, owner, site.Settings{Site: chat.Site{Name: "none", Visitors: chat.VisitorsRead}}); chat.KindOf(err) != chat.NotFound {
			t.Error(err)
		}
		shop.Accent, shop.Pages, shop.Visitors = "#1B6B58", true, chat.VisitorsMember
		if err := sites.Change(ctx, owner, shop); err != nil {
			t.Fatal(err)
		}
		list, err := sites.List(ctx, owner)
		if err != nil || len(list) != 2 || list[1].Accent != "#1b6b58" || !list[1].Pages || len(list[1].Rooms) != 1 || list[1].Rooms[0].Slug != "lobby" || len(list[0].Origins) != 1 {
			t.Errorf("%+v %v", list, err)
		}
		if one, err := sites.At(ctx, "https://shop.example"); err != nil || one.Visitors != chat.VisitorsMember {
			t.Error(one, err)
		}
		if err := sites.Remove(ctx, owner, "shop"); err != nil {
			t.Fatal(err)
		}
		if one, err := sites.At(ctx, "https://shop.example"); err != nil || one != nil {
			t.Error(one, err)
		}
	})
}

// What a site can't be is refused before anything is stored.
func TestSitesAreChecked(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, _ *testdb.DB) {
		ctx := t.Context()
		owner := testdb.User(t, s, "owner")
		mina := testdb.User(t, s, "mina")
		for _, kind := range []chat.RoomKind{chat.Closed, chat.Open} {
			if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: "minas-" + string(kind), Name: "x", Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		direct, _, err := s.OpenDirect(ctx, owner, "", []int64{mina.ID})
		if err != nil {
			t.Fatal(err)
		}
		sites := site.New(s.Database(), time.Now, testdb.Logger(t))
		for what, bad := range map[string]site.Settings{
			"no name": {Site: chat.Site{Visitors: chat.VisitorsRead}}, "capitals": {Site: chat.Site{Name: "Shop", Visitors: chat.VisitorsRead}},
			"a slash": {Site: chat.Site{Name: "shop/1", Visitors: chat.VisitorsRead}}, "a long name": {Site: chat.Site{Name: strings.Repeat("a", 65), Visitors: chat.VisitorsRead}},
			"visitors": {Site: chat.Site{Name: "shop", Visitors: "everybody"}}, "accent": {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead, Accent: "red"}},
			"accent, CSS": {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead, Accent: "#fff}*{}"}}, "a path": {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead, Origins: []string{"https://x.example/a"}}},
			"no such room": {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead}, Slugs: []string{"nowhere"}}, "another's closed room": {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead}, Slugs: []string{"minas-closed"}},
			"a direct room": {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead}, Slugs: []string{direct.Slug}},
			"too many":      {Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead, Origins: slices.Repeat([]string{"https://x.example"}, 21)}},
		} {
			if err := sites.Add(ctx, owner, bad); chat.KindOf(err) == chat.Internal {
				t.Errorf("%s: %v", what, err)
			}
		}
		if list, err := sites.List(ctx, owner); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
		// What the operator has put on the list may stay there when another saves it.
		settings := site.Settings{Site: chat.Site{Name: "shop", Visitors: chat.VisitorsRead}, Slugs: []string{"minas-closed", "minas-open"}}
		if err := sites.Add(ctx, site.Operator, settings); err != nil {
			t.Fatal(err)
		}
		if err := sites.Change(ctx, owner, settings); err != nil {
			t.Error(err)
		}
	})
}

// A key has one algorithm, and there are two at a time at most.
func TestKeys(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, _ *testdb.DB) {
		k := open(t, s)
		ctx := t.Context()
		if len(k.secret) < 43 || k.secret == k.other {
			t.Error("the secret is", k.secret)
		}
		p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		strange, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.WithdrawKey(ctx, site.Operator, "shop", "ed"); err != nil {
			t.Fatal(err)
		}
		for what, key := range map[string]site.NewKey{
			"an algorithm": {Algorithm: "RS256"}, "none": {Algorithm: "none"}, "no algorithm": {}, "a secret of one's own": {Algorithm: site.HS256, PublicKey: "secret"},
			"no PEM": {Algorithm: site.EdDSA}, "another curve": {Algorithm: site.ES256, PublicKey: publicPEM(t, &p384.PublicKey)}, "another kind": {Algorithm: site.ES256, PublicKey: k.keys.edPEM},
			"RSA": {Algorithm: site.ES256, PublicKey: publicPEM(t, &strange.PublicKey)}, "two blocks": {Algorithm: site.EdDSA, PublicKey: k.keys.edPEM + k.keys.edPEM},
			"a private key": {Algorithm: site.EdDSA, PublicKey: strings.ReplaceAll(k.keys.edPEM, "PUBLIC", "PRIVATE")}, "an id with a slash": {ID: "a/b", Algorithm: site.HS256},
			"an id that is taken": {ID: "hs", Algorithm: site.HS256},
		} {
			if id, secret, err := k.AddKey(ctx, site.Operator, "shop", key); err == nil || chat.KindOf(err) == chat.Internal {
				t.Errorf("%s: %s %s %v", what, id, secret, err)
			}
		}
		id, secret, err := k.AddKey(ctx, site.Operator, "shop", site.NewKey{Algorithm: site.HS256})
		if err != nil || id == "" || secret == "" {
			t.Fatal(id, secret, err)
		}
		if _, _, err := k.AddKey(ctx, site.Operator, "shop", site.NewKey{Algorithm: site.HS256}); chat.KindOf(err) != chat.Conflict {
			t.Error("a third key:", err)
		}
		if _, _, err := k.Bearer(ctx, hs256(secret, k.head.with(object{"kid": id}).text(), k.say.text())); err != nil {
			t.Error("the second key:", err)
		}
		plain := hs256(k.secret, k.head.text(), k.say.text())
		if _, _, err := k.Bearer(ctx, plain); err != nil {
			t.Error("the first:", err)
		}
		if err := k.WithdrawKey(ctx, site.Operator, "shop", "hs"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.Bearer(ctx, plain); chat.KindOf(err) != chat.Unauthenticated {
			t.Error("the first, withdrawn:", err)
		}
		if err := k.Explain(ctx, plain+"\n"); err == nil || !strings.Contains(err.Error(), `no key "hs"`) {
			t.Error(err)
		}
		if err := k.Explain(ctx, hs256(secret, k.head.with(object{"kid": id}).text(), k.say.text())+"\n"); err != nil {
			t.Error(err)
		}
	})
}

// What is remembered of tokens ends with them, and does not grow without end.
func TestTokensAreForgotten(t *testing.T) {
	s, _ := testdb.New(t)
	k := open(t, s)
	token := hs256(k.secret, k.head.text(), k.say.text())
	actor, _, err := k.Bearer(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	k.now = actor.Until.Time().Add(-time.Millisecond)
	if _, _, err := k.Bearer(t.Context(), token); err != nil {
		t.Error("a moment before its end:", err)
	}
	k.now = actor.Until.Time()
	if _, _, err := k.Bearer(t.Context(), token); chat.KindOf(err) != chat.Unauthenticated {
		t.Error("at its end:", err)
	}
}

// A copy of a database lets the same people in, and is as whole.
func TestCopyOfSites(t *testing.T) {
	ctx := t.Context()
	first, firstDB := testdb.New(t)
	mina := testdb.User(t, first, "mina")
	if _, err := first.OpenRoom(ctx, mina, chat.NewRoom{Slug: "back", Name: "Back", Kind: chat.Closed}); err != nil {
		t.Fatal(err)
	}
	k := open(t, first)
	settings := site.Settings{Site: chat.Site{Name: "shop", Origins: []string{"https://shop.example"}, Visitors: chat.VisitorsGuest}, Slugs: []string{"back", "lobby"}}
	if err := k.Change(ctx, site.Operator, settings); err != nil {
		t.Fatal(err)
	}
	token := hs256(k.secret, k.head.text(), k.say.with(object{"rooms": []string{"back"}, "avatar": "https://x.example/a.png"}).text())
	actor, of, err := k.Bearer(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	_, guest, err := k.MakeGuest(ctx, of, "A guest")
	if err != nil {
		t.Fatal(err)
	}
	const state = `SELECT id, name, visitors, all_rooms, pages, roles, accent, created_at FROM sites ORDER BY id; SELECT origin, site_id FROM site_origins ORDER BY origin;
		SELECT site_id, room_id FROM site_rooms ORDER BY 1, 2; SELECT site_id, kid, algorithm, material, created_at FROM site_keys ORDER BY 1, 2;
		SELECT site_id, subject, user_id, said_at FROM visitors ORDER BY user_id; SELECT room_id, user_id FROM vouched;
		SELECT user_id, site_id, hash, created_at, seen_at FROM guests; SELECT id, kind, avatar FROM users ORDER BY id;`
	want := firstDB.Must(state)
	second, secondDB := testdb.NewPostgres(t)
	third, thirdDB := testdb.New(t)
	for _, step := range []struct {
		from, to *store.Store
		db       *testdb.DB
	}{{first, second, secondDB}, {second, third, thirdDB}} {
		if err := upkeep.Copy(ctx, step.from.Database(), step.to.Database(), func(string, int64, bool) {}); err != nil {
			t.Fatal(err)
		}
		if got := step.db.Must(state); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", step.db.Kind, got, want)
		}
		copied := site.New(step.to.Database(), func() time.Time { return k.now }, testdb.Logger(t))
		if a, _, err := copied.Bearer(ctx, token); err != nil || a.ID != actor.ID {
			t.Error(a, err)
		}
		if a, _, err := copied.Guest(ctx, guest); err != nil || a.ID == 0 {
			t.Error(a, err)
		}
		if a, err := upkeep.Verify(ctx, step.to.Database()); err != nil || len(a.Faults) != 0 {
			t.Error(a.Faults, err)
		}
	}
	rearm := thirdDB.Disarm()
	defer rearm()
	for _, test := range []struct{ breaks, says string }{
		{fmt.Sprint(`UPDATE users SET kind = 'member' WHERE id = `, actor.ID), "vouches for the users with the ids"},
		{`UPDATE users SET kind = 'bot' WHERE kind = 'guest'`, "have a guest's token"},
		{fmt.Sprint(`UPDATE users SET kind = 'site', role = 'admin' WHERE id = `, actor.ID), "govern the server and have no account"},
		{`PRAGMA foreign_keys = off; DELETE FROM sites WHERE name = 'shop'`, "are not there"},
	} {
		thirdDB.Must(test.breaks)
		if a, err := upkeep.Verify(ctx, third.Database()); err != nil || !strings.Contains(strings.Join(a.Faults, "\n"), test.says) {
			t.Errorf("%s: %v %v", test.breaks, a.Faults, err)
		}
	}
}
