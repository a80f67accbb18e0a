package chat

import (
	"slices"
	"strconv"
	"strings"

	"maru/internal/markup"
)

// Message is a message as it stands: said, perhaps edited, perhaps deleted, in
// which case only its place in the room is left. Its fields are the members of
// the wire in their order.
type Message struct {
	Room      string      `json:"room"`
	Seq       int64       `json:"seq"`
	At        Time        `json:"at"`
	Author    User        `json:"author"`
	Body      string      `json:"body,omitempty"`
	Tokens    markup.Tree `json:"tokens,omitempty"`
	Nonce     string      `json:"nonce,omitempty"`
	ReplyTo   int64       `json:"reply_to,omitempty"`
	EditedAt  Time        `json:"edited_at,omitzero"`
	Deleted   bool        `json:"deleted,omitempty"`
	Reactions []Reaction  `json:"reactions,omitempty"` // in the order of their first use
}

// AppendJSON adds the message as encoding/json would by its fields.
func (m *Message) AppendJSON(b []byte) []byte {
	if m == nil {
		return append(b, "null"...)
	}
	b = markup.AppendText(append(b, `{"room":`...), m.Room)
	b = strconv.AppendInt(append(b, `,"seq":`...), m.Seq, 10)
	b = m.At.AppendJSON(append(b, `,"at":`...))
	b = m.Author.AppendJSON(append(b, `,"author":`...))
	if m.Body != "" {
		b = markup.AppendText(append(b, `,"body":`...), m.Body)
	}
	if len(m.Tokens) > 0 {
		b = m.Tokens.AppendJSON(append(b, `,"tokens":`...))
	}
	if m.Nonce != "" {
		b = markup.AppendText(append(b, `,"nonce":`...), m.Nonce)
	}
	if m.ReplyTo != 0 {
		b = strconv.AppendInt(append(b, `,"reply_to":`...), m.ReplyTo, 10)
	}
	if m.EditedAt != 0 {
		b = m.EditedAt.AppendJSON(append(b, `,"edited_at":`...))
	}
	if m.Deleted {
		b = append(b, `,"deleted":true`...)
	}
	if len(m.Reactions) > 0 {
		b = AppendJSON(append(b, `,"reactions":`...), m.Reactions)
	}
	return append(b, '}')
}

// MarshalJSON writes what AppendJSON adds.
func (m *Message) MarshalJSON() ([]byte, error) { return m.AppendJSON(nil), nil }

// Reaction is an emoji that people have given a message.
type Reaction struct {
	Emoji string  `json:"emoji"`
	Users []int64 `json:"users"` // in the order in which they did
}

// By says whether a user is among those who have used the emoji.
func (r Reaction) By(user int64) bool { return slices.Contains(r.Users, user) }

// AddReaction adds a user to those who have used an emoji, or the emoji to those
// that were used.
func AddReaction(list []Reaction, emoji string, user int64) []Reaction {
	at := slices.IndexFunc(list, func(r Reaction) bool { return r.Emoji == emoji })
	if at < 0 {
		return append(list, Reaction{Emoji: emoji, Users: []int64{user}})
	}
	list[at].Users = append(list[at].Users, user)
	return list
}

// MaxReactions is how many different emoji a message has at most.
const MaxReactions = 20

// Draft is a message that is written and not yet stored.
type Draft struct {
	Body    string
	Nonce   string   // made by the client, so that a retry is safe; may be empty
	ReplyTo int64    // the number of the message that this one answers, or 0
	Page    SitePage // of a page's room, which its first message makes
}

// Check returns the draft with its body trimmed, or says what is wrong.
func (d Draft) Check() (Draft, error) {
	var err error
	if d.Body, err = CheckBody(d.Body); err != nil {
		return d, err
	}
	if d.ReplyTo < 0 || d.ReplyTo > MaxID {
		return d, Refuse(Invalid, "bad_id", "reply_to")
	}
	return d, checkNonce(d.Nonce)
}

// CheckBody returns the text of a message trimmed, else as it was typed.
func CheckBody(body string) (string, error) {
	body, err := clean("body", body, MaxBody)
	if err == nil && !visible(body) {
		err = Refuse(Invalid, "body_empty")
	}
	return body, err
}

func checkNonce(nonce string) error {
	if len(nonce) > MaxNonce || strings.Trim(nonce, alphanumeric+"_-") != "" {
		return Refuse(Invalid, "bad_nonce", MaxNonce)
	}
	return nil
}
