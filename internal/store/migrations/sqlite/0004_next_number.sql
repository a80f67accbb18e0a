-- A message may come with the number that it would get: the next of its room, with
-- a tag. Then it is written once, and not inserted, numbered and indexed anew;
-- whoever inserts it in the transaction that has read the room's head knows that
-- number. Every other number is refused as before, so nothing can be forged.

-- +goose Up

DROP TRIGGER messages_before_insert;
DROP TRIGGER messages_after_insert;

-- Raising, never skipping, keeps OR REPLACE and ON CONFLICT from losing a row.
-- An id that jumps far ahead would use up the numbers of all who come after.
-- +goose StatementBegin
CREATE TRIGGER messages_before_insert BEFORE INSERT ON messages BEGIN
  SELECT CASE
    WHEN (NEW.seq IS NOT NULL OR NEW.tag IS NOT NULL)
         AND (NEW.seq = (SELECT head + 1 FROM rooms WHERE id = NEW.room_id)
              AND typeof(NEW.tag) = 'integer' AND NEW.tag BETWEEN 0 AND 2147483647) IS NOT TRUE
      THEN RAISE(ABORT, 'messages.seq and messages.tag are assigned by the database: leave them out')
    WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM messages WHERE id = NEW.id)
      THEN RAISE(ABORT, 'messages.id is used already: leave it out')
    WHEN NEW.id > 1000000 AND NEW.id > 1000000 + (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages')
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
CREATE TRIGGER messages_after_insert AFTER INSERT ON messages WHEN NEW.seq IS NULL BEGIN
  UPDATE rooms SET head = head + 1, head_tag = random() & 2147483647 WHERE id = NEW.room_id;
  UPDATE messages
     SET seq = (SELECT head FROM rooms WHERE id = NEW.room_id),
         tag = (SELECT head_tag FROM rooms WHERE id = NEW.room_id)
   WHERE id = NEW.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_after_numbered AFTER INSERT ON messages WHEN NEW.seq IS NOT NULL BEGIN
  UPDATE rooms SET head = NEW.seq, head_tag = NEW.tag WHERE id = NEW.room_id;
END;
-- +goose StatementEnd
