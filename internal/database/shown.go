package database

// LockShowing locks the rooms that show a user, which the tables tell of a new
// name, role, picture or kind, in the order in which several rooms are always
// locked.
func (t *Tx) LockShowing(user int64) error {
	return t.Lock(`SELECT 1 FROM rooms WHERE deleted_at IS NULL
		AND (EXISTS (SELECT 1 FROM members WHERE room_id = rooms.id AND user_id = $1)
		  OR EXISTS (SELECT 1 FROM messages WHERE author_id = $1 AND room_id = rooms.id)
		  OR EXISTS (SELECT 1 FROM changes WHERE user_id = $1 AND room_id = rooms.id))
		ORDER BY slug COLLATE "C"`, user)
}
