-- Retention raises the floor to an event that stands there, with its tag. Whoever
-- else sets the number would have everything below it removed a second later.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION rooms_floor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NEW.floor_tag IS DISTINCT FROM coalesce((SELECT tag FROM messages WHERE room_id = NEW.id AND seq = NEW.floor),
                                             (SELECT tag FROM changes WHERE room_id = NEW.id AND seq = NEW.floor)) THEN
    RAISE EXCEPTION 'rooms.head, rooms.floor and rooms.party are kept by the database';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER rooms_floor BEFORE UPDATE OF floor ON rooms FOR EACH ROW WHEN (NEW.floor IS DISTINCT FROM OLD.floor) EXECUTE FUNCTION rooms_floor();
