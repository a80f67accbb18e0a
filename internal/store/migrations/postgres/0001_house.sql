-- The tables of Maru on PostgreSQL, and the triggers that make them the truth:
-- whatever commits to rooms, members, messages and reactions, from whatever
-- program, is numbered here, in the writer's own transaction, under the lock of
-- its room's row. So a number is taken in the order of the commits, and a
-- rollback gives it back.
--
-- Functions have the rights of the owner and the search path of this moment, so
-- that whoever may write a message needs no right to anything else.
--
-- Times are milliseconds since 1970. `seq` counts in a room over messages and
-- changes together: each number in (floor, head] stands in exactly one of them.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
-- +goose StatementEnd

CREATE TABLE users (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text NOT NULL,
  name_key     text NOT NULL UNIQUE, -- NFKC and case folded
  display_name text NOT NULL,
  search_key   text, -- both names as people look for them; NULL: not known
  kind         text NOT NULL DEFAULT 'member' CHECK (kind IN ('member', 'guest', 'bot', 'site')),
  role         text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
  password     text, -- a PHC string; NULL where there is none
  created_at   bigint NOT NULL DEFAULT now_ms(),
  disabled_at  bigint
);
-- However many try at once, one owner can be made.
CREATE UNIQUE INDEX users_owner ON users (role) WHERE role = 'owner';

CREATE TABLE sessions (
  hash       text PRIMARY KEY, -- SHA-256 of the cookie's value
  user_id    bigint NOT NULL REFERENCES users,
  created_at bigint NOT NULL,
  seen_at    bigint NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint NOT NULL REFERENCES users,
  label      text NOT NULL,
  hash       text NOT NULL UNIQUE, -- SHA-256 of the token
  created_at bigint NOT NULL
);
CREATE INDEX tokens_user ON tokens (user_id);

-- One-time links to sign up with. The role is the one that the account gets.
CREATE TABLE invites (
  hash       text PRIMARY KEY,
  role       text NOT NULL CHECK (role IN ('owner', 'member')),
  expires_at bigint -- NULL: never
);

-- Credentials that ended, numbered in the order of their commits, so that each
-- node can end the streams under them.
CREATE TABLE endings (
  seq        bigint PRIMARY KEY,
  user_id    bigint NOT NULL,
  credential text, -- as in chat.Actor; NULL: all of the user's
  at         bigint NOT NULL
);
-- Rows that are locked by what has to happen one after the other.
CREATE TABLE counters (
  name  text PRIMARY KEY,
  value bigint NOT NULL
) WITH (fillfactor = 40);
INSERT INTO counters (name, value) VALUES ('endings', 0), ('names', 0);

