package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Where the tables can't be opened, the error says in one line what is wrong.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, store.File), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, newer := testdb.New(t)
	newer.Must(`INSERT INTO schema_version (version_id, is_applied) VALUES (9000, 1)`)
	for name, test := range map[string]struct{ dir, says string }{
		"the folder is a file":         {file, "can't be"},
		"the folder is inside a file":  {filepath.Join(file, "data"), "can't be made"},
		"the database is from a newer": {newer.Dir, "maru.db is from a newer Maru: its version is 9000"},
		"the database is damaged":      {damaged, "not a database"},
	} {
		s, err := store.Open(context.Background(), store.Options{Dir: test.dir, Log: testdb.Logger(t)})
		if err == nil {
			s.Close()
			t.Errorf("%s: opened", name)
			continue
		}
		if text := err.Error(); !strings.Contains(text, test.says) || strings.Contains(text, "\n") {
			t.Errorf("%s: %q, want %q", name, text, test.says)
		}
	}
	odd := filepath.Join(t.TempDir(), "a b?c#d%41 마루&x=1")
	s, err := store.Open(context.Background(), store.Options{Dir: odd, Log: testdb.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := os.Stat(filepath.Join(odd, store.File)); err != nil {
		t.Error("a folder with signs in its name holds no database:", err)
	}
}

// However many try at once, exactly one becomes the owner.
func TestOneOwner(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		var links []string
		for range 5 {
			secret := chat.NewSecret()
			if role, err := s.Invite(ctx, chat.HashSecret(secret), time.Hour); err != nil || role != chat.ServerOwner {
				t.Fatal(role, err)
			}
			links = append(links, secret)
		}
		var owners, members sync.Map
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				up := store.SignUp{Name: fmt.Sprint("user", i), DisplayName: "x", Open: true, AtHome: i%2 == 0}
				if i%2 == 1 {
					up.Code = links[i%len(links)]
				}
				u, err := s.CreateAccount(ctx, up)
				switch {
				case err == nil && u.Role == chat.ServerOwner:
					owners.Store(i, true)
				case err == nil:
					members.Store(i, true)
				case chat.KindOf(err) != chat.Conflict && chat.KindOf(err) != chat.Forbidden:
					t.Error(err)
				}
			})
		}
		all.Wait()
		count := 0
		owners.Range(func(any, any) bool { count++; return true })
		if count != 1 || db.Must(`SELECT count(*) FROM users WHERE role = 'owner'`) != "1" {
			t.Errorf("%d owners", count)
		}
		for _, link := range links {
			if _, err := s.CreateAccount(ctx, store.SignUp{Name: "late" + link[:4], DisplayName: "x", Code: link}); err == nil {
				t.Error("a link to own the server works beside its owner")
			}
		}
	})
}

func TestSignUpRules(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		try := func(name, code string, open, invites, home bool) (chat.ServerRole, chat.Kind) {
			u, err := s.CreateAccount(ctx, store.SignUp{Name: name, DisplayName: name, Code: code, Open: open, Invites: invites, AtHome: home})
			if err != nil {
				return "", chat.KindOf(err)
			}
			return u.Role, ""
		}
		expect := func(role chat.ServerRole, kind chat.Kind) func(chat.ServerRole, chat.Kind) {
			return func(gotRole chat.ServerRole, gotKind chat.Kind) {
				t.Helper()
				if gotRole != role || gotKind != kind {
					t.Errorf("got %q %q, want %q %q", gotRole, gotKind, role, kind)
				}
			}
		}
		expect("", chat.Forbidden)(try("stranger", "", true, false, false))
		expect("", chat.Forbidden)(try("stranger", "no-such-code", true, false, true))
		expect(chat.ServerOwner, "")(try("mina", "", false, false, true))
		expect("", chat.Conflict)(try("MINA", "", true, false, true))
		expect(chat.ServerMember, "")(try("bora", "", true, false, false))
		expect("", chat.Forbidden)(try("cho", "", false, true, true))
		expect("", chat.Forbidden)(try("cho", "", false, false, true))
		code := chat.NewSecret()
		if _, err := s.Invite(ctx, chat.HashSecret(code), time.Hour); err != nil {
			t.Fatal(err)
		}
		expect("", chat.Conflict)(try("bora", code, false, true, false)) // the link is not used up by that
		expect("", chat.Forbidden)(try("cho", code, false, false, false))
		expect(chat.ServerMember, "")(try("cho", code, false, true, false))
		expect("", chat.Forbidden)(try("dan", code, false, true, false))
		old := chat.NewSecret()
		if _, err := s.Invite(ctx, chat.HashSecret(old), -time.Second); err != nil {
			t.Fatal(err)
		}
		expect("", chat.Forbidden)(try("eun", old, false, true, false))
	})
}

