-- The tables of Maru on SQLite, and the triggers that make them the truth:
-- whatever commits to rooms, members, messages and reactions, from whatever
-- program, is numbered here, in the writer's own transaction.
--
-- A stranger's SQLite runs these triggers, so they use nothing that is newer
-- than SQLite 3.35: no unixepoch, no STRICT, no iif, no FTS5, no function of
-- an application. Foreign keys are off in most shells, so the triggers check
-- rooms and users themselves. A message of RAISE must be a literal.
--
-- Times are milliseconds since 1970. `seq` counts in a room over messages and
-- changes together: each number in (floor, head] stands in exactly one of them.

-- +goose Up

CREATE TABLE users (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT NOT NULL,
  name_key     TEXT NOT NULL UNIQUE, -- NFKC and case folded
  display_name TEXT NOT NULL,
  search_key   TEXT, -- both names as people look for them; NULL: not known
  kind         TEXT NOT NULL DEFAULT 'member' CHECK (kind IN ('member', 'guest', 'bot', 'site')),
  role         TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
  password     TEXT, -- a PHC string; NULL where there is none
  created_at   INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  disabled_at  INTEGER
);
-- However many try at once, one owner can be made.
CREATE UNIQUE INDEX users_owner ON users (role) WHERE role = 'owner';

CREATE TABLE sessions (
  hash       TEXT PRIMARY KEY, -- SHA-256 of the cookie's value
  user_id    INTEGER NOT NULL REFERENCES users,
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL REFERENCES users,
  label      TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE, -- SHA-256 of the token
  created_at INTEGER NOT NULL
);
CREATE INDEX tokens_user ON tokens (user_id);

-- One-time links to sign up with. The role is the one that the account gets.
CREATE TABLE invites (
  hash       TEXT PRIMARY KEY,
  role       TEXT NOT NULL CHECK (role IN ('owner', 'member')),
  expires_at INTEGER -- NULL: never
) WITHOUT ROWID;