CREATE TABLE rooms (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  slug       text NOT NULL
             CONSTRAINT "rooms.slug is a-z, 0-9 and -, 1 to 64, not starting with -" CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  name       text NOT NULL
             CONSTRAINT "a direct room has no name: it is called by its members" CHECK (kind <> 'direct' OR name = '')
             CONSTRAINT "rooms.name is text of 1 to 64 characters" CHECK (length(name) BETWEEN 1 AND 64 OR kind = 'direct'),
  topic      text NOT NULL DEFAULT ''
             CONSTRAINT "rooms.topic is text of at most 256 characters" CHECK (length(topic) <= 256),
  kind       text NOT NULL DEFAULT 'open'
             CONSTRAINT "rooms.kind is open, closed or direct" CHECK (kind IN ('open', 'closed', 'direct')),
  party      text -- of a direct room the ids of its members in order, until one of them leaves
             CONSTRAINT "rooms.party is the ids of the members of a direct room"
             CHECK (kind = 'direct' AND party ~ '^[1-9][0-9]*(,[1-9][0-9]*)*$' OR party IS NULL),
  head       bigint NOT NULL DEFAULT 0,
  head_tag   bigint NOT NULL DEFAULT 0,
  floor      bigint NOT NULL DEFAULT 0, -- retention has removed what stands up to here
  floor_tag  bigint NOT NULL DEFAULT 0, -- so that a cursor at the floor can be checked
  keep_messages bigint CHECK (keep_messages > 0), -- NULL: all
  keep_days     bigint CHECK (keep_days > 0),     -- NULL: for ever
  created_at bigint NOT NULL DEFAULT now_ms(),
  deleted_at bigint,
  CHECK (floor BETWEEN 0 AND head)
) WITH (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE UNIQUE INDEX rooms_slug ON rooms (slug) WHERE deleted_at IS NULL;
-- However many ask at once, there is one direct room between the same people.
CREATE UNIQUE INDEX rooms_party ON rooms (party) WHERE party IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE members (
  room_id   bigint NOT NULL REFERENCES rooms,
  user_id   bigint NOT NULL REFERENCES users,
  role      text NOT NULL DEFAULT 'member'
            CONSTRAINT "members.role is owner, moderator or member" CHECK (role IN ('owner', 'moderator', 'member')),
  joined_at bigint NOT NULL DEFAULT now_ms()
            CONSTRAINT "members.joined_at is milliseconds since 1970" CHECK (joined_at BETWEEN 0 AND 253402300799999),
  read_seq  bigint NOT NULL DEFAULT 0,
  leaving   integer NOT NULL DEFAULT 0, -- 1: the row is about to go by its user's own wish
  PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 70);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE messages (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room_id    bigint NOT NULL REFERENCES rooms,
  seq        bigint NOT NULL,
  tag        bigint NOT NULL,
  author_id  bigint NOT NULL REFERENCES users,
  body       text
             CONSTRAINT "messages.body is text of 1 to 4000 characters, not blank"
             CHECK (CASE WHEN body IS NULL THEN deleted_at IS NOT NULL ELSE length(body) BETWEEN 1 AND 4000 AND body ~ '[^\t\n\v\f\r ]' END),
  nonce      text
             CONSTRAINT "messages.nonce is 1 to 64 of A-Z, a-z, 0-9, _ and -" CHECK (nonce ~ '^[A-Za-z0-9_-]{1,64}$'),
  posted     text, -- a digest of the body as it was posted under the nonce
  reply_to   bigint CONSTRAINT "messages.reply_to is the number of a message" CHECK (reply_to > 0),
  at         bigint NOT NULL DEFAULT now_ms()
             CONSTRAINT "messages.at is milliseconds since 1970" CHECK (at BETWEEN 0 AND 253402300799999),
  edited_at  bigint,
  deleted_at bigint CONSTRAINT "messages.deleted_at is milliseconds since 1970" CHECK (deleted_at BETWEEN 0 AND 253402300799999),
  reacted    integer NOT NULL DEFAULT 0 -- 1: it has reactions, so that nobody looks for those of others
);
CREATE UNIQUE INDEX messages_seq ON messages (room_id, seq);
-- Also answers "which rooms does this author have messages in".
CREATE UNIQUE INDEX messages_nonce ON messages (author_id, room_id, nonce);

-- What people think of a message, a row for each emoji and user.
CREATE TABLE reactions (
  room_id bigint NOT NULL REFERENCES rooms,
  seq     bigint NOT NULL, -- of the message
  user_id bigint NOT NULL REFERENCES users,
  emoji   text NOT NULL CONSTRAINT "reactions.emoji is one emoji"
          CHECK (length(emoji) BETWEEN 1 AND 16 AND emoji ~ '[^ -~]' AND emoji !~ '[A-Za-z]'),
  added   bigint NOT NULL, -- the number of the change that it came with
  PRIMARY KEY (room_id, seq, emoji, user_id)
);

-- The nonces of messages that retention has removed, for seven days more: a
-- retry that comes late must still not post twice.
CREATE TABLE nonces (
  author_id bigint NOT NULL,
  room_id   bigint NOT NULL,
  nonce     text NOT NULL,
  posted    text,
  seq       bigint NOT NULL,
  at        bigint NOT NULL,
  until     bigint NOT NULL,
  PRIMARY KEY (author_id, room_id, nonce)
);
CREATE INDEX nonces_until ON nonces (until);

-- Every event that is not a new message. Thin: who reads it joins the present
-- state, so a text that was deleted or replaced does not live on here.
CREATE TABLE changes (
  room_id   bigint NOT NULL REFERENCES rooms,
  seq       bigint NOT NULL,
  tag       bigint NOT NULL,
  kind      text NOT NULL,
  ref       bigint, -- the number of the message that was edited, deleted or reacted to
  user_id   bigint, -- the user whom a member change is about
  role      text,   -- the role that a member got
  room_kind text,   -- what the room was after the change, or 'deleted'
  at        bigint NOT NULL DEFAULT now_ms(),
  PRIMARY KEY (room_id, seq)
);
CREATE INDEX changes_user ON changes (user_id, room_id) WHERE user_id IS NOT NULL;

-- ── numbers ─────────────────────────────────────────────────────────────────

-- Takes the next number of a room, whose row stays locked until the commit.
-- Programs that do not announce their commits are announced.
-- +goose StatementBegin
CREATE FUNCTION take_number(room bigint) RETURNS rooms LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  PERFORM set_config('maru.numbering', 'on', true);
  UPDATE rooms SET head = head + 1, head_tag = floor(random() * 2147483648)::bigint
   WHERE id = room AND deleted_at IS NULL RETURNING * INTO r;
  PERFORM set_config('maru.numbering', '', true);
  IF current_setting('maru.quiet', true) IS DISTINCT FROM 'on' THEN
    PERFORM pg_notify('maru', room::text);
  END IF;
  RETURN r;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION log_change(r rooms, what text, message bigint, who bigint, grade text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM set_config('maru.numbering', 'on', true);
  INSERT INTO changes (room_id, seq, tag, kind, ref, user_id, role, room_kind)
    VALUES (r.id, r.head, r.head_tag, what, message, who, grade,
            CASE WHEN what IN ('edit', 'delete', 'react') THEN NULL WHEN r.deleted_at IS NULL THEN r.kind ELSE 'deleted' END);
  PERFORM set_config('maru.numbering', '', true);
END $$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION take_number(bigint), log_change(rooms, text, bigint, bigint, text) FROM PUBLIC;

-- ── messages ────────────────────────────────────────────────────────────────

-- Raising, never skipping, keeps ON CONFLICT from using up a number.
-- +goose StatementBegin
CREATE FUNCTION messages_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  IF NEW.seq IS NOT NULL OR NEW.tag IS NOT NULL THEN
    RAISE EXCEPTION 'messages.seq and messages.tag are assigned by the database: leave them out';
  END IF;
  IF NEW.edited_at IS NOT NULL OR NEW.deleted_at IS NOT NULL OR NEW.reacted <> 0 THEN
    RAISE EXCEPTION 'a new message is neither edited nor deleted nor reacted to';
  END IF;
  r := take_number(NEW.room_id);
  IF r.id IS NULL THEN
    RAISE EXCEPTION 'messages.room_id: there is no such room';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.author_id) THEN
    RAISE EXCEPTION 'messages.author_id: there is no such user';
  END IF;
  IF NEW.nonce IS NOT NULL
     AND (EXISTS (SELECT 1 FROM messages WHERE author_id = NEW.author_id AND room_id = NEW.room_id AND nonce = NEW.nonce)
       OR EXISTS (SELECT 1 FROM nonces WHERE author_id = NEW.author_id AND room_id = NEW.room_id AND nonce = NEW.nonce)) THEN
    RAISE EXCEPTION 'messages.nonce is used already by this author in this room';
  END IF;
  NEW.seq := r.head;
  NEW.tag := r.head_tag;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER messages_insert BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION messages_insert();

-- +goose StatementBegin
CREATE FUNCTION messages_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  IF (NEW.id, NEW.room_id, NEW.seq, NEW.tag, NEW.author_id, NEW.nonce, NEW.posted, NEW.reply_to, NEW.at)
     IS DISTINCT FROM (OLD.id, OLD.room_id, OLD.seq, OLD.tag, OLD.author_id, OLD.nonce, OLD.posted, OLD.reply_to, OLD.at) THEN
    RAISE EXCEPTION 'of a message only body and deleted_at can be changed';
  END IF;
  IF NEW.edited_at IS DISTINCT FROM OLD.edited_at THEN
    RAISE EXCEPTION 'messages.edited_at is set by the database when the body changes';
  END IF;
  IF NEW.reacted <> OLD.reacted
     AND (NEW.reacted = 1) IS DISTINCT FROM EXISTS (SELECT 1 FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq) THEN
    RAISE EXCEPTION 'messages.reacted is kept by the database';
  END IF;
  IF OLD.deleted_at IS NOT NULL THEN
    IF NEW.body IS NOT NULL OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
      RAISE EXCEPTION 'a deleted message stays deleted';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.body IS NOT DISTINCT FROM OLD.body AND NEW.deleted_at IS NULL THEN
    RETURN NEW;
  END IF;
  r := take_number(NEW.room_id);
  IF r.id IS NULL THEN
    RAISE EXCEPTION 'the room of this message is deleted';
  END IF;
  IF NEW.deleted_at IS NOT NULL THEN
    NEW.body := NULL;
    NEW.reacted := 0;
    PERFORM log_change(r, 'delete', NEW.seq, NULL, NULL);
  ELSE
    PERFORM log_change(r, 'edit', NEW.seq, NULL, NULL);
    NEW.edited_at := (SELECT at FROM changes WHERE room_id = r.id AND seq = r.head);
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER messages_update BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION messages_update();

-- +goose StatementBegin
CREATE FUNCTION messages_drop_reactions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM reactions WHERE room_id = NEW.room_id AND seq = NEW.seq;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER messages_drop_reactions AFTER UPDATE ON messages FOR EACH ROW
  WHEN (OLD.reacted = 1 AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION messages_drop_reactions();

-- Above the floor a message leaves its tombstone; at or below it, retention
-- takes the row.
-- +goose StatementBegin
CREATE FUNCTION messages_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF OLD.seq > (SELECT floor FROM rooms WHERE id = OLD.room_id) THEN
    UPDATE messages SET deleted_at = now_ms() WHERE id = OLD.id AND deleted_at IS NULL;
    RETURN NULL;
  END IF;
  IF OLD.nonce IS NOT NULL THEN
    INSERT INTO nonces (author_id, room_id, nonce, posted, seq, at, until)
    VALUES (OLD.author_id, OLD.room_id, OLD.nonce, OLD.posted, OLD.seq, OLD.at, now_ms() + 7 * 86400000);
  END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER messages_delete BEFORE DELETE ON messages FOR EACH ROW EXECUTE FUNCTION messages_delete();

-- ── reactions ───────────────────────────────────────────────────────────────

-- +goose StatementBegin
CREATE FUNCTION reactions_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  IF NEW.added IS NOT NULL THEN
    RAISE EXCEPTION 'reactions.added is assigned by the database: leave it out';
  END IF;
  r := take_number(NEW.room_id);
  IF r.id IS NULL THEN
    RAISE EXCEPTION 'reactions.room_id: there is no such room';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM messages WHERE room_id = r.id AND seq = NEW.seq AND seq > r.floor AND deleted_at IS NULL) THEN
    RAISE EXCEPTION 'reactions.seq: there is no such message, or it is deleted';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id) THEN
    RAISE EXCEPTION 'reactions.user_id: there is no such user';
  END IF;
  IF EXISTS (SELECT 1 FROM reactions WHERE room_id = r.id AND seq = NEW.seq AND emoji = NEW.emoji AND user_id = NEW.user_id) THEN
    RAISE EXCEPTION 'this user has reacted to this message with this emoji already';
  END IF;
  IF (SELECT count(DISTINCT emoji) FROM reactions WHERE room_id = r.id AND seq = NEW.seq) >= 20
     AND NOT EXISTS (SELECT 1 FROM reactions WHERE room_id = r.id AND seq = NEW.seq AND emoji = NEW.emoji) THEN
    RAISE EXCEPTION 'a message has at most 20 different reactions';
  END IF;
  PERFORM log_change(r, 'react', NEW.seq, NULL, NULL);
  NEW.added := r.head;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER reactions_insert BEFORE INSERT ON reactions FOR EACH ROW EXECUTE FUNCTION reactions_insert();

