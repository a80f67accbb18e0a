package store_test

import (
	"fmt"
	"strings"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// Verify finds nothing where all is whole, and each thing that is not.
func TestVerify(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
		for i := range 30 {
			if _, _, err := s.PostMessage(t.Context(), mina, "lobby", chat.Draft{Body: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.EditMessage(t.Context(), mina, "lobby", 10, "edited"); err != nil { // 32
			t.Fatal(err)
		}
		if err := s.DeleteMessage(t.Context(), mina, "lobby", 11); err != nil { // 33
			t.Fatal(err)
		}
		if _, _, err := s.PostMessage(t.Context(), bora, "lobby", chat.Draft{Body: "joins"}); err != nil { // 34 and 35
			t.Fatal(err)
		}
		if _, err := s.OpenRoom(t.Context(), mina, chat.NewRoom{Slug: "gone", Name: "gone", Kind: chat.Open}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteRoom(t.Context(), mina, "gone"); err != nil {
			t.Fatal(err)
		}
		if err := s.React(t.Context(), bora, "lobby", 14, "👍"); err != nil { // 36
			t.Fatal(err)
		}
		if _, _, err := s.OpenDirect(t.Context(), mina, "", []int64{bora.ID}); err != nil {
			t.Fatal(err)
		}
		verify := func() chat.Audit {
			t.Helper()
			a, err := upkeep.Verify(t.Context(), s.Database())
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if a := verify(); a.Rooms != 3 || a.Messages != 31 || a.Changes != 9 || a.Removed != 0 || len(a.Faults) != 0 {
			t.Errorf("%+v", a)
		}
		// Without its triggers the database takes anything.
		with := db.Disarm()
		for _, test := range []struct{ break_, mend, says string }{
			{`UPDATE messages SET seq = 1005 WHERE seq = 5`, `UPDATE messages SET seq = 5 WHERE seq = 1005`,
				"number 5 is missing|numbers 37 to 1004 are missing|there are numbers up to 1005, and its head is 36"},
			{`UPDATE messages SET room_id = 2 WHERE seq BETWEEN 20 AND 24 AND room_id = 1`, `UPDATE messages SET room_id = 1 WHERE room_id = 2`,
				"numbers 20 to 24 are missing"},
			{`UPDATE rooms SET head = 40 WHERE id = 1`, `UPDATE rooms SET head = 36 WHERE id = 1`, "numbers 37 to 40 are missing"},
			{`UPDATE changes SET seq = 31 WHERE room_id = 1 AND seq = 32`, `UPDATE changes SET seq = 32 WHERE room_id = 1 AND seq = 31`,
				"number 31 stands twice|number 32 is missing"},
			{`UPDATE rooms SET head_tag = head_tag + 1 WHERE id = 1`, `UPDATE rooms SET head_tag = head_tag - 1 WHERE id = 1`,
				"the tag of number 36 is not that of its head"},
			{`UPDATE messages SET body = 'back' WHERE seq = 11 AND room_id = 1`, `UPDATE messages SET body = NULL WHERE seq = 11 AND room_id = 1`,
				"messages 11 have a text though deleted"},
			{`UPDATE messages SET edited_at = 7 WHERE seq IN (3, 4, 5, 6, 7, 8, 9)`, `UPDATE messages SET edited_at = NULL WHERE edited_at = 7`,
				"messages 3, 4, 5, 6, 7, and 2 more were edited, and the log does not say when"},
			{`UPDATE messages SET body = NULL, deleted_at = 7 WHERE seq = 12`, `UPDATE messages SET body = '10', deleted_at = NULL WHERE seq = 12`,
				"messages 12 are deleted, and the log does not say so"},
			{`UPDATE changes SET ref = 13 WHERE kind = 'delete'`, `UPDATE changes SET ref = 11 WHERE kind = 'delete'`,
				"messages 11 are deleted, and the log does not say so|messages 13 are deleted, and they are not"},
			{`UPDATE changes SET ref = 900 WHERE kind = 'edit'`, `UPDATE changes SET ref = 10 WHERE kind = 'edit'`,
				"messages 10 were edited, and the log does not say when|messages 900 were edited, and they are not there"},
			{`UPDATE messages SET seq = NULL WHERE seq = 9`, `UPDATE messages SET seq = 9 WHERE seq IS NULL`, "number 9 is missing|messages with the ids 8 have no number"},
			{`UPDATE members SET role = 'moderator' WHERE user_id = 2`, `UPDATE members SET role = 'member' WHERE user_id = 2`, "disagree about the users with the ids 2"},
			{`UPDATE reactions SET added = 32`, `UPDATE reactions SET added = 36`, "the log does not say of all reactions to messages 14"},
			{`UPDATE changes SET kind = 'edit' WHERE seq = 36`, `UPDATE changes SET kind = 'react' WHERE seq = 36`, "the log does not say of all reactions to messages 14"},
			{`UPDATE messages SET reacted = 0 WHERE reacted = 1`, `UPDATE messages SET reacted = 1 WHERE seq = 14`, "messages 14 are marked as if"},
			{`UPDATE messages SET reacted = 1 WHERE seq = 15`, `UPDATE messages SET reacted = 0 WHERE seq = 15`, "messages 15 are marked as if"},
			{`UPDATE reactions SET seq = 11`, `UPDATE reactions SET seq = 14`, "there are reactions to messages 11, which are deleted|marked as if"},
			{`UPDATE rooms SET party = '1,2,3' WHERE id = 3`, `UPDATE rooms SET party = '1,2' WHERE id = 3`, "the direct room with the id 3 is not between its members"},
			{`UPDATE rooms SET party = '1,3' WHERE id = 3`, `UPDATE rooms SET party = '1,2' WHERE id = 3`, "the direct room with the id 3 is not between its members"},
			{`UPDATE rooms SET party = '2' WHERE id = 3`, `UPDATE rooms SET party = '1,2' WHERE id = 3`, "the direct room with the id 3 is not between its members"},
			{`UPDATE changes SET kind = 'left' WHERE user_id = 2`, `UPDATE changes SET kind = 'joined' WHERE user_id = 2`,
				"disagree about the users with the ids 2|how the users with the ids 2 became members"},
		} {
			if db.Kind == "postgres" && strings.Contains(test.break_, "seq = NULL") {
				continue // which its own NOT NULL forbids
			}
			db.Must(test.break_)
			all := strings.Join(verify().Faults, "\n")
			for says := range strings.SplitSeq(test.says, "|") {
				if !strings.Contains(all, says) {
					t.Errorf("%s\nsays %q\nwant %q", test.break_, all, says)
				}
			}
			db.Must(test.mend)
			if a := verify(); len(a.Faults) != 0 {
				t.Fatalf("%s: %v", test.mend, a.Faults)
			}
		}
		with()
		// What retention has removed is no fault.
		db.Must(`UPDATE rooms SET floor = 20, floor_tag = (SELECT tag FROM messages WHERE room_id = 1 AND seq = 20) WHERE id = 1; DELETE FROM messages WHERE room_id = 1 AND seq < 15`)
		if a := verify(); a.Removed != 20 || a.Messages != 12 || len(a.Faults) != 0 {
			t.Errorf("%+v", a)
		}
	})
}
