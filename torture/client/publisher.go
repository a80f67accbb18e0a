package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"maru/torture/api"
	"maru/torture/history"
)

// Publisher posts, edits and deletes in one room, one thing after the other. It
// tries again under the same nonce until it knows what became of it.
type Publisher struct {
	Profile
	Others []string // rooms that it may not post in

	scene *Scene
	door  api.Door
	acked *atomic.Int64
	rng   *rand.Rand
	count int
	own   []said // the newest of its messages that it may still change
}

// said is a message that was acknowledged.
type said struct {
	msg     string
	seq     int64
	version int
}

// NewPublisher makes a publisher that goes to the server through its proxy. It
// counts the posts that were acknowledged.
func NewPublisher(p Profile, others []string, scene *Scene, acked *atomic.Int64) *Publisher {
	return &Publisher{
		Profile: p, Others: others, scene: scene, acked: acked, rng: rand.New(rand.NewPCG(p.Seed, 3)),
		door: p.door(attemptTime),
	}
}

const (
	attemptTime = 1500 * time.Millisecond
	attempts    = 8
	ownKept     = 20
)

// Run posts about every pace until ctx ends; what it has begun it finishes.
func (p *Publisher) Run(ctx context.Context, pace time.Duration) {
	for {
		wait := time.Duration(p.rng.Int64N(int64(2*pace) + 1))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		switch n := p.rng.IntN(100); {
		case n < 10 && len(p.own) > 0:
			p.edit()
		case n < 14 && len(p.own) > 0:
			p.delete()
		case n < 18 && len(p.own) > 0:
			p.misbehave()
		default:
			p.post()
		}
	}
}

// Canary is the mark of a room.
func (s *Scene) Canary(room string) string {
	for text, of := range s.Canaries {
		if of == room {
			return text
		}
	}
	return ""
}

func (p *Publisher) newMsg(letter string) string {
	p.count++
	return fmt.Sprintf("%s-%s%d", p.Name, letter, p.count)
}

func (p *Publisher) post() {
	msg := p.newMsg("m")
	body := Body(p.rng, p.scene.Canary(p.Room), msg, 1)
	op := history.Record{Name: history.Post, Room: p.Room, Msg: msg, Ver: 1, Hash: history.HashOf(body)}
	var out struct{ Message api.Message }
	in := map[string]any{"body": body, "nonce": msg}
	if known, _ := p.try(&op, http.MethodPost, "/rooms/"+p.Room+"/messages", in, &out, attempts); known {
		p.acked.Add(1)
		p.own = append(p.own, said{msg, out.Message.Seq, 1})
		p.own = p.own[max(0, len(p.own)-ownKept):]
	}
}

// take takes a message of its own out of those that may be changed.
func (p *Publisher) take() said {
	i := p.rng.IntN(len(p.own))
	s := p.own[i]
	p.own = append(p.own[:i], p.own[i+1:]...)
	return s
}

// edit changes a message. Where an attempt's outcome was unknown, that attempt
// may be served later than its repetition: the message is left alone then, so
// that what it ends as is known.
func (p *Publisher) edit() {
	s := p.take()
	s.version++
	body := Body(p.rng, p.scene.Canary(p.Room), s.msg, s.version)
	op := history.Record{Name: history.Edit, Room: p.Room, Msg: s.msg, Ver: s.version, Hash: history.HashOf(body)}
	known, clean := p.try(&op, http.MethodPatch, p.path(s), map[string]any{"body": body}, nil, attempts)
	if known && clean {
		p.own = append(p.own, s)
	}
}

func (p *Publisher) delete() {
	s := p.take()
	op := history.Record{Name: history.Delete, Room: p.Room, Msg: s.msg, Ver: history.Deleted}
	p.try(&op, http.MethodDelete, p.path(s), nil, nil, attempts)
}

func (p *Publisher) path(s said) string { return fmt.Sprintf("/rooms/%s/messages/%d", p.Room, s.seq) }

// misbehave asks for what must be refused: no trace of it may be anywhere.
func (p *Publisher) misbehave() {
	msg := p.newMsg("x")
	room, nonce := p.Room, msg
	body := Body(p.rng, p.scene.Canary(p.Room), msg, 1)
	switch n := p.rng.IntN(3); {
	case n == 0:
		body += strings.Repeat("가", 4001)
	case n == 1 && len(p.Others) > 0:
		room = p.Others[p.rng.IntN(len(p.Others))]
	default:
		nonce = p.own[p.rng.IntN(len(p.own))].msg // used already, for another text
	}
	op := history.Record{
		Name: history.Post, Room: room, Msg: msg, Ver: 1, Hash: history.HashOf(body), Forged: true,
	}
	p.try(&op, http.MethodPost, "/rooms/"+room+"/messages", map[string]any{"body": body, "nonce": nonce}, nil, 1)
}

// try asks until the server says what became of it, and writes down each step.
// It reports whether that was done, and whether no attempt was left in doubt.
func (p *Publisher) try(op *history.Record, method, path string, in, out any, most int) (done, clean bool) {
	note := func(kind history.Kind, status int) {
		r := *op
		r.Kind, r.Client, r.Status = kind, p.Name, status
		p.scene.Log.Add(r)
	}
	note(history.Invoke, 0)
	door := p.door
	door.Tap = p.scene.Tap(p.Name, 0)
	for attempt := range most {
		if attempt > 0 {
			time.Sleep(time.Duration(20+p.rng.IntN(200)) * time.Millisecond)
			door.Client.CloseIdleConnections() // the next one may lead to another node
		}
		status, err := door.Call(context.Background(), method, path, in, out)
		if err == nil {
			if made, ok := out.(*struct{ Message api.Message }); ok {
				op.Seq = made.Message.Seq
			}
			note(history.OK, status)
			return true, attempt == 0
		}
		if _, told := errors.AsType[*api.Refusal](err); told && status < 500 {
			note(history.Refused, status)
			return false, attempt == 0
		}
		note(history.Unknown, status)
	}
	return false, false
}
