package feed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/feed"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// screen is what a reader of a room knows: what a page showed, and then what
// events have made of it.
type screen struct {
	cursor   chat.Cursor
	messages map[int64]chat.Message
	members  map[int64]chat.RoomRole
	users    map[int64]chat.User // the newest that was seen of each
	room     chat.Room
	floor    int64
}

// fresh reads a whole room as a new page would.
func fresh(t *testing.T, s *store.Store, actor chat.Actor, slug string) *screen {
	t.Helper()
	ctx := context.Background()
	view, err := s.Room(ctx, actor, slug)
	if err != nil {
		t.Fatal(err)
	}
	v := &screen{messages: map[int64]chat.Message{}, members: map[int64]chat.RoomRole{}, users: map[int64]chat.User{}, room: view.Room}
	ask := chat.PageRequest{Limit: chat.MaxPage}
	for {
		page, err := s.Messages(ctx, actor, slug, ask)
		if err != nil {
			t.Fatal(err)
		}
		v.cursor, v.floor = page.HeadCursor(), page.Floor
		for _, m := range page.Messages {
			v.users[m.Author.ID] = m.Author
			v.messages[m.Seq] = *m
		}
		if len(page.Messages) < ask.Limit {
			break
		}
		ask.Before = page.Messages[0].Seq
	}
	members, err := s.Members(ctx, actor, slug, 0, chat.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		v.members[m.User.ID], v.users[m.User.ID] = m.Role, m.User
	}
	return v
}

// apply does what an event says, as any reader of the protocol would. Behind a
// gap, which may have held changes of members and of the room, it asks for those
// again.
func (v *screen) apply(t *testing.T, f *feed.Frame, asked *screen) {
	t.Helper()
	if f.Name() == "gap" {
		var gap struct{ From, Floor int64 }
		if err := json.Unmarshal(f.Data(), &gap); err != nil || gap.From != v.cursor.Seq || gap.Floor <= gap.From {
			t.Fatalf("at %s: %s", v.cursor, f.Data())
		}
		v.drop(gap.Floor)
		v.members, v.room = maps.Clone(asked.members), asked.room
		maps.Copy(v.users, asked.users)
		v.cursor = chat.Cursor{Seq: gap.Floor}
		return
	}
	if f.Seq != v.cursor.Seq+1 {
		t.Fatalf("after %s came %s %s", v.cursor, f.ID(), f.Name())
	}
	v.cursor = f.Cursor
	var data struct {
		Seq    int64
		Author wireUser
		User   wireUser
		Role   chat.RoomRole
		Change chat.Change
		Name   string
		Topic  string
		Kind   chat.RoomKind
	}
	if err := json.Unmarshal(f.Data(), &data); err != nil {
		t.Fatal(err)
	}
	switch f.Name() {
	case "message":
		v.users[data.Author.ID] = data.Author.user()
		v.messages[data.Seq] = decodeMessage(t, f.Data())
	case "member":
		v.users[data.User.ID] = data.User.user()
		switch data.Change {
		case chat.Joined, chat.Regraded:
			v.members[data.User.ID] = data.Role
		case chat.Left, chat.Removed:
			delete(v.members, data.User.ID)
		}
	case "room":
		v.room.Name, v.room.Topic, v.room.Kind = data.Name, data.Topic, data.Kind
	}
}

// drop forgets what retention has removed.
func (v *screen) drop(floor int64) {
	maps.DeleteFunc(v.messages, func(seq int64, _ chat.Message) bool { return seq <= floor })
}

type wireUser struct {
	ID          int64
	Name        string
	DisplayName string `json:"display_name"`
	Kind        chat.UserKind
	Role        chat.ServerRole
}

func (u wireUser) user() chat.User {
	return chat.User{ID: u.ID, Name: u.Name, DisplayName: u.DisplayName, Kind: u.Kind, Role: u.Role}
}

// decodeMessage keeps of a message what is compared: all but author and tree.
func decodeMessage(t *testing.T, data []byte) chat.Message {
	var m struct {
		Room      string
		Seq       int64
		At        time.Time
		Author    wireUser
		Body      string
		ReplyTo   int64      `json:"reply_to"`
		EditedAt  *time.Time `json:"edited_at"`
		Deleted   bool
		Reactions []chat.Reaction
	}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	out := chat.Message{Room: m.Room, Seq: m.Seq, At: chat.At(m.At), Author: m.Author.user(), Body: m.Body, ReplyTo: m.ReplyTo, Deleted: m.Deleted, Reactions: m.Reactions}
	if m.EditedAt != nil {
		out.EditedAt = chat.At(*m.EditedAt)
	}
	return out
}