// A session ends by its own age, by rest, by signing out, by a new password and
// with its account; each ending is numbered.
func TestSessions(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := store.Open(context.Background(), store.Options{Dir: t.TempDir(), Log: testdb.Logger(t), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
	open := func(user chat.Actor, hash, replaced string) chat.Actor {
		t.Helper()
		if err := s.OpenSession(ctx, user.ID, hash, replaced); err != nil {
			t.Fatal(err)
		}
		actor, err := s.ActorOfSession(ctx, hash)
		if err != nil || actor.ID != user.ID {
			t.Fatal(actor, err)
		}
		return actor
	}
	alive := func(hash string, want bool) {
		t.Helper()
		if _, err := s.ActorOfSession(ctx, hash); (err == nil) != want {
			t.Errorf("session %s: %v, want alive %v", hash, err, want)
		}
	}
	open(mina, "rests", "")
	now = now.Add(13 * 24 * time.Hour)
	alive("rests", true)
	now = now.Add(15 * 24 * time.Hour)
	alive("rests", false)
	open(mina, "used", "")
	for range 9 {
		now = now.Add(10 * 24 * time.Hour)
		alive("used", true)
	}
	now = now.Add(24 * time.Hour)
	alive("used", false) // 91 days

	open(mina, "a", "")
	open(mina, "b", "a")
	alive("a", false)
	kept := open(mina, "c", "")
	open(bora, "d", "")
	if err := s.ChangePassword(ctx, kept, "x"); err != nil {
		t.Fatal(err)
	}
	alive("b", false)
	alive("c", true)
	alive("d", true)
	token, err := s.MakeToken(ctx, bora, "bot", "hash")
	if err != nil {
		t.Fatal(err)
	}
	disabled := true
	if _, err := s.Govern(ctx, mina, bora.ID, store.UserChanges{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	alive("d", false)
	if _, err := s.ActorOfToken(ctx, "hash"); chat.KindOf(err) != chat.Unauthenticated {
		t.Error("a disabled account's token:", err)
	}
	if err := s.WithdrawToken(ctx, mina, token.ID); chat.KindOf(err) != chat.NotFound {
		t.Error("another's token withdrawn:", err)
	}
	if err := s.CloseSessions(ctx, mina); err != nil {
		t.Fatal(err)
	}
	alive("c", false)
	endings, newest, err := s.EndingsAfter(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, e := range endings {
		if e.Seq != newest-int64(len(endings)-1-i) {
			t.Error("endings are not numbered in a row:", endings)
		}
		got = append(got, fmt.Sprintf("%d:%s", e.User, e.Credential))
	}
	slices.Sort(got) // sessions that end together end in no order
	want := "1:session:a 1:session:b 1:session:c 1:session:rests 1:session:used 2:"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("endings %q, want %q", text, want)
	}
}

// A database that took over from another may have lost the newest endings, and
// gives their numbers again: who was ahead of it hears of what has ended since.
func TestEndingsLost(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := t.Context()
		mina := testdb.User(t, s, "mina")
		for _, hash := range []string{"a", "b", "c"} {
			if err := s.OpenSession(ctx, mina.ID, hash, ""); err != nil {
				t.Fatal(err)
			}
		}
		end := func(hash string) {
			t.Helper()
			if err := s.CloseSession(ctx, hash); err != nil {
				t.Fatal(err)
			}
		}
		end("a")
		end("b")
		_, ahead, err := s.EndingsAfter(ctx, 0)
		if err != nil || ahead != 2 {
			t.Fatal(ahead, err)
		}
		db.Must(`DELETE FROM endings; UPDATE counters SET value = 0 WHERE name = 'endings'`)
		end("c")
		list, newest, err := s.EndingsAfter(ctx, ahead)
		if err != nil || newest != 1 || len(list) != 1 || list[0].Credential != chat.SessionCredential("c") {
			t.Error(list, newest, err)
		}
		if list, newest, err = s.EndingsAfter(ctx, newest); err != nil || newest != 1 || len(list) != 0 {
			t.Error(list, newest, err)
		}
	})
}

func TestPosts(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		m, fresh, err := s.PostMessage(ctx, bora, "lobby", chat.Draft{Body: " @mina hi ", Nonce: "a"})
		if err != nil || !fresh || m.Seq != 2 || m.Body != "@mina hi" || string(chat.JSON(m.Tokens)) != `[["mention",1,"mina"],["text"," hi"]]` {
			t.Fatal(m, fresh, err)
		}
		same := func(d chat.Draft, want chat.Kind) {
			t.Helper()
			m, fresh, err := s.PostMessage(ctx, bora, "lobby", d)
			if want != "" {
				if err == nil || chat.KindOf(err) != want {
					t.Errorf("%+v: %v, want %s", d, err, want)
				}
			} else if err != nil || fresh || m.Seq != 2 {
				t.Errorf("%+v: %+v %v %v", d, m, fresh, err)
			}
		}
		same(chat.Draft{Body: "@mina hi", Nonce: "a"}, "")
		same(chat.Draft{Body: "other", Nonce: "a"}, chat.Conflict)
		same(chat.Draft{Body: "x", Nonce: "a b"}, chat.Invalid)
		same(chat.Draft{Body: "x", ReplyTo: 99}, chat.Invalid)
		same(chat.Draft{Body: "x", ReplyTo: 1}, chat.Invalid) // a joining is no message
		if _, err := s.EditMessage(ctx, bora, "lobby", 2, "edited"); err != nil {
			t.Fatal(err)
		}
		same(chat.Draft{Body: "@mina hi", Nonce: "a"}, "")
		if err := s.DeleteMessage(ctx, mina, "lobby", 2); err != nil {
			t.Fatal(err)
		}
		same(chat.Draft{Body: "@mina hi", Nonce: "a"}, "")
		same(chat.Draft{Body: "other", Nonce: "a"}, chat.Conflict)
		// The nonce is the author's, and the room's.
		if m, fresh, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: "other", Nonce: "a"}); err != nil || !fresh {
			t.Error(m, fresh, err)
		}
		for what, err := range map[string]error{
			"an edit of a deleted message": second(s.EditMessage(ctx, bora, "lobby", 2, "x")),
			"an edit of no message":        second(s.EditMessage(ctx, bora, "lobby", 1, "x")),
			"a post to no room":            third(s.PostMessage(ctx, bora, "nowhere", chat.Draft{Body: "x"})),
		} {
			if chat.KindOf(err) != chat.NotFound {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := s.DeleteMessage(ctx, bora, "lobby", 2); err != nil {
			t.Error("deleting again:", err)
		}
		if got := db.Must(`SELECT count(*) FROM changes WHERE kind = 'delete'`); got != "1" {
			t.Error("deletions logged:", got)
		}
		db.Audit()
	})
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// A thousand posts by many at once under one nonce each, all sent twice, are a
// thousand messages, numbered without a hole.
func TestPostsTogether(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		var all sync.WaitGroup
		seqs := make([]sync.Map, 2)
		for w := range 20 {
			actor := testdb.User(t, s, fmt.Sprint("user", w))
			for pass := range 2 {
				all.Go(func() {
					for i := range 50 {
						m, _, err := s.PostMessage(ctx, actor, "lobby", chat.Draft{Body: fmt.Sprint(w, " ", i), Nonce: fmt.Sprintf("%d-%d", w, i)})
						if err != nil {
							t.Error(err)
							return
						}
						seqs[pass].Store(m.Seq, fmt.Sprint(w, i))
					}
				})
			}
		}
		all.Wait()
		count := 0
		seqs[0].Range(func(seq, of any) bool {
			count++
			if again, ok := seqs[1].Load(seq); !ok || again != of {
				t.Errorf("message %v: %v and %v", seq, of, again)
			}
			return true
		})
		if got := db.Must(`SELECT count(*) FROM messages`); count != 1000 || got != "1000" {
			t.Errorf("%d numbers, %s messages", count, got)
		}
		db.Audit()
	})
}