-- +goose StatementBegin
CREATE FUNCTION reactions_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a reaction is not changed: delete it and insert another';
END $$;
-- +goose StatementEnd
CREATE TRIGGER reactions_update BEFORE UPDATE ON reactions FOR EACH ROW EXECUTE FUNCTION reactions_update();

-- With a message that is deleted, or that retention takes, its reactions go
-- without a word.
-- +goose StatementBegin
CREATE FUNCTION reactions_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  IF EXISTS (SELECT 1 FROM messages WHERE room_id = OLD.room_id AND seq = OLD.seq AND deleted_at IS NULL
                AND seq > (SELECT floor FROM rooms WHERE id = OLD.room_id)) THEN
    r := take_number(OLD.room_id);
    IF r.id IS NULL THEN
      RAISE EXCEPTION 'the room of this reaction is deleted';
    END IF;
    PERFORM log_change(r, 'react', OLD.seq, NULL, NULL);
  END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER reactions_delete BEFORE DELETE ON reactions FOR EACH ROW EXECUTE FUNCTION reactions_delete();

-- +goose StatementBegin
CREATE FUNCTION reactions_mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE messages SET reacted = 1 WHERE room_id = NEW.room_id AND seq = NEW.seq AND reacted = 0;
  ELSE
    UPDATE messages SET reacted = 0 WHERE room_id = OLD.room_id AND seq = OLD.seq AND reacted = 1
       AND NOT EXISTS (SELECT 1 FROM reactions WHERE room_id = OLD.room_id AND seq = OLD.seq);
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER reactions_mark AFTER INSERT OR DELETE ON reactions FOR EACH ROW EXECUTE FUNCTION reactions_mark();

