package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"maru/internal/chat"
	"maru/internal/database"
)

// How long a session lives: while it is used at least this often, and at most
// this long in all.
const (
	sessionIdle = 14 * 24 * time.Hour
	SessionLife = 90 * 24 * time.Hour
	// seenEvery is how often the use of a session is written down.
	seenEvery = time.Hour
)

var signInFirst = chat.Refuse(chat.Unauthenticated, "sign_in_first")

// ActorOfSession returns who the cookie with this hash belongs to.
func (s *Store) ActorOfSession(ctx context.Context, hash string) (chat.Actor, error) {
	found, err := s.bearer(ctx, &s.sessions, hash, `SELECT 0, s.created_at, s.seen_at, `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1`)
	now := s.clock()
	switch {
	case err != nil:
		return chat.Actor{}, err
	case past(found.created, SessionLife, now), past(found.seen, sessionIdle, now):
		return chat.Actor{}, signInFirst
	}
	if past(found.seen, seenEvery, now) {
		// The request does not depend on it: a full disk must not end sessions.
		err := s.write(ctx, func(t *tx) error {
			_, err := t.Exec(`UPDATE sessions SET seen_at = $1 WHERE hash = $2`, now, hash)
			return err
		})
		if err != nil {
			s.log.Warn("noting the use of a session", "error", err)
		}
	}
	until := found.created + chat.Time(SessionLife.Milliseconds())
	return chat.Actor{User: found.user, Credential: chat.SessionCredential(hash), Until: until}, nil
}

// ActorOfToken returns who the token with this hash belongs to.
func (s *Store) ActorOfToken(ctx context.Context, hash string) (chat.Actor, error) {
	found, err := s.bearer(ctx, &s.tokens, hash, `SELECT k.id, k.created_at, 0, `+userColumns+`
		FROM tokens k JOIN users u ON u.id = k.user_id WHERE k.hash = $1`)
	if err != nil {
		return chat.Actor{}, err
	}
	return chat.Actor{User: found.user, Credential: chat.TokenCredential(found.id)}, nil
}

// ActorBy returns an actor whose credential somebody else has looked at, with
// the user as the tables have it.
func (s *Store) ActorBy(ctx context.Context, actor chat.Actor) (chat.Actor, error) {
	found, err := s.bearer(ctx, &s.visitors, actor.ID, `SELECT 0, 0, 0, `+userColumns+` FROM users u WHERE u.id = $1`)
	actor.User = found.user
	return actor, err
}

// bearer is whom a credential stands for.
type bearer struct {
	id            int64 // of the credential, where it has one
	created, seen chat.Time
	user          chat.User
}

// bearer finds whom a credential stands for, and refuses where that is nobody any
// more. What was found is remembered until a commit may have changed it.
func (s *Store) bearer(ctx context.Context, held *database.Memory[string, bearer], key any, query string) (bearer, error) {
	return held.Find(s.db, fmt.Sprint(key), func() (b bearer, err error) {
		var u userRow
		err = s.look(ctx, func(t *tx) error {
			return missing(t.Row(query, key).Scan(append([]any{&b.id, &b.created, &b.seen}, u.dest()...)...), signInFirst)
		})
		b.user = u.user(0)
		if err == nil && b.user.Disabled {
			err = signInFirst
		}
		return b, err
	})
}

func past(since chat.Time, life time.Duration, now chat.Time) bool {
	return now > since+chat.Time(life.Milliseconds())
}

// OpenSession stores a new session of user under the hash of its cookie, and
// ends the one with the hash replaced, if there is one.
func (s *Store) OpenSession(ctx context.Context, user int64, hash, replaced string) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.endSessions(`hash = $1`, replaced); err != nil {
			return err
		}
		_, err := t.Exec(`INSERT INTO sessions (hash, user_id, created_at, seen_at) VALUES ($1, $2, $3, $3)`,
			hash, user, t.now)
		return err
	})
}

// CloseSession ends the session with this hash.
func (s *Store) CloseSession(ctx context.Context, hash string) error {
	return s.write(ctx, func(t *tx) error { return t.endSessions(`hash = $1`, hash) })
}

// CloseSessions ends all sessions of the actor.
func (s *Store) CloseSessions(ctx context.Context, actor chat.Actor) error {
	return s.write(ctx, func(t *tx) error { return t.endSessions(`user_id = $1`, actor.ID) })
}

// endSessions deletes the sessions that a condition names and says so.
func (t *tx) endSessions(where string, args ...any) error {
	var ended []chat.Ending
	err := t.Each(func(row scanner) error {
		var hash string
		var e chat.Ending
		if err := row.Scan(&hash, &e.User); err != nil {
			return err
		}
		e.Credential = chat.SessionCredential(hash)
		ended = append(ended, e)
		return nil
	}, `DELETE FROM sessions WHERE `+where+` RETURNING hash, user_id`, args...)
	if err != nil {
		return err
	}
	return t.End(t.now, ended...)
}

// EndingsAfter returns the credentials that ended after the number after, and
// the newest number. Where the tables are behind that number, because a database
// took over that had lost the newest, it returns all that they remember.
func (s *Store) EndingsAfter(ctx context.Context, after int64) (endings []chat.Ending, newest int64, err error) {
	err = s.look(ctx, func(t *tx) error {
		endings = nil
		return t.Each(func(row scanner) error {
			var seq, user sql.NullInt64
			var credential sql.NullString
			err := row.Scan(&newest, &seq, &user, &credential)
			if seq.Valid {
				endings = append(endings, chat.Ending{Seq: seq.Int64, User: user.Int64, Credential: chat.Credential(credential.String)})
			}
			return err
		}, `SELECT c.value, e.seq, e.user_id, e.credential FROM counters c
			LEFT JOIN endings e ON e.seq > CASE WHEN c.value < $1 THEN 0 ELSE $1 END WHERE c.name = 'endings' ORDER BY e.seq`, after)
	})
	return endings, newest, err
}

// MakeToken stores a personal token under the hash of its secret.
func (s *Store) MakeToken(ctx context.Context, actor chat.Actor, label, hash string) (chat.Token, error) {
	label, err := chat.CheckLabel(label)
	if err != nil {
		return chat.Token{}, err
	}
	token := chat.Token{Label: label}
	err = s.write(ctx, func(t *tx) error {
		return t.Row(`INSERT INTO tokens (user_id, label, hash, created_at) VALUES ($1, $2, $3, $4) RETURNING id`,
			actor.ID, label, hash, t.now).Scan(&token.ID)
	})
	return token, err
}

// Tokens returns the personal tokens of the actor, oldest first.
func (s *Store) Tokens(ctx context.Context, actor chat.Actor) ([]chat.Token, error) {
	tokens := []chat.Token{}
	err := s.look(ctx, func(t *tx) error {
		tokens = tokens[:0]
		return t.Each(func(row scanner) error {
			var k chat.Token
			if err := row.Scan(&k.ID, &k.Label); err != nil {
				return err
			}
			tokens = append(tokens, k)
			return nil
		}, `SELECT id, label FROM tokens WHERE user_id = $1 ORDER BY id`, actor.ID)
	})
	return tokens, err
}

// WithdrawToken ends a personal token of the actor.
func (s *Store) WithdrawToken(ctx context.Context, actor chat.Actor, id int64) error {
	return s.write(ctx, func(t *tx) error {
		n, err := t.Exec(`DELETE FROM tokens WHERE id = $1 AND user_id = $2`, id, actor.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return chat.NoSuchThing()
		}
		return t.End(t.now, chat.Ending{User: actor.ID, Credential: chat.TokenCredential(id)})
	})
}