// A command that fails does not take with it those that share its commit.
func TestOneFailureInAGroup(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: "closed", Name: "x", Kind: chat.Closed}); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				switch i % 4 {
				case 0: // fails in the rules
					if _, _, err := s.PostMessage(ctx, bora, "closed", chat.Draft{Body: "x"}); chat.KindOf(err) != chat.NotFound {
						t.Error(err)
					}
				case 1: // fails after it has written
					if _, err := s.OpenRoom(ctx, mina, chat.NewRoom{Name: fmt.Sprint("room", i), Kind: chat.Open, Members: []int64{999}}); chat.KindOf(err) != chat.NotFound {
						t.Error(err)
					}
				case 2: // was given up before its turn
					over, cancel := context.WithCancel(ctx)
					cancel()
					if _, _, err := s.PostMessage(over, bora, "lobby", chat.Draft{Body: "given up"}); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				default:
					if _, _, err := s.PostMessage(ctx, bora, "lobby", chat.Draft{Body: "x"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if got := db.Must(`SELECT count(*) FROM messages WHERE body = 'x'; SELECT count(*) FROM rooms`); got != "50\n2" {
			t.Errorf("messages and rooms: %q", got)
		}
		db.Audit()
	})
}

func TestResume(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		resume := func(text string) string {
			t.Helper()
			pos, err := chat.ParsePosition(text)
			if err != nil {
				t.Fatal(err)
			}
			_, start, err := s.Resume(ctx, mina, "lobby", pos)
			if err != nil {
				t.Fatal(err)
			}
			word := itoa(start.After.Seq)
			if start.Notice != nil {
				word += " " + string(start.Notice.Kind)
			}
			return word
		}
		for _, text := range []string{"", "head", "0"} {
			if got := resume(text); got != "0" {
				t.Errorf("empty room, %q: %s", text, got)
			}
		}
		if got := resume("1.1"); got != "0 reset" {
			t.Errorf("empty room, a cursor: %s", got)
		}
		for i := range 70 {
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if got := resume(""); got != "21" { // joined is 1, posts are 2 to 71, the 50th newest is 22
			t.Errorf("new reader: %s", got)
		}
		cursor := func(seq int) string {
			tag, err := strconv.ParseInt(db.Must(fmt.Sprintf(`SELECT tag FROM messages WHERE seq = %d`, seq)), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%d.%08x", seq, tag)
		}
		for text, want := range map[string]string{
			"0": "0", "head": "71", "1": "1", "70": "70", "71": "71", "72": "21 reset",
			cursor(30): "30", cursor(71): "71", "30.00000000": "21 reset", "71.00000000": "21 reset", "9000.00000001": "21 reset",
		} {
			if got := resume(text); got != want {
				t.Errorf("%q: %s, want %s", text, got, want)
			}
		}
		// Many changes: at most the newest 500 events.
		for i := range 600 {
			if _, err := s.EditMessage(ctx, mina, "lobby", 71, fmt.Sprint("edit ", i)); err != nil {
				t.Fatal(err)
			}
		}
		if got := resume(""); got != "171" {
			t.Errorf("new reader behind 600 edits: %s", got)
		}
		// Retention has removed the first twenty.
		at20 := cursor(20)
		db.Must(`UPDATE rooms SET floor = 20, floor_tag = (SELECT tag FROM messages WHERE seq = 20) WHERE id = 1;
			DELETE FROM messages WHERE seq <= 20; DELETE FROM changes WHERE seq <= 20;`)
		for text, want := range map[string]string{
			"0": "20", "1": "20 gap", "19": "20 gap", "20": "20", "19.00000001": "20 gap", at20: "20", "20.00000000": "171 reset",
			cursor(21): "21",
		} {
			if got := resume(text); got != want {
				t.Errorf("with a floor, %q: %s, want %s", text, got, want)
			}
		}
		db.Audit()
	})
}