-- ── changes: the log is written by the triggers alone ───────────────────────

-- +goose StatementBegin
CREATE FUNCTION changes_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 AND current_setting('maru.numbering', true) = 'on' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND OLD.seq <= (SELECT floor FROM rooms WHERE id = OLD.room_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'changes is written by the database alone';
END $$;
-- +goose StatementEnd
CREATE TRIGGER changes_guard BEFORE INSERT OR UPDATE OR DELETE ON changes FOR EACH ROW EXECUTE FUNCTION changes_guard();

-- +goose StatementBegin
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is not truncated: delete messages, or let the room keep less', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON messages EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON changes EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON reactions EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON members EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON rooms EXECUTE FUNCTION refuse_truncate();

-- ── members ─────────────────────────────────────────────────────────────────

-- Who joins has read what was there before.
-- +goose StatementBegin
CREATE FUNCTION members_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  r := take_number(NEW.room_id);
  IF r.id IS NULL THEN
    RAISE EXCEPTION 'members.room_id: there is no such room';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id) THEN
    RAISE EXCEPTION 'members.user_id: there is no such user';
  END IF;
  IF EXISTS (SELECT 1 FROM members WHERE room_id = NEW.room_id AND user_id = NEW.user_id) THEN
    RAISE EXCEPTION 'this user is a member of this room already';
  END IF;
  IF r.kind = 'direct' AND position(',' || NEW.user_id || ',' IN ',' || coalesce(r.party, '') || ',') = 0 THEN
    RAISE EXCEPTION 'the members of a direct room are those that it was opened for';
  END IF;
  PERFORM log_change(r, 'joined', NULL, NEW.user_id, NEW.role);
  NEW.read_seq := r.head;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER members_insert BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION members_insert();

