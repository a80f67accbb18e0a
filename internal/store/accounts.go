package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"maru/internal/chat"
)

// SignUp is what an account is made from.
type SignUp struct {
	Name        string // as chat.CheckName returned it
	DisplayName string // as chat.CheckDisplayName returned it
	Password    string // a PHC string
	Code        string // the secret of a link to sign up with, or ""
	Open        bool   // anybody may sign up without a link
	Invites     bool   // links of an invitation are accepted
	AtHome      bool   // whoever asks sits at this machine, and may own the server
	Guest       int64  // the guest who becomes a member by it, or 0
}

// CreateAccount makes a user. The first one is the owner.
func (s *Store) CreateAccount(ctx context.Context, up SignUp) (chat.User, error) {
	user := chat.User{Name: up.Name, DisplayName: up.DisplayName, Kind: chat.KindMember}
	err := s.write(ctx, func(t *tx) error {
		if err := t.lockNames(); err != nil {
			return err
		}
		role, err := t.admit(up)
		if err != nil {
			return err
		}
		user.Role = role
		key := chat.NameKey(up.Name)
		if taken, err := t.Exists(`SELECT 1 FROM users WHERE name_key = $1`, key); err != nil {
			return err
		} else if taken {
			return chat.Refuse(chat.Conflict, "name_taken", up.Name)
		}
		if user.ID = up.Guest; up.Guest != 0 {
			return t.promote(user, key, up.Password)
		}
		return t.Row(`INSERT INTO users (name, name_key, display_name, search_key, role, password)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			user.Name, key, user.DisplayName, chat.SearchKey(user.Name, user.DisplayName), user.Role, up.Password).Scan(&user.ID)
	})
	return user, err
}

// promote makes a guest a member, under whose name all that he has written
// stands from now on.
func (t *tx) promote(user chat.User, key, phc string) error {
	var site int64
	err := t.Row(`DELETE FROM guests WHERE user_id = $1 RETURNING site_id`, user.ID).Scan(&site)
	if err != nil {
		return missing(err, signInFirst)
	}
	if err := t.LockShowing(user.ID); err != nil {
		return err
	}
	// A name is a mention in what is written since somebody has it.
	if _, err := t.Exec(`UPDATE users SET kind = 'member', name = $1, name_key = $2, display_name = $3, role = $4, password = $5, created_at = $6
		WHERE id = $7`, user.Name, key, user.DisplayName, user.Role, phc, t.now, user.ID); err != nil {
		return err
	}
	if err := t.setSearchKey(user); err != nil {
		return err
	}
	return t.End(t.now, chat.Ending{User: user.ID, Credential: chat.GuestCredential(site, user.ID)})
}

// setSearchKey gives a user the key that a new name made the tables forget.
func (t *tx) setSearchKey(user chat.User) error {
	_, err := t.Exec(`UPDATE users SET search_key = $1 WHERE id = $2`, chat.SearchKey(user.Name, user.DisplayName), user.ID)
	return err
}

// lockNames lets one at a time look for a free name and take it.
func (t *tx) lockNames() error { return t.Lock(`SELECT 1 FROM counters WHERE name = $1`, "names") }

// admit decides which role a sign-up gets, and uses up its link.
func (t *tx) admit(up SignUp) (chat.ServerRole, error) {
	owned, err := t.owned()
	if err != nil {
		return "", err
	}
	if up.Code != "" {
		return t.useInvite(up, owned)
	}
	switch {
	case !owned && up.AtHome:
		return chat.ServerOwner, nil
	case !owned:
		return "", chat.Refuse(chat.Forbidden, "setup_first")
	case up.Open:
		return chat.ServerMember, nil
	case up.Invites:
		return "", chat.Refuse(chat.Forbidden, "invite_needed")
	}
	return "", chat.Refuse(chat.Forbidden, "registration_closed")
}

func (t *tx) useInvite(up SignUp, owned bool) (chat.ServerRole, error) {
	hash := chat.HashSecret(up.Code)
	var role chat.ServerRole
	err := t.Row(`DELETE FROM invites WHERE hash = $1 AND (expires_at IS NULL OR expires_at > $2) RETURNING role`,
		hash, t.now).Scan(&role)
	if err != nil {
		return "", missing(err, chat.Refuse(chat.Forbidden, "link_spent"))
	}
	switch {
	case role == chat.ServerOwner && owned:
		return "", chat.Refuse(chat.Conflict, "owner_exists")
	case role == chat.ServerMember && !owned:
		return "", chat.Refuse(chat.Forbidden, "setup_first")
	case role == chat.ServerMember && !up.Open && !up.Invites:
		return "", chat.Refuse(chat.Forbidden, "registration_closed")
	}
	return role, nil
}

func (t *tx) owned() (bool, error) {
	return t.Exists(`SELECT 1 FROM users WHERE role = 'owner'`)
}

// Owned reports whether the server has its owner.
func (s *Store) Owned(ctx context.Context) (owned bool, err error) {
	err = s.look(ctx, func(t *tx) error {
		owned, err = t.owned()
		return err
	})
	return owned, err
}

// Invite stores a one-time link to sign up with, under the hash of its secret.
// While the server has no owner, the link makes the owner and does not expire;
// after that it makes a member and lives as long as life says.
func (s *Store) Invite(ctx context.Context, hash string, life time.Duration) (chat.ServerRole, error) {
	role := chat.ServerOwner
	err := s.write(ctx, func(t *tx) error {
		owned, err := t.owned()
		if err != nil {
			return err
		}
		var expires sql.NullInt64
		if owned {
			role = chat.ServerMember
			expires = sql.NullInt64{Int64: int64(t.now) + life.Milliseconds(), Valid: true}
		}
		if _, err := t.Exec(`DELETE FROM invites WHERE expires_at < $1`, t.now); err != nil {
			return err
		}
		_, err = t.Exec(`INSERT INTO invites (hash, role, expires_at) VALUES ($1, $2, $3)`, hash, role, expires)
		return err
	})
	return role, err
}

// PasswordOf returns the user with a name, and the hash of the password. It
// answers no error where there is no such user, or the account can't sign in:
// then the hash is empty, and verifying it takes as long as any other.
func (s *Store) PasswordOf(ctx context.Context, name string) (user chat.User, phc string, err error) {
	err = s.look(ctx, func(t *tx) error {
		var u userRow
		var hash sql.NullString
		err := t.Row(`SELECT u.password, `+userColumns+` FROM users u WHERE u.name_key = $1`, chat.NameKey(name)).
			Scan(append([]any{&hash}, u.dest()...)...)
		if err != nil {
			return missing(err, nil)
		}
		if user = u.user(0); !user.Disabled {
			phc = hash.String
		}
		return nil
	})
	return user, phc, err
}

// ChangePassword stores a new hash and ends all sessions but the one that asks.
func (s *Store) ChangePassword(ctx context.Context, actor chat.Actor, phc string) error {
	return s.write(ctx, func(t *tx) error {
		if _, err := t.Exec(`UPDATE users SET password = $1 WHERE id = $2`, phc, actor.ID); err != nil {
			return err
		}
		kept := strings.TrimPrefix(string(actor.Credential), string(chat.SessionCredential("")))
		return t.endSessions(`user_id = $1 AND hash <> $2`, actor.ID, kept)
	})
}

// Rename gives the actor another display name, which every room that shows the
// actor is told.
func (s *Store) Rename(ctx context.Context, actor chat.Actor, display string) (chat.User, error) {
	display, err := chat.CheckDisplayName(display, actor.Name)
	if err != nil {
		return chat.User{}, err
	}
	user := actor.User
	err = s.write(ctx, func(t *tx) error {
		if err := t.LockShowing(actor.ID); err != nil {
			return err
		}
		if _, err := t.Exec(`UPDATE users SET display_name = $1 WHERE id = $2`, display, actor.ID); err != nil {
			return err
		}
		if user, err = t.user(actor.ID); err != nil {
			return err
		}
		return t.setSearchKey(user)
	})
	return user, err
}

// UserChanges are the changes of another user that an admin asks for; nil
// leaves a thing as it is.
type UserChanges struct {
	Role     *chat.ServerRole
	Disabled *bool
}

// Govern changes the role of another user, or disables the account, which ends
// everything that runs under it.
func (s *Store) Govern(ctx context.Context, actor chat.Actor, id int64, c UserChanges) (chat.User, error) {
	if c.Role != nil && *c.Role != chat.ServerAdmin && *c.Role != chat.ServerMember {
		return chat.User{}, chat.Refuse(chat.Invalid, "one_of", "role", "admin, member")
	}
	var user chat.User
	err := s.write(ctx, func(t *tx) error {
		asks, err := t.user(actor.ID)
		if err != nil {
			return err
		}
		if !asks.Role.Governs() {
			return chat.Refuse(chat.Forbidden, "forbidden")
		}
		if user, err = t.user(id); err != nil {
			return err
		}
		if err := chat.MayGovern(asks, user); err != nil {
			return err
		}
		if c.Role != nil && user.Visits() {
			return chat.Refuse(chat.Forbidden, "role_of_visitor")
		}
		if c.Role != nil {
			if err := t.LockShowing(id); err != nil {
				return err
			}
			if _, err := t.Exec(`UPDATE users SET role = $1 WHERE id = $2`, *c.Role, id); err != nil {
				return err
			}
		}
		if c.Disabled != nil && *c.Disabled != user.Disabled {
			if err := t.setDisabled(id, *c.Disabled); err != nil {
				return err
			}
		}
		user, err = t.user(id)
		return err
	})
	return user, err
}

func (t *tx) setDisabled(id int64, disabled bool) error {
	if !disabled {
		_, err := t.Exec(`UPDATE users SET disabled_at = NULL WHERE id = $1`, id)
		return err
	}
	if _, err := t.Exec(`UPDATE users SET disabled_at = $1 WHERE id = $2`, t.now, id); err != nil {
		return err
	}
	if _, err := t.Exec(`DELETE FROM sessions WHERE user_id = $1`, id); err != nil {
		return err
	}
	return t.End(t.now, chat.Ending{User: id})
}

// user returns a user by id.
func (t *tx) user(id int64) (chat.User, error) {
	u, err := scanUser(t.Row(`SELECT `+userColumns+` FROM users u WHERE u.id = $1`, id))
	return u, missing(err, chat.NoSuchThing())
}

// UserNamed returns a user by the whole name.
func (s *Store) UserNamed(ctx context.Context, name string) (user chat.User, err error) {
	err = s.look(ctx, func(t *tx) error {
		user, err = scanUser(t.Row(`SELECT `+userColumns+` FROM users u WHERE u.name_key = $1`, chat.NameKey(name)))
		return missing(err, chat.Refuse(chat.NotFound, "no_such_user", name))
	})
	return user, err
}

// The most users that are found, and that are looked at for the best of them.
const (
	maxFound  = 20
	maxLooked = 300
)

// Users returns people whom the actor shares a room with, or who are in an open
// one, and whose name or display name fits what was typed, the best first.
func (s *Store) Users(ctx context.Context, actor chat.Actor, typed string) ([]chat.User, error) {
	sought, err := chat.NewSought(typed)
	if err != nil {
		return nil, err
	}
	key := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(sought.Key())
	var users []chat.User
	err = s.read(ctx, func(t *tx) error {
		users = users[:0]
		where, args, err := t.sharing(actor)
		if err != nil {
			return err
		}
		return t.Each(func(row scanner) error {
			u, err := scanUser(row)
			users = append(users, u)
			return err
		}, `SELECT `+userColumns+` FROM users u
			WHERE u.disabled_at IS NULL AND u.id <> $1 AND (u.search_key IS NULL OR u.search_key LIKE $2 ESCAPE '\')
			  AND EXISTS (SELECT 1 FROM members m JOIN rooms r ON r.id = m.room_id AND r.deleted_at IS NULL
			               WHERE m.user_id = u.id AND `+where+`)
			ORDER BY CASE WHEN u.search_key LIKE $3 ESCAPE '\' THEN 0 ELSE 1 END, u.name_key LIMIT $4`,
			append([]any{actor.ID, "%" + key + "%", "%\n" + key + "%", maxLooked}, args...)...)
	})
	return sought.Best(users, maxFound), err
}