// text writes a screen so that two can be compared: users as they are known last.
func (v *screen) text() string {
	out := fmt.Sprintf("%s %+v\n", v.cursor, v.room)
	for _, seq := range slices.Sorted(maps.Keys(v.messages)) {
		m := v.messages[seq]
		out += fmt.Sprintf("#%d %d %+v %q >%d edited %d deleted %v %v\n", seq, m.At, v.users[m.Author.ID], m.Body, m.ReplyTo, m.EditedAt, m.Deleted, m.Reactions)
	}
	for _, id := range slices.Sorted(maps.Keys(v.members)) {
		out += fmt.Sprintf("%+v %s\n", v.users[id], v.members[id])
	}
	return out
}

// A page at cursor c and the events after c are the page now, for every kind of
// command, whether the events come from the ring or from the tables.
func TestReplayEqualsFresh(t *testing.T) {
	seeds := 12
	if n, err := strconv.Atoi(os.Getenv("MARU_SEEDS")); err == nil {
		seeds = n
	}
	var mu sync.Mutex
	seen := map[chat.Change]int{}
	t.Run("seeds", func(t *testing.T) {
		for range seeds {
			seed := rand.Uint64()
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
					kinds := replay(t, s, db, rand.New(rand.NewPCG(seed, 0)))
					mu.Lock()
					defer mu.Unlock()
					for k, n := range kinds {
						seen[k] += n
					}
				})
			})
		}
	})
	for _, k := range []chat.Change{chat.Posted, chat.Edited, chat.Deleted, chat.Joined, chat.Left, chat.Removed, chat.Regraded, chat.Profiled, chat.Reshaped, chat.Reacted} {
		if seen[k] == 0 {
			t.Errorf("no %s was tried", k)
		}
	}
}

func replay(t *testing.T, s *store.Store, db *testdb.DB, r *rand.Rand) map[chat.Change]int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	f, err := feed.New(ctx, s, testdb.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	f.Ring = 40
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { f.Run(ctx) })
	running.Go(func() { s.Watch(ctx, f.Awake, f.Hint) })
	defer stop()
	actors := []chat.Actor{testdb.User(t, s, "owner"), testdb.User(t, s, "bora"), testdb.User(t, s, "cho")}
	keep := reader(t, s, f, actors[0], chat.Position{From: chat.FromHead}) // keeps the ring filled
	defer keep.Close()
	screens := []*screen{fresh(t, s, actors[0], "lobby")}
	for step := range 150 {
		command(t, s, db, r, actors, step)
		if r.IntN(12) == 0 {
			screens = append(screens, fresh(t, s, actors[0], "lobby"))
		}
	}
	now := fresh(t, s, actors[0], "lobby")
	events, _, err := s.Events(ctx, chat.Room{ID: 1, Slug: "lobby"}, 0, 10000)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond) // until the feed has seen where the floor is
	kinds := map[chat.Change]int{}
	for _, e := range events {
		kinds[e.Change]++
	}
	for keep.Cursor().Seq < now.cursor.Seq {
		<-keep.Moved()
		if _, err := keep.Next(ctx, 100); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int{38, 8} {
		sameFromMemory(t, s, f, actors[0], events[max(0, len(events)-n):])
	}
	for _, v := range screens {
		at := v.cursor
		walk := reader(t, s, f, actors[0], chat.Position{From: chat.FromCursor, Cursor: at})
		for v.cursor.Seq < now.cursor.Seq {
			frames, err := walk.Next(ctx, 1+r.IntN(20))
			if err != nil {
				t.Fatal(err)
			}
			for _, frame := range frames {
				v.apply(t, frame, now)
			}
		}
		walk.Close()
		v.drop(now.floor) // live readers are not told of what goes
		if v.text() != now.text() {
			t.Fatalf("from %s on, the events give\n%s\nthe page is\n%s", at, v.text(), now.text())
		}
	}
	db.Audit()
	return kinds
}

// sameFromMemory checks that the ring holds the bytes that the tables give.
func sameFromMemory(t *testing.T, s *store.Store, f *feed.Feed, actor chat.Actor, events []chat.Event) {
	t.Helper()
	walk := reader(t, s, f, actor, chat.Position{From: chat.FromSeq, Cursor: chat.Cursor{Seq: events[0].Seq - 1}})
	defer walk.Close()
	frames, err := walk.Next(context.Background(), len(events))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if got, want := string(frames[i].Wire()), string(feed.Encode("lobby", e).Wire()); got != want {
			t.Fatalf("memory has\n%s\nthe tables have\n%s", got, want)
		}
	}
}

