-- The index of package search, which Maru alone reads and writes, and which can be
-- built again from the messages at any time. It uses no FTS5, so that it answers
-- as it does on PostgreSQL and strangers' programs need nothing of it.

-- +goose Up

-- Up to which event of its log each room is in the index, and from which floor
-- on. Room 0 counts what was written: each writing finds the count as it was
-- when it was prepared, or is in vain.
CREATE TABLE search_rooms (
  room_id INTEGER PRIMARY KEY,
  seq     INTEGER NOT NULL,
  tag     INTEGER NOT NULL,
  floor   INTEGER NOT NULL
);

-- The messages that are in the index, with their texts as they are in it: so it is
-- known what to take out, when a text has become another or is gone.
CREATE TABLE search_texts (
  room_id INTEGER NOT NULL,
  seq     INTEGER NOT NULL,
  message INTEGER NOT NULL UNIQUE, -- messages.id
  body    TEXT NOT NULL,
  PRIMARY KEY (room_id, seq)
) WITHOUT ROWID;

-- The messages that have a term, in blocks: `list` holds their ids, from `first`
-- on, up to the first of the next block; see blocks.go.
CREATE TABLE search_blocks (
  term  TEXT NOT NULL,
  first INTEGER NOT NULL,
  list  BLOB NOT NULL,
  PRIMARY KEY (term, first)
) WITHOUT ROWID;
