package rig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"maru/torture/api"
	"maru/torture/client"
	"maru/torture/history"
)

// lookedAt numbers the connections that are not a reader's own, far from those.
const lookedAt = 1_000_000

// wander lets members of a closed room leave, be removed and come back, until
// ctx ends. Then it brings all back but the last, who stays out.
func (w *world) wander(ctx context.Context, r *room, rng *dice) {
	out := map[*client.Reader]bool{}
	for pause(ctx, 200*time.Millisecond+rng.upTo(800*time.Millisecond)) {
		who := r.wanderers[rng.IntN(len(r.wanderers))]
		if out[who] {
			w.probe(ctx, r, who)
			w.member(r, who, history.Join)
			delete(out, who)
			continue
		}
		op := history.Remove
		if rng.IntN(2) == 0 {
			op = history.Leave
		}
		w.member(r, who, op)
		out[who] = true
		w.probe(ctx, r, who)
	}
	last := r.wanderers[len(r.wanderers)-1]
	for _, who := range r.wanderers {
		switch {
		case who == last && !out[who]:
			w.member(r, who, history.Remove)
		case who != last && out[who]:
			w.member(r, who, history.Join)
		}
	}
	w.probe(context.Background(), r, last)
}

// member changes a membership, and asks again until it is known to be changed:
// repeated, the call changes nothing.
func (w *world) member(r *room, who *client.Reader, op string) {
	rec := history.Record{Client: who.Name, User: who.User, Room: r.slug, Name: op}
	note := func(kind history.Kind, status int) {
		rec.Kind, rec.Status = kind, status
		w.log.Add(rec)
	}
	door, method, path := w.host, http.MethodDelete, fmt.Sprintf("/rooms/%s/members/%d", r.slug, who.User)
	switch op {
	case history.Join:
		method = http.MethodPut
	case history.Leave:
		door.Token, path = who.Token, "/rooms/"+r.slug+"/members/me"
	}
	note(history.Invoke, 0)
	for tried := false; ; tried = true {
		status, err := door.Call(context.Background(), method, path, nil, nil)
		refusal, told := errors.AsType[*api.Refusal](err)
		switch {
		case err == nil, tried && told && refusal.Status == http.StatusNotFound:
			// Who has left is told, when he leaves again, that there is no such room.
			note(history.OK, status)
			return
		case told && status < 500:
			note(history.Refused, status)
			return
		}
		note(history.Unknown, status)
		time.Sleep(30 * time.Millisecond)
	}
}

// probe tries every door of a room with the token of somebody who is out.
func (w *world) probe(ctx context.Context, r *room, who *client.Reader) {
	door := w.host
	door.Token = who.Token
	for _, path := range []string{
		"/rooms", "/rooms/" + r.slug, "/rooms/" + r.slug + "/members", "/rooms/" + r.slug + "/messages?limit=5",
		"/rooms/" + r.slug + "/events?after=0", fmt.Sprintf("/rooms/%s/events?wait=1&after=%d", r.slug, max(1, who.Seq())),
	} {
		w.look(ctx, door, who.Name, r.slug, path)
	}
}

// look asks for one thing and writes down the status and what leaked.
func (w *world) look(ctx context.Context, door api.Door, name, room, path string) {
	conn := lookedAt + int(w.lookers.Add(1))
	req, err := door.Request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return
	}
	via := history.History
	if path == "/rooms" {
		room = "" // the list is always there
	}
	w.log.Add(history.Record{Kind: history.Open, Client: name, Conn: conn, Via: via, Room: room})
	door.Tap = w.scene.Tap(name, conn)
	if status, _, _, err := door.Do(req); err == nil {
		w.log.Add(history.Record{Kind: history.Status, Client: name, Conn: conn, Status: status})
	}
	w.log.Add(history.Record{Kind: history.End, Client: name, Conn: conn, Name: path})
}