func reader(t *testing.T, s *store.Store, f *feed.Feed, actor chat.Actor, pos chat.Position) *feed.Reader {
	t.Helper()
	reading, start, err := s.Resume(context.Background(), actor, "lobby", pos)
	if err != nil || start.Notice != nil && start.Notice.Kind != chat.Gap {
		t.Fatal(start, err)
	}
	return f.Open(reading, start)
}

// command does one thing that changes a room, by the store or past it.
func command(t *testing.T, s *store.Store, db *testdb.DB, r *rand.Rand, actors []chat.Actor, step int) {
	t.Helper()
	ctx := context.Background()
	who := actors[r.IntN(len(actors))]
	other := actors[r.IntN(len(actors))]
	head, err := s.Head(ctx, actors[0], "lobby")
	if err != nil {
		t.Fatal(err)
	}
	seq := head.Seq - int64(r.IntN(10))
	// What makes the rings forget is rare, so that there is something to forget.
	kind := r.IntN(18)
	emoji := []string{"👍", "❤️", "😀"}[r.IntN(3)]
	if kind == 6 || kind == 7 {
		if r.IntN(10) > 0 {
			kind = 0
		}
	}
	switch kind {
	case 0:
		_, err = s.EditMessage(ctx, who, "lobby", seq, fmt.Sprint("edited @bora ", step))
	case 1:
		err = s.DeleteMessage(ctx, who, "lobby", seq)
	case 2:
		_, err = s.SetMember(ctx, who, "lobby", who.ID, "")
	case 3:
		err = s.RemoveMember(ctx, who, "lobby", who.ID)
	case 4:
		err = s.RemoveMember(ctx, actors[0], "lobby", other.ID)
	case 5:
		_, err = s.SetMember(ctx, actors[0], "lobby", other.ID, []chat.RoomRole{chat.RoomMember, chat.RoomModerator, chat.RoomOwner}[r.IntN(3)])
	case 6:
		_, err = s.Rename(ctx, who, fmt.Sprint("이름 ", step))
	case 7:
		topic := fmt.Sprint("topic ", step)
		_, err = s.ChangeRoom(ctx, actors[0], "lobby", chat.RoomChanges{Topic: &topic})
	case 8:
		db.Must(fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body) VALUES (1, %d, '**shell** %d'), (1, %d, 'and')`, who.ID, step, other.ID))
	case 9:
		db.Must(fmt.Sprintf(`UPDATE messages SET body = 'by shell %d' WHERE seq = %d AND deleted_at IS NULL; DELETE FROM messages WHERE seq = %d`, step, seq, seq-1))
	case 10:
		if _, err = s.ChangeRoom(ctx, actors[0], "lobby", chat.RoomChanges{Retention: &chat.Retention{Messages: int64(10 + r.IntN(60))}}); err == nil {
			err = upkeep.RetainNow(ctx, s.Database(), time.Now())
		}
	case 11:
		err = s.React(ctx, who, "lobby", seq, emoji)
	case 12:
		if r.IntN(2) == 0 {
			err = s.Unreact(ctx, who, "lobby", seq, emoji)
		} else {
			db.Must(fmt.Sprintf(`DELETE FROM reactions WHERE seq = %d AND user_id = %d`, seq, other.ID))
		}
	case 13:
		db.Must(fmt.Sprintf(`INSERT INTO reactions (room_id, seq, user_id, emoji) SELECT m.room_id, m.seq, u.id, '%s' FROM messages m, users u
			WHERE m.seq IN (%d, %d) AND m.deleted_at IS NULL AND m.seq > (SELECT floor FROM rooms WHERE id = 1)
			  AND NOT EXISTS (SELECT 1 FROM reactions x WHERE x.seq = m.seq AND x.user_id = u.id AND x.emoji = '%[1]s')`, emoji, seq, seq-1))
	default:
		_, _, err = s.PostMessage(ctx, who, "lobby", chat.Draft{Body: fmt.Sprint("post *", step, "* @cho")})
	}
	if kind := chat.KindOf(err); err != nil && kind != chat.NotFound && kind != chat.Forbidden {
		t.Fatal(err)
	}
}
