-- Sites: owners of pages elsewhere that show the chat, and whom they bring.

-- +goose Up

ALTER TABLE users ADD COLUMN avatar text; -- the https address of a picture that a site gave; NULL: none

CREATE TABLE sites (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- never used again, so that a new site of a name is not the old one
  name       text NOT NULL UNIQUE,    -- the `iss` of its tokens
  visitors   text NOT NULL CHECK (visitors IN ('member', 'read', 'guest')),
  all_rooms  integer NOT NULL,        -- 1: every open room may be shown
  pages      integer NOT NULL,        -- 1: each of its pages has a room of its own
  roles      integer NOT NULL,        -- 1: its tokens may make moderators
  accent     text NOT NULL,           -- #rrggbb, or empty
  created_at bigint NOT NULL
);
-- An origin is of one site, so that it says which.
CREATE TABLE site_origins (
  origin  text PRIMARY KEY,
  site_id bigint NOT NULL REFERENCES sites
);
CREATE INDEX site_origins_site ON site_origins (site_id);
CREATE TABLE site_rooms (
  site_id bigint NOT NULL REFERENCES sites,
  room_id bigint NOT NULL REFERENCES rooms,
  PRIMARY KEY (site_id, room_id)
);
CREATE TABLE site_keys (
  site_id    bigint NOT NULL REFERENCES sites,
  kid        text NOT NULL,
  algorithm  text NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA', 'ES256')),
  material   text NOT NULL, -- the secret, or the public key as PEM
  created_at bigint NOT NULL,
  PRIMARY KEY (site_id, kid)
);

-- Whom a site vouches for.
CREATE TABLE visitors (
  site_id bigint NOT NULL REFERENCES sites,
  subject text NOT NULL,
  user_id bigint NOT NULL UNIQUE REFERENCES users,
  said_at bigint NOT NULL, -- when the token was made that the name is from
  PRIMARY KEY (site_id, subject)
);
-- The closed rooms that a site has let a user into, once: whoever is removed
-- does not come back by the next token.
CREATE TABLE vouched (
  room_id bigint NOT NULL REFERENCES rooms,
  user_id bigint NOT NULL REFERENCES users,
  PRIMARY KEY (room_id, user_id)
);
-- Who writes at a site without an account and without a token of it.
CREATE TABLE guests (
  user_id    bigint PRIMARY KEY REFERENCES users,
  site_id    bigint NOT NULL REFERENCES sites,
  hash       text NOT NULL UNIQUE, -- SHA-256 of the token
  created_at bigint NOT NULL,
  seen_at    bigint NOT NULL
);
CREATE INDEX guests_site ON guests (site_id);

-- A new name, role, picture or kind is told in every room that shows the user.
-- A guest who becomes a member takes a name. Rooms are locked in one order.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION users_update() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE shown bigint; r rooms;
BEGIN
  IF NEW.id <> OLD.id OR NEW.name <> OLD.name AND NOT (OLD.kind = 'guest' AND NEW.kind = 'member') THEN
    RAISE EXCEPTION 'users.id and users.name never change';
  END IF;
  IF NEW.display_name <> OLD.display_name THEN
    NEW.search_key := NULL;
  END IF;
  IF (NEW.display_name, NEW.role, NEW.avatar, NEW.kind) IS DISTINCT FROM (OLD.display_name, OLD.role, OLD.avatar, OLD.kind) THEN
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