-- Credentials that ended, numbered in the order of their commits, so that each
-- node can end the streams under them.
CREATE TABLE endings (
  seq        INTEGER PRIMARY KEY,
  user_id    INTEGER NOT NULL,
  credential TEXT, -- as in chat.Actor; NULL: all of the user's
  at         INTEGER NOT NULL
);
CREATE TABLE counters (
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('endings', 0), ('names', 0);

CREATE TABLE rooms (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  slug       TEXT NOT NULL
             CONSTRAINT "rooms.slug is a-z, 0-9 and -, 1 to 64 of them, not starting with -"
             CHECK (length(slug) BETWEEN 1 AND 64 AND slug NOT GLOB '*[^a-z0-9-]*' AND slug NOT GLOB '-*'),
  name       TEXT NOT NULL
             CONSTRAINT "a direct room has no name: it is called by its members" CHECK (kind <> 'direct' OR name = '')
             CONSTRAINT "rooms.name is text of 1 to 64 characters"
             CHECK (typeof(name) = 'text' AND length(name) BETWEEN 1 AND 64 AND instr(name, char(0)) = 0 OR kind = 'direct'),
  topic      TEXT NOT NULL DEFAULT ''
             CONSTRAINT "rooms.topic is text of at most 256 characters"
             CHECK (typeof(topic) = 'text' AND length(topic) <= 256 AND instr(topic, char(0)) = 0),
  kind       TEXT NOT NULL DEFAULT 'open'
             CONSTRAINT "rooms.kind is open, closed or direct" CHECK (kind IN ('open', 'closed', 'direct')),
  party      TEXT -- of a direct room the ids of its members in order, until one of them leaves
             CONSTRAINT "rooms.party is the ids of the members of a direct room"
             CHECK (party IS NULL OR kind = 'direct' AND party GLOB '[1-9]*' AND party NOT GLOB '*[^0-9,]*'),
  head       INTEGER NOT NULL DEFAULT 0,
  head_tag   INTEGER NOT NULL DEFAULT 0,
  floor      INTEGER NOT NULL DEFAULT 0, -- retention has removed what stands up to here
  floor_tag  INTEGER NOT NULL DEFAULT 0, -- so that a cursor at the floor can be checked
  keep_messages INTEGER CHECK (keep_messages > 0), -- NULL: all
  keep_days     INTEGER CHECK (keep_days > 0),     -- NULL: for ever
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  deleted_at INTEGER,
  CHECK (floor BETWEEN 0 AND head)
);
CREATE UNIQUE INDEX rooms_slug ON rooms (slug) WHERE deleted_at IS NULL;
-- However many ask at once, there is one direct room between the same people.
CREATE UNIQUE INDEX rooms_party ON rooms (party) WHERE party IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE members (
  room_id   INTEGER NOT NULL REFERENCES rooms,
  user_id   INTEGER NOT NULL REFERENCES users,
  role      TEXT NOT NULL DEFAULT 'member'
            CONSTRAINT "members.role is owner, moderator or member" CHECK (role IN ('owner', 'moderator', 'member')),
  joined_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
            CONSTRAINT "members.joined_at is milliseconds since 1970 as an integer"
            CHECK (typeof(joined_at) = 'integer' AND joined_at BETWEEN 0 AND 253402300799999),
  read_seq  INTEGER NOT NULL DEFAULT 0,
  leaving   INTEGER NOT NULL DEFAULT 0, -- 1: the row is about to go by its user's own wish
  PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE messages (
  id         INTEGER PRIMARY KEY AUTOINCREMENT CONSTRAINT "messages.id is positive" CHECK (id > 0),
  room_id    INTEGER NOT NULL REFERENCES rooms,
  seq        INTEGER, -- NULL only inside the statement that inserts the row
  tag        INTEGER,
  author_id  INTEGER NOT NULL REFERENCES users,
  body       TEXT
             CONSTRAINT "messages.body is text of 1 to 4000 characters, not blank"
             CHECK (body IS NULL AND deleted_at IS NOT NULL
                    OR typeof(body) = 'text' AND length(body) BETWEEN 1 AND 4000 AND instr(body, char(0)) = 0
                       AND trim(body, char(9) || char(10) || char(11) || char(12) || char(13) || ' ') <> ''),
  nonce      TEXT
             CONSTRAINT "messages.nonce is 1 to 64 of A-Z, a-z, 0-9, _ and -"
             CHECK (nonce IS NULL OR typeof(nonce) = 'text' AND length(nonce) BETWEEN 1 AND 64
                    AND nonce NOT GLOB '*[^A-Za-z0-9_-]*'),
  posted     TEXT, -- a digest of the body as it was posted under the nonce
  reply_to   INTEGER CONSTRAINT "messages.reply_to is the number of a message"
             CHECK (reply_to IS NULL OR typeof(reply_to) = 'integer' AND reply_to > 0),
  at         INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
             CONSTRAINT "messages.at is milliseconds since 1970 as an integer"
             CHECK (typeof(at) = 'integer' AND at BETWEEN 0 AND 253402300799999),
  edited_at  INTEGER,
  deleted_at INTEGER CONSTRAINT "messages.deleted_at is milliseconds since 1970 as an integer"
             CHECK (deleted_at IS NULL OR typeof(deleted_at) = 'integer' AND deleted_at BETWEEN 0 AND 253402300799999),
  reacted    INTEGER NOT NULL DEFAULT 0 -- 1: it has reactions, so that nobody looks for those of others
);
CREATE UNIQUE INDEX messages_seq ON messages (room_id, seq);
-- Also answers "which rooms does this author have messages in".
CREATE UNIQUE INDEX messages_nonce ON messages (author_id, room_id, nonce);

-- What people think of a message, a row for each emoji and user.
CREATE TABLE reactions (
  room_id INTEGER NOT NULL REFERENCES rooms,
  seq     INTEGER NOT NULL, -- of the message
  user_id INTEGER NOT NULL REFERENCES users,
  emoji   TEXT NOT NULL CONSTRAINT "reactions.emoji is one emoji"
          CHECK (typeof(emoji) = 'text' AND length(emoji) BETWEEN 1 AND 16 AND instr(emoji, char(0)) = 0
                 AND emoji GLOB '*[^ -~]*' AND emoji NOT GLOB '*[A-Za-z]*'),
  added   INTEGER, -- the number of the change that it came with; NULL only inside the statement that inserts the row
  PRIMARY KEY (room_id, seq, emoji, user_id)
) WITHOUT ROWID;

-- The nonces of messages that retention has removed, for seven days more: a
-- retry that comes late must still not post twice.
CREATE TABLE nonces (
  author_id INTEGER NOT NULL,
  room_id   INTEGER NOT NULL,
  nonce     TEXT NOT NULL,
  posted    TEXT,
  seq       INTEGER NOT NULL,
  at        INTEGER NOT NULL,
  until     INTEGER NOT NULL,
  PRIMARY KEY (author_id, room_id, nonce)
) WITHOUT ROWID;
CREATE INDEX nonces_until ON nonces (until);

-- Every event that is not a new message. Thin: who reads it joins the present
-- state, so a text that was deleted or replaced does not live on here.
CREATE TABLE changes (
  room_id   INTEGER NOT NULL REFERENCES rooms,
  seq       INTEGER NOT NULL,
  tag       INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  ref       INTEGER, -- the number of the message that was edited, deleted or reacted to
  user_id   INTEGER, -- the user whom a member change is about
  role      TEXT,    -- the role that a member got
  room_kind TEXT,    -- what the room was after the change, or 'deleted'
  at        INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
  PRIMARY KEY (room_id, seq)
) WITHOUT ROWID;
CREATE INDEX changes_user ON changes (user_id, room_id) WHERE user_id IS NOT NULL;

-- ── messages ────────────────────────────────────────────────────────────────

-- Raising, never skipping, keeps OR REPLACE and ON CONFLICT from losing a row.
-- An id that jumps far ahead would use up the numbers of all who come after.
-- +goose StatementBegin
CREATE TRIGGER messages_before_insert BEFORE INSERT ON messages BEGIN
  SELECT CASE
    WHEN NEW.seq IS NOT NULL OR NEW.tag IS NOT NULL
      THEN RAISE(ABORT, 'messages.seq and messages.tag are assigned by the database: leave them out')
    WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM messages WHERE id = NEW.id)
      THEN RAISE(ABORT, 'messages.id is used already: leave it out')
    WHEN NEW.id > 1000000 + (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages')
      THEN RAISE(ABORT, 'messages.id is too far ahead: leave it out')
    WHEN NOT EXISTS (SELECT 1 FROM rooms WHERE id = NEW.room_id AND deleted_at IS NULL)
      THEN RAISE(ABORT, 'messages.room_id: there is no such room')
    WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.author_id)
      THEN RAISE(ABORT, 'messages.author_id: there is no such user')
    WHEN NEW.nonce IS NOT NULL
         AND (EXISTS (SELECT 1 FROM messages WHERE author_id = NEW.author_id AND room_id = NEW.room_id AND nonce = NEW.nonce)
           OR EXISTS (SELECT 1 FROM nonces WHERE author_id = NEW.author_id AND room_id = NEW.room_id AND nonce = NEW.nonce))
      THEN RAISE(ABORT, 'messages.nonce is used already by this author in this room')
    WHEN NEW.edited_at IS NOT NULL OR NEW.deleted_at IS NOT NULL OR NEW.reacted IS NOT 0
      THEN RAISE(ABORT, 'a new message is neither edited nor deleted nor reacted to')
  END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER messages_after_insert AFTER INSERT ON messages BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.room_id;
  UPDATE messages
     SET seq = (SELECT head FROM rooms WHERE id = NEW.room_id),
         tag = (SELECT head_tag FROM rooms WHERE id = NEW.room_id)
   WHERE id = NEW.id;
END;
-- +goose StatementEnd

-- edited_at moves only with the edit that the log has just been given.
-- +goose StatementBegin
CREATE TRIGGER messages_before_update BEFORE UPDATE ON messages BEGIN
  SELECT CASE
    WHEN NEW.id IS NOT OLD.id OR NEW.room_id IS NOT OLD.room_id OR NEW.author_id IS NOT OLD.author_id
         OR NEW.nonce IS NOT OLD.nonce OR NEW.posted IS NOT OLD.posted OR NEW.reply_to IS NOT OLD.reply_to
         OR NEW.at IS NOT OLD.at
         OR OLD.seq IS NOT NULL AND (NEW.seq IS NOT OLD.seq OR NEW.tag IS NOT OLD.tag)
      THEN RAISE(ABORT, 'of a message only body and deleted_at can be changed')
    WHEN NEW.edited_at IS NOT OLD.edited_at AND NOT EXISTS
         (SELECT 1 FROM changes WHERE room_id = NEW.room_id AND seq = (SELECT head FROM rooms WHERE id = NEW.room_id)
             AND kind = 'edit' AND ref = NEW.seq AND at = NEW.edited_at)
      THEN RAISE(ABORT, 'messages.edited_at is set by the database when the body changes')
    WHEN NEW.reacted IS NOT OLD.reacted
         AND NEW.reacted IS NOT EXISTS (SELECT 1 FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq)
      THEN RAISE(ABORT, 'messages.reacted is kept by the database')
    WHEN OLD.deleted_at IS NOT NULL AND (NEW.body IS NOT NULL OR NEW.deleted_at IS NOT OLD.deleted_at)
      THEN RAISE(ABORT, 'a deleted message stays deleted')
    WHEN (NEW.body IS NOT OLD.body OR NEW.deleted_at IS NOT OLD.deleted_at)
         AND EXISTS (SELECT 1 FROM rooms WHERE id = NEW.room_id AND deleted_at IS NOT NULL)
      THEN RAISE(ABORT, 'the room of this message is deleted')
  END;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER messages_after_update AFTER UPDATE OF body, deleted_at ON messages
WHEN OLD.deleted_at IS NULL AND (NEW.body IS NOT OLD.body OR NEW.deleted_at IS NOT NULL) BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.room_id;
  INSERT INTO changes (room_id, seq, tag, kind, ref)
    SELECT id, head, head_tag, CASE WHEN NEW.deleted_at IS NULL THEN 'edit' ELSE 'delete' END, NEW.seq
      FROM rooms WHERE id = NEW.room_id;
  DELETE FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq AND NEW.deleted_at IS NOT NULL;
  UPDATE messages SET body = NULL, reacted = 0 WHERE id = NEW.id AND deleted_at IS NOT NULL;
  UPDATE messages
     SET edited_at = (SELECT at FROM changes WHERE room_id = NEW.room_id
                         AND seq = (SELECT head FROM rooms WHERE id = NEW.room_id))
   WHERE id = NEW.id AND deleted_at IS NULL;
END;
-- +goose StatementEnd

-- Above the floor a message leaves its tombstone; at or below it, retention
-- takes the row.
-- +goose StatementBegin
CREATE TRIGGER messages_before_delete BEFORE DELETE ON messages
WHEN OLD.seq > (SELECT floor FROM rooms WHERE id = OLD.room_id) BEGIN
  UPDATE messages SET deleted_at = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
   WHERE id = OLD.id AND deleted_at IS NULL;
  SELECT RAISE(IGNORE);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER messages_after_delete AFTER DELETE ON messages WHEN OLD.nonce IS NOT NULL BEGIN
  INSERT INTO nonces (author_id, room_id, nonce, posted, seq, at, until)
  VALUES (OLD.author_id, OLD.room_id, OLD.nonce, OLD.posted, OLD.seq, OLD.at,
          CAST((julianday('now') - 2440587.5 + 7) * 86400000 AS INTEGER));
END;
-- +goose StatementEnd

-- ── reactions ───────────────────────────────────────────────────────────────

-- +goose StatementBegin
CREATE TRIGGER reactions_before_insert BEFORE INSERT ON reactions BEGIN
  SELECT CASE
    WHEN NEW.added IS NOT NULL
      THEN RAISE(ABORT, 'reactions.added is assigned by the database: leave it out')
    WHEN NOT EXISTS (SELECT 1 FROM rooms WHERE id = NEW.room_id AND deleted_at IS NULL)
      THEN RAISE(ABORT, 'reactions.room_id: there is no such room')
    WHEN NOT EXISTS (SELECT 1 FROM messages WHERE room_id = NEW.room_id AND seq = NEW.seq AND deleted_at IS NULL
                        AND seq > (SELECT floor FROM rooms WHERE id = NEW.room_id))
      THEN RAISE(ABORT, 'reactions.seq: there is no such message, or it is deleted')
    WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
      THEN RAISE(ABORT, 'reactions.user_id: there is no such user')
    WHEN EXISTS (SELECT 1 FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq AND emoji = NEW.emoji AND user_id = NEW.user_id)
      THEN RAISE(ABORT, 'this user has reacted to this message with this emoji already')
    WHEN (SELECT count(DISTINCT emoji) FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq) >= 20
         AND NOT EXISTS (SELECT 1 FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq AND emoji = NEW.emoji)
      THEN RAISE(ABORT, 'a message has at most 20 different reactions')
  END;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER reactions_after_insert AFTER INSERT ON reactions BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.room_id;
  INSERT INTO changes (room_id, seq, tag, kind, ref)
    SELECT id, head, head_tag, 'react', NEW.seq FROM rooms WHERE id = NEW.room_id;
  UPDATE reactions SET added = (SELECT head FROM rooms WHERE id = NEW.room_id)
   WHERE room_id = NEW.room_id AND seq = NEW.seq AND emoji = NEW.emoji AND user_id = NEW.user_id;
  UPDATE messages SET reacted = 1 WHERE room_id = NEW.room_id AND seq = NEW.seq AND reacted = 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER reactions_before_update BEFORE UPDATE ON reactions
WHEN OLD.added IS NOT NULL OR NEW.room_id IS NOT OLD.room_id OR NEW.seq IS NOT OLD.seq
  OR NEW.user_id IS NOT OLD.user_id OR NEW.emoji IS NOT OLD.emoji BEGIN
  SELECT RAISE(ABORT, 'a reaction is not changed: delete it and insert another');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER reactions_before_delete BEFORE DELETE ON reactions
WHEN EXISTS (SELECT 1 FROM rooms WHERE id = OLD.room_id AND deleted_at IS NOT NULL AND floor < OLD.seq) BEGIN
  SELECT RAISE(ABORT, 'the room of this reaction is deleted');
END;
-- +goose StatementEnd
-- With a message that is deleted, or that retention takes, its reactions go
-- without a word.
-- +goose StatementBegin
CREATE TRIGGER reactions_after_delete AFTER DELETE ON reactions
WHEN EXISTS (SELECT 1 FROM messages WHERE room_id = OLD.room_id AND seq = OLD.seq AND deleted_at IS NULL
                AND seq > (SELECT floor FROM rooms WHERE id = OLD.room_id)) BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = OLD.room_id;
  INSERT INTO changes (room_id, seq, tag, kind, ref)
    SELECT id, head, head_tag, 'react', OLD.seq FROM rooms WHERE id = OLD.room_id;
  UPDATE messages SET reacted = 0 WHERE room_id = OLD.room_id AND seq = OLD.seq
     AND NOT EXISTS (SELECT 1 FROM reactions WHERE room_id = OLD.room_id AND seq = OLD.seq);
END;
-- +goose StatementEnd

-- ── changes: the log is written by the triggers alone ───────────────────────

-- +goose StatementBegin
CREATE TRIGGER changes_before_insert BEFORE INSERT ON changes
WHEN NEW.seq IS NOT (SELECT head FROM rooms WHERE id = NEW.room_id)
  OR NEW.tag IS NOT (SELECT head_tag FROM rooms WHERE id = NEW.room_id)
  OR EXISTS (SELECT 1 FROM changes WHERE room_id = NEW.room_id AND seq = NEW.seq)
  OR EXISTS (SELECT 1 FROM messages WHERE room_id = NEW.room_id AND seq = NEW.seq) BEGIN
  SELECT RAISE(ABORT, 'changes is written by the database alone');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER changes_before_update BEFORE UPDATE ON changes BEGIN
  SELECT RAISE(ABORT, 'changes is written by the database alone');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER changes_before_delete BEFORE DELETE ON changes
WHEN OLD.seq > (SELECT floor FROM rooms WHERE id = OLD.room_id) BEGIN
  SELECT RAISE(ABORT, 'changes is written by the database alone');
END;
-- +goose StatementEnd

-- ── members ─────────────────────────────────────────────────────────────────

-- +goose StatementBegin
CREATE TRIGGER members_before_insert BEFORE INSERT ON members BEGIN
  SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM rooms WHERE id = NEW.room_id AND deleted_at IS NULL)
      THEN RAISE(ABORT, 'members.room_id: there is no such room')
    WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id)
      THEN RAISE(ABORT, 'members.user_id: there is no such user')
    WHEN EXISTS (SELECT 1 FROM members WHERE room_id = NEW.room_id AND user_id = NEW.user_id)
      THEN RAISE(ABORT, 'this user is a member of this room already')
    WHEN EXISTS (SELECT 1 FROM rooms WHERE id = NEW.room_id AND kind = 'direct'
                    AND instr(',' || coalesce(party, '') || ',', ',' || NEW.user_id || ',') = 0)
      THEN RAISE(ABORT, 'the members of a direct room are those that it was opened for')
  END;
