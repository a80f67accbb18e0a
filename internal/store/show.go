package store

import (
	"database/sql"
	"unicode/utf8"

	"maru/internal/chat"
	"maru/internal/database"
	"maru/internal/markup"
)

// The columns of a user and of a message, each list with one scan.
const (
	userColumns    = `u.id, u.name, u.display_name, u.kind, u.role, u.avatar, u.disabled_at`
	messageColumns = `m.seq, m.at, m.author_id, m.body, m.nonce, m.reply_to, m.edited_at, m.deleted_at, m.reacted`
)

// userRow takes a user that may be missing, as in an outer join.
type userRow struct {
	id                              sql.NullInt64
	name, display, of, role, avatar sql.NullString
	disabled                        sql.NullInt64
}

func (r *userRow) dest() []any {
	return []any{&r.id, &r.name, &r.display, &r.of, &r.role, &r.avatar, &r.disabled}
}

// user returns the user of the row. One that is missing, which no guard of the
// tables allows, is shown by number rather than hiding what stands beside it.
func (r *userRow) user(id int64) chat.User {
	if !r.id.Valid {
		return chat.User{ID: id, Name: "?", DisplayName: "?", Kind: chat.KindMember, Role: chat.ServerMember}
	}
	return chat.User{
		ID: r.id.Int64, Name: r.name.String, DisplayName: r.display.String,
		Kind: chat.UserKind(r.of.String), Role: chat.ServerRole(r.role.String), Avatar: r.avatar.String, Disabled: r.disabled.Valid,
	}
}

func scanUser(row scanner) (chat.User, error) {
	var r userRow
	err := row.Scan(r.dest()...)
	return r.user(0), err
}

// messageRow takes a message and its author; all of it may be missing, as
// behind a change whose message retention has taken.
type messageRow struct {
	seq, at, author, reply, edited, deleted, reacted sql.NullInt64
	body, nonce                                      sql.NullString
	by                                               userRow
}

func (r *messageRow) dest() []any {
	return append([]any{&r.seq, &r.at, &r.author, &r.body, &r.nonce, &r.reply, &r.edited, &r.deleted, &r.reacted}, r.by.dest()...)
}

// message returns the message of the row, or nil where there is none. A text
// that can't be shown becomes a tombstone: one bad row never stops a reader.
func (r *messageRow) message(room string) *chat.Message {
	if !r.seq.Valid {
		return nil
	}
	m := &chat.Message{
		Room: room, Seq: r.seq.Int64, At: chat.Time(r.at.Int64), Author: r.by.user(r.author.Int64),
		Nonce: r.nonce.String, ReplyTo: r.reply.Int64, EditedAt: chat.Time(r.edited.Int64),
	}
	if r.deleted.Valid || !r.body.Valid || !utf8.ValidString(r.body.String) || !r.by.id.Valid {
		m.Deleted = true
		return m
	}
	m.Body = r.body.String
	if r.reacted.Int64 != 0 {
		m.Reactions = []chat.Reaction{} // which ones, addReactions says
	}
	return m
}

// complete gives the messages of a room what their own rows don't hold.
func (t *tx) complete(room chat.Room, messages []*chat.Message) error {
	if err := t.addTokens(messages); err != nil {
		return err
	}
	return t.addReactions(room.ID, messages)
}

// addTokens gives the messages their token trees. A name is a mention where
// its user was there before the text was written: so a tree is the same
// whenever it is made.
func (t *tx) addTokens(messages []*chat.Message) error {
	asked := map[string]mentioned{}
	for _, m := range messages {
		for _, name := range markup.Names(m.Body) {
			asked[chat.NameKey(name)] = mentioned{}
		}
	}
	if err := t.findMentioned(asked); err != nil {
		return err
	}
	for _, m := range messages {
		written := max(m.At, m.EditedAt)
		m.Tokens = markup.Parse(m.Body, func(name string) (int64, string, bool) {
			who, ok := asked[chat.NameKey(name)]
			return who.id, who.name, ok && who.id != 0 && who.since <= written
		})
	}
	return nil
}

// mentioned is a user who may be meant by a name in a text.
type mentioned struct {
	id    int64
	name  string
	since chat.Time
}

// findMentioned fills in the users that the keys name. Guests are not among them:
// one who becomes a member takes another name.
func (t *tx) findMentioned(byKey map[string]mentioned) error {
	const most = 100
	var keys []any
	look := func() error {
		if len(keys) == 0 {
			return nil
		}
		defer func() { keys = keys[:0] }()
		return t.Each(func(row scanner) error {
			var key string
			var who mentioned
			if err := row.Scan(&key, &who.id, &who.name, &who.since); err != nil {
				return err
			}
			byKey[key] = who
			return nil
		}, `SELECT name_key, id, name, created_at FROM users WHERE kind <> 'guest' AND name_key IN (`+database.Places(1, len(keys))+`)`, keys...)
	}
	for key := range byKey {
		keys = append(keys, key)
		if len(keys) == most {
			if err := look(); err != nil {
				return err
			}
		}
	}
	return look()
}
