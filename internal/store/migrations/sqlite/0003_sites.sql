-- Sites: owners of pages elsewhere that show the chat, and whom they bring.

-- +goose Up

ALTER TABLE users ADD COLUMN avatar TEXT; -- the https address of a picture that a site gave; NULL: none

CREATE TABLE sites (
  id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again, so that a new site of a name is not the old one
  name       TEXT NOT NULL UNIQUE,              -- the `iss` of its tokens
  visitors   TEXT NOT NULL CHECK (visitors IN ('member', 'read', 'guest')),
  all_rooms  INTEGER NOT NULL,                  -- 1: every open room may be shown
  pages      INTEGER NOT NULL,                  -- 1: each of its pages has a room of its own
  roles      INTEGER NOT NULL,                  -- 1: its tokens may make moderators
  accent     TEXT NOT NULL,                     -- #rrggbb, or empty
  created_at INTEGER NOT NULL
);
-- An origin is of one site, so that it says which.
CREATE TABLE site_origins (
  origin  TEXT PRIMARY KEY,
  site_id INTEGER NOT NULL REFERENCES sites
) WITHOUT ROWID;
CREATE INDEX site_origins_site ON site_origins (site_id);
CREATE TABLE site_rooms (
  site_id INTEGER NOT NULL REFERENCES sites,
  room_id INTEGER NOT NULL REFERENCES rooms,
  PRIMARY KEY (site_id, room_id)
) WITHOUT ROWID;
CREATE TABLE site_keys (
  site_id    INTEGER NOT NULL REFERENCES sites,
  kid        TEXT NOT NULL,
  algorithm  TEXT NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA', 'ES256')),
  material   TEXT NOT NULL, -- the secret, or the public key as PEM
  created_at INTEGER NOT NULL,
  PRIMARY KEY (site_id, kid)
) WITHOUT ROWID;

-- Whom a site vouches for.
CREATE TABLE visitors (
  site_id INTEGER NOT NULL REFERENCES sites,
  subject TEXT NOT NULL,
  user_id INTEGER NOT NULL UNIQUE REFERENCES users,
  said_at INTEGER NOT NULL, -- when the token was made that the name is from
  PRIMARY KEY (site_id, subject)
) WITHOUT ROWID;
-- The closed rooms that a site has let a user into, once: whoever is removed
-- does not come back by the next token.
CREATE TABLE vouched (
  room_id INTEGER NOT NULL REFERENCES rooms,
  user_id INTEGER NOT NULL REFERENCES users,
  PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
-- Who writes at a site without an account and without a token of it.
CREATE TABLE guests (
  user_id    INTEGER PRIMARY KEY REFERENCES users,
  site_id    INTEGER NOT NULL REFERENCES sites,
  hash       TEXT NOT NULL UNIQUE, -- SHA-256 of the token
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
);
CREATE INDEX guests_site ON guests (site_id);

-- A new name, role, picture or kind is told in every room that shows the user.
-- A guest who becomes a member takes a name.
DROP TRIGGER users_after_update;
DROP TRIGGER users_before_update;
-- +goose StatementBegin
CREATE TRIGGER users_after_update AFTER UPDATE OF display_name, role, avatar, kind ON users
WHEN NEW.display_name IS NOT OLD.display_name OR NEW.role IS NOT OLD.role OR NEW.avatar IS NOT OLD.avatar OR NEW.kind IS NOT OLD.kind BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647
   WHERE deleted_at IS NULL
     AND (EXISTS (SELECT 1 FROM members WHERE room_id = rooms.id AND user_id = NEW.id)
       OR EXISTS (SELECT 1 FROM messages WHERE author_id = NEW.id AND room_id = rooms.id)
       OR EXISTS (SELECT 1 FROM changes WHERE user_id = NEW.id AND room_id = rooms.id));
  INSERT INTO changes (room_id, seq, tag, kind, user_id, room_kind)
    SELECT id, head, head_tag, 'profile', NEW.id, kind FROM rooms
     WHERE deleted_at IS NULL
       AND (EXISTS (SELECT 1 FROM members WHERE room_id = rooms.id AND user_id = NEW.id)
         OR EXISTS (SELECT 1 FROM messages WHERE author_id = NEW.id AND room_id = rooms.id)
         OR EXISTS (SELECT 1 FROM changes WHERE user_id = NEW.id AND room_id = rooms.id));
  UPDATE users SET search_key = NULL WHERE id = NEW.id AND NEW.display_name IS NOT OLD.display_name;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_before_update BEFORE UPDATE ON users
WHEN NEW.id IS NOT OLD.id OR NEW.name IS NOT OLD.name AND NOT (OLD.kind = 'guest' AND NEW.kind = 'member') BEGIN
  SELECT RAISE(ABORT, 'users.id and users.name never change');
END;
-- +goose StatementEnd