END;
-- +goose StatementEnd
-- Who joins has read what was there before.
-- +goose StatementBegin
CREATE TRIGGER members_after_insert AFTER INSERT ON members BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.room_id;
  INSERT INTO changes (room_id, seq, tag, kind, user_id, role, room_kind)
    SELECT id, head, head_tag, 'joined', NEW.user_id, NEW.role, kind FROM rooms WHERE id = NEW.room_id;
  UPDATE members SET read_seq = (SELECT head FROM rooms WHERE id = NEW.room_id)
   WHERE room_id = NEW.room_id AND user_id = NEW.user_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_before_update BEFORE UPDATE ON members
WHEN NEW.room_id IS NOT OLD.room_id OR NEW.user_id IS NOT OLD.user_id OR NEW.joined_at IS NOT OLD.joined_at BEGIN
  SELECT RAISE(ABORT, 'a membership cannot be moved: delete it and insert another');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER members_after_update AFTER UPDATE OF role ON members WHEN NEW.role IS NOT OLD.role BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.room_id;
  INSERT INTO changes (room_id, seq, tag, kind, user_id, role, room_kind)
    SELECT id, head, head_tag, 'role', NEW.user_id, NEW.role, kind FROM rooms WHERE id = NEW.room_id;
END;
-- +goose StatementEnd
-- A direct room that somebody has left is no longer the one between its party.
-- +goose StatementBegin
CREATE TRIGGER members_after_delete AFTER DELETE ON members
WHEN EXISTS (SELECT 1 FROM rooms WHERE id = OLD.room_id AND deleted_at IS NULL) BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647, party = NULL WHERE id = OLD.room_id;
  INSERT INTO changes (room_id, seq, tag, kind, user_id, room_kind)
    SELECT id, head, head_tag, CASE WHEN OLD.leaving = 1 THEN 'left' ELSE 'removed' END, OLD.user_id, kind
      FROM rooms WHERE id = OLD.room_id;
