package door

import (
	"context"
	"net/http"

	"maru/internal/chat"
)

// Post stores a draft in the room of the path, within the actor's rate. It
// reports whether the message is new.
func (d *Door) Post(r *http.Request, actor chat.Actor, draft chat.Draft) (*chat.Message, bool, error) {
	if err := d.gates.posts.Take(actor.ID, "post_rate"); err != nil {
		return nil, false, err
	}
	m, fresh, err := d.Store.PostMessage(r.Context(), actor, r.PathValue("room"), draft)
	if err == nil && fresh {
		d.posted.Add(1)
	}
	return m, fresh, err
}

// Posted is how many messages came in since the start.
func (d *Door) Posted() int64 { return d.posted.Load() }

// Reacting gives a message a reaction, or takes it back.
type Reacting func(ctx context.Context, actor chat.Actor, slug string, seq int64, emoji string) error

// React changes a reaction to a message of the path's room, within the actor's
// rate.
func (d *Door) React(r *http.Request, actor chat.Actor, seq int64, emoji string, change Reacting) error {
	if err := d.gates.posts.Take(actor.ID, "post_rate"); err != nil {
		return err
	}
	return change(r.Context(), actor, r.PathValue("room"), seq, emoji)
}

// MarkRead moves the actor's read mark in the room of the path forward to seq.
func (d *Door) MarkRead(r *http.Request, actor chat.Actor, seq int64) error {
	room, read, err := d.Store.MarkRead(r.Context(), actor, r.PathValue("room"), seq)
	if err == nil && read > 0 {
		d.Streams.Signals.MarkRead(room, actor.User, read)
	}
	return err
}

// Typing tells those who read the room of the path that the actor is typing.
func (d *Door) Typing(r *http.Request, actor chat.Actor) error {
	if err := d.gates.typing.Take(actor.ID, "post_rate"); err != nil {
		return err
	}
	reading, err := d.Store.Reading(r.Context(), actor, r.PathValue("room"), chat.Mark)
	if err != nil {
		return err
	}
	d.Streams.Signals.Typing(reading, actor.User)
	return nil
}

// Find searches the messages, within the actor's rate.
func (d *Door) Find(r *http.Request, actor chat.Actor, ask chat.Question) (chat.Hits, error) {
	if err := d.gates.seeks.Take(actor.ID, "seek_rate"); err != nil {
		return chat.Hits{}, err
	}
	return d.Index.Find(r.Context(), actor, ask)
}

// MakeToken makes a personal token. Its secret has a name in front, by which
// people and programs that look for lost secrets know it.
func (d *Door) MakeToken(r *http.Request, actor chat.Actor, label string) (chat.Token, string, error) {
	if err := d.pace(actor); err != nil {
		return chat.Token{}, "", err
	}
	secret := "maru_" + chat.NewSecret()
	token, err := d.Store.MakeToken(r.Context(), actor, label, chat.HashSecret(secret))
	return token, secret, err
}