func TestHistoryPages(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		ctx := context.Background()
		mina := testdb.User(t, s, "mina")
		for i := range 20 {
			if _, _, err := s.PostMessage(ctx, mina, "lobby", chat.Draft{Body: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range []struct {
			ask         chat.PageRequest
			first, last int64
			count       int
		}{
			{chat.PageRequest{Limit: 5}, 17, 21, 5},
			{chat.PageRequest{Limit: 50}, 2, 21, 20},
			{chat.PageRequest{Before: 10, Limit: 5}, 5, 9, 5},
			{chat.PageRequest{Before: 4, Limit: 5}, 2, 3, 2},
			{chat.PageRequest{Before: 2, Limit: 5}, 0, 0, 0},
			{chat.PageRequest{After: 10, Limit: 5}, 11, 15, 5},
			{chat.PageRequest{After: 19, Limit: 5}, 20, 21, 2},
			{chat.PageRequest{Around: 10, Limit: 5}, 8, 12, 5},
			{chat.PageRequest{Around: 21, Limit: 5}, 17, 21, 5},
			{chat.PageRequest{Around: 2, Limit: 5}, 2, 6, 5},
			{chat.PageRequest{Around: 1, Limit: 5}, 2, 6, 5},
			{chat.PageRequest{Around: 99, Limit: 4}, 18, 21, 4},
			{chat.PageRequest{Around: 10, Limit: 1}, 10, 10, 1},
		} {
			page, err := s.Messages(ctx, mina, "lobby", test.ask)
			if err != nil {
				t.Fatal(err)
			}
			n := len(page.Messages)
			if n != test.count || n > 0 && (page.Messages[0].Seq != test.first || page.Messages[n-1].Seq != test.last) {
				t.Errorf("%+v: %d messages from %d", test.ask, n, page.Messages[0].Seq)
			}
			if page.Head != 21 || page.HeadCursor().Seq != 21 {
				t.Errorf("%+v: %+v", test.ask, page.RoomState)
			}
		}
	})
}