END;
-- +goose StatementEnd

-- ── rooms ───────────────────────────────────────────────────────────────────

-- +goose StatementBegin
CREATE TRIGGER rooms_before_insert BEFORE INSERT ON rooms BEGIN
  SELECT CASE
    WHEN NEW.head <> 0 OR NEW.head_tag <> 0 OR NEW.floor <> 0 OR NEW.floor_tag <> 0 OR NEW.deleted_at IS NOT NULL
      THEN RAISE(ABORT, 'a new room is empty: give slug, name, topic and kind')
    WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM rooms WHERE id = NEW.id)
      THEN RAISE(ABORT, 'rooms.id is used already: leave it out')
    WHEN EXISTS (SELECT 1 FROM rooms WHERE slug = NEW.slug AND deleted_at IS NULL)
      THEN RAISE(ABORT, 'rooms.slug is used already')
    WHEN NEW.kind = 'direct' AND NEW.party IS NULL
      THEN RAISE(ABORT, 'a direct room is opened by Maru, for a party')
    WHEN EXISTS (SELECT 1 FROM rooms WHERE party = NEW.party AND deleted_at IS NULL)
      THEN RAISE(ABORT, 'there is a direct room for this party already')
  END;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rooms_before_update BEFORE UPDATE ON rooms BEGIN
  SELECT CASE
    WHEN NEW.id IS NOT OLD.id OR NEW.slug IS NOT OLD.slug OR NEW.created_at IS NOT OLD.created_at
      THEN RAISE(ABORT, 'of a room only name, topic and kind can be changed')
    WHEN NEW.head NOT IN (OLD.head, OLD.head + 1) OR NEW.floor < OLD.floor
         OR NEW.head = OLD.head AND NEW.head_tag IS NOT OLD.head_tag
         OR NEW.floor = OLD.floor AND NEW.floor_tag IS NOT OLD.floor_tag
         OR NEW.party IS NOT OLD.party AND (NEW.party IS NOT NULL OR (SELECT count(*) FROM members WHERE room_id = NEW.id)
                                                                     > length(OLD.party) - length(replace(OLD.party, ',', '')))
      THEN RAISE(ABORT, 'rooms.head, rooms.floor and rooms.party are kept by the database')
    WHEN OLD.deleted_at IS NOT NULL AND (NEW.deleted_at IS NOT OLD.deleted_at OR NEW.name IS NOT OLD.name
         OR NEW.topic IS NOT OLD.topic OR NEW.kind IS NOT OLD.kind)
      THEN RAISE(ABORT, 'a deleted room stays deleted')
    WHEN NEW.kind IS NOT OLD.kind AND 'direct' IN (NEW.kind, OLD.kind)
      THEN RAISE(ABORT, 'a direct room stays direct, and no other room becomes one')
  END;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rooms_after_update AFTER UPDATE OF name, topic, kind, deleted_at ON rooms
