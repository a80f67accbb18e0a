package rig

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"maru/torture/api"
	"maru/torture/client"
	"maru/torture/history"
	"maru/torture/server"
)

// settle waits until every reader has everything that is in the log of its
// room. Who does not come to the end is found by the checker.
func (w *world) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.form.Rest)
	defer cancel()
	heads := map[string]int64{}
	for _, r := range w.rooms {
		if err := w.retained(ctx, r); err != nil {
			return err
		}
		var out struct{ Room struct{ Head int64 } }
		if _, err := w.host.Call(ctx, "GET", "/rooms/"+r.slug, nil, &out); err != nil {
			return fmt.Errorf("reading the head of %s: %w", r.slug, err)
		}
		heads[r.slug] = out.Room.Head
	}
	out := w.outsiders()
	for _, reader := range w.readers {
		for !out[reader.Name] && reader.Seq() < heads[reader.Room] {
			if !pause(ctx, 20*time.Millisecond) {
				return nil
			}
		}
	}
	return nil
}

// retained waits until a room keeps no more than it should.
func (w *world) retained(ctx context.Context, r *room) error {
	for r.keep > 0 {
		var page struct{ Messages []api.Message }
		if _, err := w.host.Call(ctx, "GET", "/rooms/"+r.slug+"/messages?limit=200", nil, &page); err != nil {
			return fmt.Errorf("reading the newest of %s: %w", r.slug, err)
		}
		if len(page.Messages) <= r.keep || !pause(ctx, 20*time.Millisecond) {
			break
		}
	}
	return nil
}

// final reads everything afresh: the logs in each way and the histories at each
// node, and the tables. The nodes start again first: what they say then is not
// out of their memory.
func (w *world) final(ctx context.Context) error {
	err := w.each(func(node *server.Server) error {
		if err := node.Stop(); err != nil {
			return err
		}
		if err := node.Start(ctx); err != nil {
			return err
		}
		for _, r := range w.rooms {
			if err := w.finalRoom(ctx, node, r.slug); err != nil {
				return fmt.Errorf("reading %s at the end: %w", r.slug, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.tables(ctx)
}

// each does something for all nodes at once.
func (w *world) each(do func(*server.Server) error) error {
	var all sync.WaitGroup
	errs := make([]error, len(w.nodes))
	for i, node := range w.nodes {
		all.Go(func() { errs[i] = do(node) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// finalRoom reads a room's log and its history at a node.
func (w *world) finalRoom(ctx context.Context, node *server.Server, room string) error {
	door := w.host
	door.Base, door.At = node.URL, node.Name
	if err := w.finalLog(ctx, door, room); err != nil {
		return err
	}
	if err := w.finalStream(ctx, door, room); err != nil {
		return err
	}
	if node.Door() != "" {
		door.Base = func() string { return "https://" + node.Door() }
		for _, http2 := range []bool{false, true} {
			door.Client = api.NewSecureClient(callTime, http2)
			if err := w.finalStream(ctx, door, room); err != nil {
				return err
			}
			door.Client.CloseIdleConnections()
		}
		door.Base, door.Client = node.URL, w.host.Client
	}
	// The first number of a log is the coming of its maker, who said nothing there.
	for after := int64(1); after > 0; {
		var err error
		if after, err = w.page(ctx, door, room, fmt.Sprintf("limit=200&after=%d", after), history.Final); err != nil {
			return err
		}
	}
	return nil
}

// finalLog reads a room's whole log by polls.
func (w *world) finalLog(ctx context.Context, door api.Door, room string) error {
	conn := lookedAt + int(w.lookers.Add(1))
	note := func(r history.Record) {
		r.Client, r.Conn, r.Room = hostName, conn, room
		w.log.Add(r)
	}
	note(history.Record{Kind: history.Open, Via: history.Final, ID: "0", Name: door.At})
	note(history.Record{Kind: history.Status, Status: 200})
	for cursor := "0"; ; {
		var in client.Polled
		if _, err := door.Call(ctx, "GET", "/rooms/"+room+"/events?after="+cursor, nil, &in); err != nil {
			return err
		}
		for _, e := range in.Events {
			rec, _, err := e.Record()
			if err != nil {
				return err
			}
			rec.Taken = true
			note(rec)
		}
		if cursor = in.Cursor; len(in.Events) == 0 {
			note(history.Record{Kind: history.Answer, ID: in.Cursor, Seq: in.Head})
			return nil
		}
	}
}

// finalStream reads a room's whole log by a stream.
func (w *world) finalStream(ctx context.Context, door api.Door, room string) error {
	conn := lookedAt + int(w.lookers.Add(1))
	note := func(r history.Record) {
		r.Client, r.Conn, r.Room, r.Taken = hostName, conn, room, r.Kind == history.Event
		w.log.Add(r)
	}
	note(history.Record{Kind: history.Open, Via: history.Stream, ID: "0", Name: door.At})
	return client.Whole(ctx, door, room, note)
}

// tables reads what the database itself holds, and lets it say where numbers
// are not whole. The question is that of the project's docs/sql.md.
func (w *world) tables(ctx context.Context) error {
	var torn []struct{ Slug string }
	if err := w.shell.ask(ctx, &torn, `SELECT slug FROM rooms r WHERE head - floor <>
		(SELECT count(*) FROM messages WHERE room_id = r.id AND seq > r.floor) +
		(SELECT count(*) FROM changes  WHERE room_id = r.id AND seq > r.floor)`); err != nil {
		return err
	}
	for _, t := range torn {
		w.log.Add(history.Record{Kind: history.Audit, Room: t.Slug, Name: "the numbers are not whole"})
	}
	for _, r := range w.rooms {
		var rows []struct {
			Seq, Author, Reply, At, Edited, Deleted int64
			Name, Body, Nonce                       string
		}
		if err := w.shell.ask(ctx, &rows, `SELECT m.seq, coalesce(m.body, '') AS body, coalesce(m.nonce, '') AS nonce,
			m.author_id AS author, u.name, coalesce(m.reply_to, 0) AS reply, m.at, coalesce(m.edited_at, 0) AS edited,
			CASE WHEN m.deleted_at IS NULL THEN 0 ELSE 1 END AS deleted
			FROM messages m JOIN rooms r ON r.id = m.room_id JOIN users u ON u.id = m.author_id
			WHERE m.seq > r.floor AND r.slug = '`+r.slug+`' ORDER BY m.seq`); err != nil {
			return err
		}
		conn := lookedAt + int(w.lookers.Add(1))
		w.log.Add(history.Record{Kind: history.Open, Client: w.shell.name, Conn: conn, Via: history.Tables, Room: r.slug})
		for _, row := range rows {
			m := api.Message{
				Seq: row.Seq, Author: api.User{ID: row.Author, Name: row.Name}, Body: row.Body, Nonce: row.Nonce,
				ReplyTo: row.Reply, At: time.UnixMilli(row.At), EditedAt: time.UnixMilli(row.Edited), Deleted: row.Deleted == 1,
			}
			rec := client.RowOf(m)
			rec.Client, rec.Conn, rec.Room = w.shell.name, conn, r.slug
			w.log.Add(rec)
		}
	}
	return nil
}