-- +goose StatementBegin
CREATE FUNCTION members_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF (NEW.room_id, NEW.user_id, NEW.joined_at) IS DISTINCT FROM (OLD.room_id, OLD.user_id, OLD.joined_at) THEN
    RAISE EXCEPTION 'a membership cannot be moved: delete it and insert another';
  END IF;
  IF NEW.role IS DISTINCT FROM OLD.role THEN
    PERFORM log_change(take_number(NEW.room_id), 'role', NULL, NEW.user_id, NEW.role);
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER members_update BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION members_update();

-- A direct room that somebody has left is no longer the one between its party.
-- +goose StatementBegin
CREATE FUNCTION members_delete() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE r rooms;
BEGIN
  r := take_number(OLD.room_id);
  IF r.id IS NOT NULL THEN
    PERFORM log_change(r, CASE WHEN OLD.leaving = 1 THEN 'left' ELSE 'removed' END, NULL, OLD.user_id, NULL);
  END IF;
  IF r.party IS NOT NULL THEN
    PERFORM set_config('maru.numbering', 'on', true);
    UPDATE rooms SET party = NULL WHERE id = r.id;
    PERFORM set_config('maru.numbering', '', true);
  END IF;
  RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER members_delete BEFORE DELETE ON members FOR EACH ROW EXECUTE FUNCTION members_delete();

-- ── rooms ───────────────────────────────────────────────────────────────────

