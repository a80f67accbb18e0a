package search_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/search"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// Whatever is done in whatever order, searching finds what reading all of the
// messages would.
func TestFindsWhatReadingFinds(t *testing.T) {
	each(t, func(h *house) {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		defer func() {
			if h.Failed() {
				h.Log("seed", seed)
			}
		}()
		w := newWalk(h, r)
		for range 8 {
			for range 40 {
				w.act()
			}
			h.index.SetEvents(1 + r.Int64N(50))
			h.catchUp()
			w.compare()
		}
	})
}

// walk does at random what people do.
type walk struct {
	*house
	*rand.Rand
	people []chat.Actor
	rooms  []string
}

func newWalk(h *house, r *rand.Rand) *walk {
	w := &walk{house: h, Rand: r, rooms: []string{"lobby", "hall", "closet", "direct"}}
	for _, name := range []string{"mina", "bora", "cho"} {
		w.people = append(w.people, testdb.User(h, h.Store, name))
	}
	mina, bora := w.people[0], w.people[1]
	_, err := h.OpenRoom(h.Context(), mina, chat.NewRoom{Slug: "hall", Name: "hall", Kind: chat.Open})
	h.must(err)
	_, err = h.OpenRoom(h.Context(), mina, chat.NewRoom{Slug: "closet", Name: "closet", Kind: chat.Closed, Members: []int64{bora.ID}})
	h.must(err)
	_, _, err = h.OpenDirect(h.Context(), bora, "direct", []int64{w.people[2].ID})
	h.must(err)
	return w
}

// words are few, so that they meet often.
var words = strings.Fields("안녕하세요 하세 세요 안녕 바다 바닷가 바 다바 ㅋㅋㅋ ㅋ sea Seal seals the The a ab e-mail foo_bar maru가 maru 3개 13 👍 👍🏽 日本 日 ｻｰﾊﾞ サーバー Straße strass é e\u0301")

func (w *walk) text(most int) string {
	var parts []string
	for range 1 + w.IntN(most) {
		parts = append(parts, words[w.IntN(len(words))])
	}
	return strings.Join(parts, []string{" ", " ", "", "\n", ", "}[w.IntN(5)])
}

// act does one thing; what is refused is refused.
func (w *walk) act() {
	ctx := w.Context()
	who, room, seq := w.people[w.IntN(len(w.people))], w.rooms[w.IntN(len(w.rooms))], 1+w.Int64N(60)
	switch n := w.IntN(100); {
	case n < 60:
		w.PostMessage(ctx, who, room, chat.Draft{Body: w.text(8)})
	case n < 75:
		w.EditMessage(ctx, who, room, seq, w.text(8))
	case n < 85:
		w.DeleteMessage(ctx, who, room, seq)
	case n < 90:
		w.index.Step(ctx)
	case n < 92:
		keep := chat.Retention{Messages: 5 + w.Int64N(30)}
		w.ChangeRoom(ctx, who, room, chat.RoomChanges{Retention: &keep})
		upkeep.RetainNow(ctx, w.Store.Database(), time.Now())
	case n < 94:
		w.Must(fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body) SELECT id, %d, '%s' FROM rooms WHERE slug = '%s' AND deleted_at IS NULL`, who.ID, w.text(5), room))
	case n < 95:
		w.RemoveMember(ctx, who, room, who.ID)
	case n < 96:
		w.SetMember(ctx, w.people[0], room, who.ID, "")
	case n < 97 && room != "lobby":
		w.DeleteRoom(ctx, who, room)
		w.OpenRoom(ctx, who, chat.NewRoom{Slug: room, Name: room, Kind: chat.Open})
	default:
		w.React(ctx, who, room, seq, "👍")
	}
}

// compare asks questions and compares the answers with all messages.
func (w *walk) compare() {
	w.Helper()
	order := strings.Fields(w.Must(`SELECT r.slug || ':' || m.seq FROM messages m JOIN rooms r ON r.id = m.room_id WHERE r.deleted_at IS NULL ORDER BY m.id DESC`))
	for _, who := range w.people {
		bodies := map[string]*chat.Message{}
		rooms, err := w.Rooms(w.Context(), who)
		w.must(err)
		for _, room := range rooms {
			page, err := w.Messages(w.Context(), who, room.Slug, chat.PageRequest{Limit: 100000})
			w.must(err)
			for _, m := range page.Messages {
				bodies[fmt.Sprint(m.Room, ":", m.Seq)] = m
			}
		}
		for range 25 {
			ask := chat.Question{Text: w.text(2)}
			if w.IntN(3) == 0 {
				ask.Text = `"` + ask.Text + `"`
			}
			if w.IntN(3) == 0 {
				ask.Author = fmt.Sprint(w.people[w.IntN(3)].ID)
			}
			if w.IntN(3) == 0 && len(rooms) > 0 {
				ask.Room = rooms[w.IntN(len(rooms))].Slug
			}
			var want []string
			for _, at := range order {
				m := bodies[at]
				if m == nil || m.Deleted || search.Marks(ask.Text, m.Body) == nil ||
					ask.Author != "" && ask.Author != fmt.Sprint(m.Author.ID) || ask.Room != "" && ask.Room != m.Room {
					continue
				}
				want = append(want, at)
			}
			if got := w.find(who, ask); got != strings.Join(want, " ") {
				w.Fatalf("%+v of %s finds\n%s\nand reading finds\n%s", ask, who.Name, got, strings.Join(want, " "))
			}
		}
	}
}
