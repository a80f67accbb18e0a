-- The index of package search, which Maru alone reads and writes, and which can be
-- built again from the messages at any time. It is the same as on SQLite, so that
-- it answers the same.

-- +goose Up

-- Up to which event of its log each room is in the index, and from which floor
-- on. Room 0 counts what was written: each writing finds the count as it was
-- when it was prepared, or is in vain.
CREATE TABLE search_rooms (
  room_id bigint PRIMARY KEY,
  seq     bigint NOT NULL,
  tag     bigint NOT NULL,
  floor   bigint NOT NULL
) WITH (fillfactor = 70);

-- The messages that are in the index, with their texts as they are in it: so it is
-- known what to take out, when a text has become another or is gone.
CREATE TABLE search_texts (
  room_id bigint NOT NULL,
  seq     bigint NOT NULL,
  message bigint NOT NULL UNIQUE, -- messages.id
  body    text NOT NULL,
  PRIMARY KEY (room_id, seq)
);

-- The messages that have a term, in blocks: `list` holds their ids, from `first`
-- on, up to the first of the next block; see blocks.go.
CREATE TABLE search_blocks (
  term  text COLLATE "C" NOT NULL,
  first bigint NOT NULL,
  list  bytea NOT NULL,
  PRIMARY KEY (term, first)
) WITH (fillfactor = 80);