-- +goose StatementBegin
CREATE FUNCTION rooms_insert() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.head <> 0 OR NEW.head_tag <> 0 OR NEW.floor <> 0 OR NEW.floor_tag <> 0 OR NEW.deleted_at IS NOT NULL THEN
    RAISE EXCEPTION 'a new room is empty: give slug, name, topic and kind';
  END IF;
  IF EXISTS (SELECT 1 FROM rooms WHERE slug = NEW.slug AND deleted_at IS NULL) THEN
    RAISE EXCEPTION 'rooms.slug is used already';
  END IF;
  IF NEW.kind = 'direct' AND NEW.party IS NULL THEN
    RAISE EXCEPTION 'a direct room is opened by Maru, for a party';
  END IF;
  IF EXISTS (SELECT 1 FROM rooms WHERE party = NEW.party AND deleted_at IS NULL) THEN
    RAISE EXCEPTION 'there is a direct room for this party already';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER rooms_insert BEFORE INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION rooms_insert();

-- +goose StatementBegin
CREATE FUNCTION rooms_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF (NEW.id, NEW.slug, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.slug, OLD.created_at) THEN
    RAISE EXCEPTION 'of a room only name, topic and kind can be changed';
  END IF;
  IF (NEW.head, NEW.head_tag, NEW.party) IS DISTINCT FROM (OLD.head, OLD.head_tag, OLD.party)
     AND (pg_trigger_depth() < 2 OR current_setting('maru.numbering', true) IS DISTINCT FROM 'on')
     OR NEW.floor < OLD.floor OR NEW.floor = OLD.floor AND NEW.floor_tag <> OLD.floor_tag THEN
    RAISE EXCEPTION 'rooms.head, rooms.floor and rooms.party are kept by the database';
  END IF;
  IF OLD.deleted_at IS NOT NULL AND (NEW.deleted_at, NEW.name, NEW.topic, NEW.kind)
     IS DISTINCT FROM (OLD.deleted_at, OLD.name, OLD.topic, OLD.kind) THEN
    RAISE EXCEPTION 'a deleted room stays deleted';
  END IF;
  IF NEW.kind <> OLD.kind AND 'direct' IN (NEW.kind, OLD.kind) THEN
    RAISE EXCEPTION 'a direct room stays direct, and no other room becomes one';
  END IF;
  IF (NEW.name, NEW.topic, NEW.kind, NEW.deleted_at) IS DISTINCT FROM (OLD.name, OLD.topic, OLD.kind, OLD.deleted_at) THEN
    NEW.head := OLD.head + 1;
    NEW.head_tag := floor(random() * 2147483648)::bigint;
    PERFORM log_change(NEW, CASE WHEN NEW.deleted_at IS NULL THEN 'room' ELSE 'deleted' END, NULL, NULL, NULL);
    IF current_setting('maru.quiet', true) IS DISTINCT FROM 'on' THEN
      PERFORM pg_notify('maru', NEW.id::text);
    END IF;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER rooms_update BEFORE UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION rooms_update();

-- +goose StatementBegin
CREATE FUNCTION refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% are not deleted as rows%', TG_TABLE_NAME, CASE TG_TABLE_NAME WHEN 'users' THEN ': disable the account' ELSE '' END;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refuse_delete BEFORE DELETE ON rooms FOR EACH ROW EXECUTE FUNCTION refuse_delete();
CREATE TRIGGER refuse_delete BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION refuse_delete();

-- ── users ───────────────────────────────────────────────────────────────────

-- A new name or role is told in every room that shows the user: where he is a
-- member, has messages, or stands in the log. Rooms are locked in one order.
-- +goose StatementBegin
CREATE FUNCTION users_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE shown bigint; r rooms;
BEGIN
  IF NEW.id <> OLD.id OR NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'users.id and users.name never change';
  END IF;
  IF NEW.display_name <> OLD.display_name THEN
    NEW.search_key := NULL;
  END IF;
  IF (NEW.display_name, NEW.role) IS DISTINCT FROM (OLD.display_name, OLD.role) THEN
    FOR shown IN SELECT id FROM rooms WHERE deleted_at IS NULL
        AND (EXISTS (SELECT 1 FROM members WHERE room_id = rooms.id AND user_id = NEW.id)
          OR EXISTS (SELECT 1 FROM messages WHERE author_id = NEW.id AND room_id = rooms.id)
          OR EXISTS (SELECT 1 FROM changes WHERE user_id = NEW.id AND room_id = rooms.id)) ORDER BY id LOOP
      r := take_number(shown);
      IF r.id IS NOT NULL THEN
        PERFORM log_change(r, 'profile', NULL, NEW.id, NULL);
      END IF;
    END LOOP;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER users_update BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION users_update();

INSERT INTO rooms (slug, name, kind) VALUES ('lobby', 'lobby', 'open');