WHEN NEW.name IS NOT OLD.name OR NEW.topic IS NOT OLD.topic OR NEW.kind IS NOT OLD.kind
  OR NEW.deleted_at IS NOT OLD.deleted_at BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.id;
  INSERT INTO changes (room_id, seq, tag, kind, room_kind)
    SELECT id, head, head_tag, CASE WHEN NEW.deleted_at IS NULL THEN 'room' ELSE 'deleted' END,
           CASE WHEN NEW.deleted_at IS NULL THEN kind ELSE 'deleted' END
      FROM rooms WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER rooms_before_delete BEFORE DELETE ON rooms BEGIN
  SELECT RAISE(ABORT, 'rooms are not deleted as rows');
END;
-- +goose StatementEnd

-- ── users ───────────────────────────────────────────────────────────────────

-- A new name or role is told in every room that shows the user: where he is a
-- member, has messages, or stands in the log.
-- +goose StatementBegin
CREATE TRIGGER users_after_update AFTER UPDATE OF display_name, role ON users
WHEN NEW.display_name IS NOT OLD.display_name OR NEW.role IS NOT OLD.role BEGIN
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
CREATE TRIGGER users_before_update BEFORE UPDATE ON users WHEN NEW.id IS NOT OLD.id OR NEW.name IS NOT OLD.name BEGIN
  SELECT RAISE(ABORT, 'users.id and users.name never change');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER users_before_delete BEFORE DELETE ON users BEGIN
  SELECT RAISE(ABORT, 'users are not deleted as rows: disable the account');
END;
-- +goose StatementEnd

INSERT INTO rooms (slug, name, kind) VALUES ('lobby', 'lobby', 'open');
