-- Retention raises the floor to an event that stands there, with its tag. Whoever
-- else sets the number would have everything below it removed a second later.

-- +goose Up

-- +goose StatementBegin
CREATE TRIGGER rooms_before_floor BEFORE UPDATE OF floor ON rooms WHEN NEW.floor IS NOT OLD.floor BEGIN
  SELECT RAISE(ABORT, 'rooms.head, rooms.floor and rooms.party are kept by the database')
   WHERE NEW.floor_tag IS NOT coalesce((SELECT tag FROM messages WHERE room_id = NEW.id AND seq = NEW.floor),
                                       (SELECT tag FROM changes WHERE room_id = NEW.id AND seq = NEW.floor));
END;
-- +goose StatementEnd
