package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maru/torture/api"
	"maru/torture/client"
	"maru/torture/history"
)

// foreign is another program that writes to the tables: the database's shell.
type foreign struct {
	w     *world
	rng   *dice
	count int
	last  string // its newest message that may be edited
	room  *room  // where that is
	ver   int
}

// run writes about every pace until ctx ends.
func (f *foreign) run(ctx context.Context, pace time.Duration) {
	for pause(ctx, pace/2+f.rng.upTo(pace)) {
		f.write()
	}
}

// write inserts a message, or edits the one before.
func (f *foreign) write() {
	op := history.Record{Client: f.w.shell.name, Name: history.Post, Ver: 1}
	if f.last != "" && f.rng.IntN(4) == 0 {
		f.ver++
		op.Name, op.Msg, op.Ver = history.Edit, f.last, f.ver
	} else {
		f.count++
		f.room = f.w.rooms[f.rng.IntN(len(f.w.rooms))]
		op.Msg = fmt.Sprintf("%s-m%d", f.w.shell.name, f.count)
		f.last, f.ver = op.Msg, 1
	}
	op.Room = f.room.slug
	body := client.Body(f.rng.Rand, f.w.scene.Canary(op.Room), op.Msg, op.Ver)
	op.Hash = history.HashOf(body)
	sql := fmt.Sprintf(`UPDATE messages SET body = '%s' WHERE nonce = '%s'`, body, op.Msg)
	if op.Name == history.Post {
		sql = fmt.Sprintf(`INSERT INTO messages (room_id, author_id, body, nonce) SELECT r.id, u.id, '%s', '%s'
			FROM rooms r, users u WHERE r.slug = '%s' AND u.name = '%s'`, body, op.Msg, op.Room, f.room.members[0].Name)
	}
	f.note(op, history.Invoke)
	switch _, err := f.w.shell.run(context.Background(), sql); {
	case err == nil:
		f.note(op, history.OK)
	case f.w.shell.inDoubt(err):
		f.last = ""
		f.note(op, history.Unknown)
	default:
		f.last = "" // nothing of the statement is left
		f.note(op, history.Refused)
	}
}

func (f *foreign) note(op history.Record, kind history.Kind) {
	op.Kind = kind
	f.w.log.Add(op)
}

// audit reads pages of history afresh, over a good network, until ctx ends.
func (w *world) audit(ctx context.Context, rng *dice) {
	for pause(ctx, rng.upTo(500*time.Millisecond)) {
		room := w.rooms[rng.IntN(len(w.rooms))].slug
		w.page(ctx, w.host, room, "limit=100", history.History)
		w.lists(ctx, room)
	}
}

// lists reads the lists of rooms and members: whoever is there is there once.
func (w *world) lists(ctx context.Context, room string) {
	var in struct {
		Rooms   []struct{ Slug string }
		Members []struct{ User api.User }
	}
	w.host.Call(ctx, "GET", "/rooms", nil, &in)
	w.host.Call(ctx, "GET", "/rooms/"+room+"/members", nil, &in)
	seen := map[string]bool{}
	once := func(list, name string) {
		if seen[list+name] {
			w.log.Add(history.Record{Kind: history.Audit, Room: room, Name: name + " is twice in the list of " + list})
		}
		seen[list+name] = true
	}
	for _, r := range in.Rooms {
		once("rooms", r.Slug)
	}
	for _, m := range in.Members {
		once("members", m.User.Name)
	}
}

// page reads one page of a room's history and returns the number of its last
// message; 0 where it has none.
func (w *world) page(ctx context.Context, door api.Door, room, query, via string) (last int64, err error) {
	conn := lookedAt + int(w.lookers.Add(1))
	note := func(r history.Record) {
		r.Client, r.Conn, r.Room = hostName, conn, room
		w.log.Add(r)
	}
	var page struct {
		Messages []json.RawMessage
		Head     int64
		Cursor   string
	}
	note(history.Record{Kind: history.Open, Via: via, Name: door.At})
	status, err := door.Call(ctx, "GET", "/rooms/"+room+"/messages?"+query, nil, &page)
	if err != nil {
		return 0, err
	}
	note(history.Record{Kind: history.Status, Status: status})
	for _, text := range page.Messages {
		row, err := client.Row(text)
		if err != nil {
			return 0, err
		}
		last = row.Seq
		note(row)
	}
	note(history.Record{Kind: history.Answer, ID: page.Cursor, Seq: page.Head})
	return last, nil
}
