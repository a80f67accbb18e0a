package store_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"maru/internal/chat"
	"maru/internal/store"
	"maru/internal/testdb"
	"maru/internal/upkeep"
)

// scene is a database with two users, a closed room, a deleted room, a direct
// room between both and one of mina alone, and in the lobby five numbers: joined,
// a message with a nonce, a message, a deleted one, its deletion. In the closed
// room bora has reacted to a message.
func scene(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := context.Background()
	mina, bora := testdb.User(t, s, "mina"), testdb.User(t, s, "bora")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []chat.Draft{{Body: "one", Nonce: "n1"}, {Body: "two"}, {Body: "three"}} {
		_, _, err := s.PostMessage(ctx, mina, "lobby", d)
		must(err)
	}
	must(s.DeleteMessage(ctx, mina, "lobby", 4))
	_, err := s.OpenRoom(ctx, mina, chat.NewRoom{Slug: "closed", Name: "closed", Kind: chat.Closed, Members: []int64{bora.ID}})
	must(err)
	_, err = s.OpenRoom(ctx, mina, chat.NewRoom{Slug: "ended", Name: "ended", Kind: chat.Open})
	must(err)
	_, _, err = s.PostMessage(ctx, mina, "ended", chat.Draft{Body: "last"})
	must(err)
	must(s.DeleteRoom(ctx, mina, "ended"))
	_, _, err = s.PostMessage(ctx, mina, "closed", chat.Draft{Body: "liked"})
	must(err)
	must(s.React(ctx, bora, "closed", 3, "👍"))
	must(third(s.OpenDirect(ctx, mina, "direct", []int64{bora.ID})))
	must(third(s.OpenDirect(ctx, mina, "alone", nil)))
}

// on says which database a test is for: its name may end with it, in brackets.
func on(name, kind string) bool {
	_, only, ok := strings.Cut(name, " [")
	return !ok || only == kind+"]"
}

// What a stranger may not do is refused in the stranger's own statement, with
// words that say why, and leaves nothing behind.
func TestGuardsRefuse(t *testing.T) {
	long := strings.Repeat("가", 4001)
	const message = "messages.body is text of 1 to 4000 characters"
	tests := []struct{ name, statement, says string }{
		{"a given seq", `INSERT INTO messages (room_id, author_id, body, seq) VALUES (1, 1, 'x', 6)`, "leave them out"},
		{"a given tag", `INSERT INTO messages (room_id, author_id, body, tag) VALUES (1, 1, 'x', 6)`, "leave them out"},
		{"a seq that is not the next, with a tag", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 7, 6)`, "leave them out"},
		{"a seq that was given, with a tag", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 5, 6)`, "leave them out"},
		{"OR REPLACE by seq [sqlite]", `INSERT OR REPLACE INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 2, 6)`, "leave them out"},
		{"the next seq, with a tag [postgres]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 6, 6)`, "leave them out"},
		{"the next seq without a tag [sqlite]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 6, NULL)`, "leave them out"},
		{"the next seq with a tag that is none [sqlite]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 6, 1.5)`, "leave them out"},
		{"the next seq with a tag too large [sqlite]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 6, 2147483648)`, "leave them out"},
		{"the next seq with a wrong body [sqlite]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, '', 6, 6)`, message},
		{"the next seq twice [sqlite]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 1, 'x', 6, 6), (1, 1, 'y', 6, 6)`, "leave them out"},
		{"a bumped head with a given seq", `UPDATE rooms SET head = head + 1 WHERE id = 1; INSERT INTO messages (room_id, author_id, body, seq) VALUES (1, 1, 'x', 6)`, "kept by the database|leave them out"},
		{"OR REPLACE by nonce [sqlite]", `INSERT OR REPLACE INTO messages (room_id, author_id, body, nonce) VALUES (1, 1, 'x', 'n1')`, "nonce is used already"},
		{"OR REPLACE by id [sqlite]", `INSERT OR REPLACE INTO messages (id, room_id, author_id, body) VALUES (1, 1, 1, 'x')`, "id is used already"},
		{"OR IGNORE by nonce [sqlite]", `INSERT OR IGNORE INTO messages (room_id, author_id, body, nonce) VALUES (1, 1, 'x', 'n1')`, "nonce is used already"},
		{"ON CONFLICT DO NOTHING", `INSERT INTO messages (room_id, author_id, body, nonce) VALUES (1, 1, 'x', 'n1') ON CONFLICT DO NOTHING`, "nonce is used already"},
		{"ON CONFLICT DO UPDATE [sqlite]", `INSERT INTO messages (id, room_id, author_id, body) VALUES (1, 1, 1, 'x') ON CONFLICT (id) DO UPDATE SET body = 'x'`, "id is used already"},
		{"a given id [postgres]", `INSERT INTO messages (id, room_id, author_id, body) VALUES (500, 1, 1, 'x')`, "GENERATED ALWAYS"},
		{"a used id [postgres]", `INSERT INTO messages (id, room_id, author_id, body) OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 'x')`, "duplicate key"},
		{"ON CONFLICT DO UPDATE [postgres]", `INSERT INTO messages (room_id, author_id, body, nonce) VALUES (1, 1, 'x', 'n1') ON CONFLICT (author_id, room_id, nonce) DO UPDATE SET body = 'x'`, "nonce is used already"},
		{"UPDATE of id [postgres]", `UPDATE messages SET nonce = 'n2' WHERE id = 1`, "only body and deleted_at"},
		{"a blank body [postgres]", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, E' \t\n\r')`, message},
		{"a row of the log at the head [postgres]", `INSERT INTO changes (room_id, seq, tag, kind) SELECT 1, head + 1, head_tag, 'edit' FROM rooms WHERE id = 1`, "by the database alone"},
		{"a member twice [postgres]", `INSERT INTO members (room_id, user_id, role) VALUES (1, 1, 'owner') ON CONFLICT DO NOTHING`, "member of this room already"},
		{"a slug twice [postgres]", `INSERT INTO rooms (slug, name) VALUES ('lobby', 'x') ON CONFLICT DO NOTHING`, "slug is used already"},
		{"a head set as the triggers do [postgres]", `SET maru.numbering = 'on'; UPDATE rooms SET head = 50 WHERE id = 1`, "kept by the database"},
		{"TRUNCATE of messages [postgres]", `TRUNCATE messages`, "not truncated"},
		{"TRUNCATE of everything [postgres]", `TRUNCATE rooms CASCADE`, "not truncated"},
		{"an id far ahead [sqlite]", `INSERT INTO messages (id, room_id, author_id, body) VALUES (9007199254740993, 1, 1, 'x')`, "too far ahead"},
		{"an id below zero [sqlite]", `INSERT INTO messages (id, room_id, author_id, body) VALUES (-7, 1, 1, 'x')`, "messages.id is positive"},
		{"UPDATE OR REPLACE of id [sqlite]", `UPDATE OR REPLACE messages SET id = 1 WHERE id = 2`, "only body and deleted_at"},
		{"UPDATE OR REPLACE of nonce [sqlite]", `UPDATE OR REPLACE messages SET nonce = 'n1' WHERE id = 2`, "only body and deleted_at"},
		{"UPDATE of room_id", `UPDATE messages SET room_id = 2 WHERE id = 1`, "only body and deleted_at"},
		{"UPDATE of author_id", `UPDATE messages SET author_id = 2 WHERE id = 1`, "only body and deleted_at"},
		{"UPDATE of seq", `UPDATE messages SET seq = 99 WHERE id = 1`, "only body and deleted_at"},
		{"UPDATE of tag", `UPDATE messages SET tag = 99 WHERE id = 1`, "only body and deleted_at"},
		{"UPDATE of at", `UPDATE messages SET at = 99 WHERE id = 1`, "only body and deleted_at"},
		{"UPDATE of edited_at", `UPDATE messages SET edited_at = 99 WHERE id = 1`, "set by the database"},
		{"a text for a tombstone", `UPDATE messages SET body = 'back' WHERE id = 3`, "stays deleted"},
		{"a tombstone undone", `UPDATE messages SET deleted_at = NULL WHERE id = 3`, "stays deleted"},
		{"a tombstone undone with a text", `UPDATE messages SET deleted_at = NULL, body = 'back' WHERE id = 3`, "stays deleted"},
		{"an edit to nothing", `UPDATE messages SET body = NULL WHERE id = 1`, message},
		{"an edit to blank", `UPDATE messages SET body = '   ' WHERE id = 1`, message},
		{"an edit too long", `UPDATE messages SET body = '` + long + `' WHERE id = 1`, message},
		{"an unknown room", `INSERT INTO messages (room_id, author_id, body) VALUES (99, 1, 'x')`, "no such room"},
		{"a deleted room", `INSERT INTO messages (room_id, author_id, body) VALUES (3, 1, 'x')`, "no such room"},
		{"no room", `INSERT INTO messages (author_id, body) VALUES (1, 'x')`, "no such room"},
		{"an unknown author", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 99, 'x')`, "no such user"},
		{"no author", `INSERT INTO messages (room_id, body) VALUES (1, 'x')`, "no such user"},
		{"a body of bytes [sqlite]", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, x'6869')`, message},
		{"no body", `INSERT INTO messages (room_id, author_id) VALUES (1, 1)`, message},
		{"an empty body", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, '')`, message},
		{"a blank body [sqlite]", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, char(9, 10, 13, 32))`, message},
		{"a body too long", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, '` + long + `')`, message},
		{"a body with NUL [sqlite]", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, 'a' || char(0) || 'b')`, message},
		{"born deleted", `INSERT INTO messages (room_id, author_id, deleted_at) VALUES (1, 1, 5)`, "neither edited nor deleted"},
		{"a wrong nonce", `INSERT INTO messages (room_id, author_id, body, nonce) VALUES (1, 1, 'x', 'a b')`, "messages.nonce is"},
		{"a wrong time", `INSERT INTO messages (room_id, author_id, body, at) VALUES (1, 1, 'x', '2026-01-01')`, "messages.at is|invalid input"},
		{"an edit in a deleted room", `UPDATE messages SET body = 'x' WHERE room_id = 3`, "room of this message is deleted"},
		{"a deletion in a deleted room", `DELETE FROM messages WHERE room_id = 3`, "room of this message is deleted"},
		{"a reaction with a number", `INSERT INTO reactions (room_id, seq, user_id, emoji, added) VALUES (1, 2, 2, '👍', 6)`, "leave it out"},
		{"a reaction twice", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (2, 3, 2, '👍')`, "already"},
		{"a reaction twice, OR REPLACE [sqlite]", `INSERT OR REPLACE INTO reactions (room_id, seq, user_id, emoji) VALUES (2, 3, 2, '👍')`, "already"},
		{"a reaction twice, ON CONFLICT", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (2, 3, 2, '👍') ON CONFLICT DO NOTHING`, "already"},
		{"a reaction in no room", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (99, 3, 2, '👍')`, "no such room"},
		{"a reaction in a deleted room", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (3, 2, 2, '👍')`, "no such room"},
		{"a reaction to no message", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 1, 2, '👍')`, "no such message"},
		{"a reaction to a deleted message", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 4, 2, '👍')`, "no such message"},
		{"a reaction of nobody", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 99, '👍')`, "no such user"},
		{"a reaction of letters", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, 'good')`, "reactions.emoji is"},
		{"a reaction of letters and more", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '<b>👍')`, "reactions.emoji is"},
		{"a reaction of nothing", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '')`, "reactions.emoji is"},
		{"a reaction too long", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍')`, "reactions.emoji is"},
		{"a reaction changed", `UPDATE reactions SET emoji = '👎'`, "delete it and insert another"},
		{"a reaction given to another", `UPDATE reactions SET user_id = 1`, "delete it and insert another"},
		{"a reaction renumbered", `UPDATE reactions SET added = 1`, "delete it and insert another"},
		{"a mark without a reaction", `UPDATE messages SET reacted = 1 WHERE id = 1`, "kept by the database"},
		{"a mark taken away", `UPDATE messages SET reacted = 0 WHERE room_id = 2`, "kept by the database"},
		{"born with a mark", `INSERT INTO messages (room_id, author_id, body, reacted) VALUES (1, 1, 'x', 1)`, "neither edited nor deleted"},
		{"TRUNCATE of reactions [postgres]", `TRUNCATE reactions`, "not truncated"},
		{"a row of the log", `INSERT INTO changes (room_id, seq, tag, kind) VALUES (1, 6, 1, 'edit')`, "by the database alone"},
		{"a row of the log at the head [sqlite]", `INSERT OR REPLACE INTO changes (room_id, seq, tag, kind) SELECT 1, head, head_tag, 'edit' FROM rooms WHERE id = 1`, "by the database alone"},
		{"UPDATE of the log", `UPDATE changes SET ref = 2`, "by the database alone"},
		{"DELETE of the log", `DELETE FROM changes`, "by the database alone"},
		{"a member twice [sqlite]", `INSERT OR REPLACE INTO members (room_id, user_id, role) VALUES (1, 1, 'owner')`, "member of this room already"},
		{"a member of no room", `INSERT INTO members (room_id, user_id) VALUES (99, 1)`, "no such room"},
		{"a member who is nobody", `INSERT INTO members (room_id, user_id) VALUES (1, 99)`, "no such user"},
		{"a membership moved", `UPDATE members SET room_id = 2 WHERE room_id = 1`, "cannot be moved"},
		{"an unknown role", `UPDATE members SET role = 'king' WHERE room_id = 1`, "members.role is"},
		{"the head set", `UPDATE rooms SET head = 50 WHERE id = 1`, "kept by the database"},
		{"the head set back", `UPDATE rooms SET head = 1 WHERE id = 1`, "kept by the database"},
		{"the floor raised", `UPDATE rooms SET floor = 3 WHERE id = 1`, "kept by the database"},
		{"the floor raised to the head", `UPDATE rooms SET floor = head WHERE id = 1`, "kept by the database"},
		{"the floor raised with a wrong tag", `UPDATE rooms SET floor = 3, floor_tag = (SELECT tag FROM messages WHERE room_id = 1 AND seq = 2) WHERE id = 1`, "kept by the database"},
		{"the floor's tag set", `UPDATE rooms SET floor_tag = 1 WHERE id = 1`, "kept by the database"},
		{"the head's tag set", `UPDATE rooms SET head_tag = 1 WHERE id = 1`, "kept by the database"},
		{"a slug changed", `UPDATE rooms SET slug = 'hall' WHERE id = 1`, "only name, topic and kind"},
		{"an unknown kind", `UPDATE rooms SET kind = 'secret' WHERE id = 1`, "rooms.kind is"},
		{"a room made direct", `UPDATE rooms SET kind = 'direct' WHERE id = 1`, "direct"},
		{"a direct room made open", `UPDATE rooms SET kind = 'open' WHERE id = 4`, "stays direct"},
		{"a direct room given a name", `UPDATE rooms SET name = 'x' WHERE id = 4`, "a direct room has no name"},
		{"a direct room of a stranger", `INSERT INTO rooms (slug, name, kind) VALUES ('new', '', 'direct')`, "opened by Maru"},
		{"a direct room with a name", `INSERT INTO rooms (slug, name, kind, party) VALUES ('new', 'x', 'direct', '2')`, "a direct room has no name"},
		{"a second direct room", `INSERT INTO rooms (slug, name, kind, party) VALUES ('new', '', 'direct', '1,2')`, "for this party already"},
		{"a second direct room in the place of the first [sqlite]", `INSERT OR REPLACE INTO rooms (slug, name, kind, party) VALUES ('new', '', 'direct', '1,2')`, "for this party already"},
		{"a party that is none", `INSERT INTO rooms (slug, name, kind, party) VALUES ('new', '', 'direct', '1;2')`, "rooms.party is"},
		{"a party of an open room", `INSERT INTO rooms (slug, name, party) VALUES ('new', 'x', '2')`, "rooms.party is"},
		{"a party changed", `UPDATE rooms SET party = '1,2,3' WHERE id = 4`, "kept by the database"},
		{"a party forgotten", `UPDATE rooms SET party = NULL WHERE id = 4`, "kept by the database"},
		{"a party set as the triggers do [postgres]", `SET maru.numbering = 'on'; UPDATE rooms SET party = NULL WHERE id = 4`, "kept by the database"},
		{"another into a direct room", `INSERT INTO members (room_id, user_id) VALUES (5, 2)`, "those that it was opened for"},
		{"back into a direct room", `DELETE FROM members WHERE room_id = 4 AND user_id = 2; INSERT INTO members (room_id, user_id) VALUES (4, 2)`, "those that it was opened for"},
		{"a room without a name", `UPDATE rooms SET name = '' WHERE id = 1`, "rooms.name is"},
		{"a room undeleted", `UPDATE rooms SET deleted_at = NULL WHERE id = 3`, "stays deleted"},
		{"a deleted room renamed", `UPDATE rooms SET name = 'x' WHERE id = 3`, "stays deleted"},
		{"rooms deleted as rows", `DELETE FROM rooms WHERE id = 1`, "not deleted as rows"},
		{"a slug twice [sqlite]", `INSERT OR REPLACE INTO rooms (slug, name) VALUES ('lobby', 'x')`, "slug is used already"},
		{"a room with a head", `INSERT INTO rooms (slug, name, head) VALUES ('new', 'x', 5)`, "a new room is empty"},
		{"users deleted as rows", `DELETE FROM users WHERE id = 2`, "not deleted as rows"},
		{"a second owner", `UPDATE users SET role = 'owner' WHERE id = 2`, "UNIQUE|unique"},
		{"a new handle", `UPDATE users SET name = 'x' WHERE id = 2`, "never change"},
	}
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		scene(t, s)
		const state = `SELECT * FROM rooms; SELECT * FROM messages; SELECT * FROM changes; SELECT * FROM members; SELECT * FROM users; SELECT * FROM reactions;`
		before := db.Must(state)
		for _, test := range tests {
			if !on(test.name, db.Kind) {
				continue
			}
			// One transaction, so that what a first statement may do is undone with it.
			out, err := db.Shell("BEGIN; " + test.statement + "; COMMIT;")
			if _, exited := err.(*exec.ExitError); !exited {
				t.Errorf("%s: accepted: %s", test.name, out)
			}
			said := false
			for _, words := range strings.Split(test.says, "|") {
				said = said || strings.Contains(out, words)
			}
			if !said {
				t.Errorf("%s: says %q, want %q", test.name, out, test.says)
			}
			if after := db.Must(state); after != before {
				t.Fatalf("%s: left something behind:\n%s\n---\n%s", test.name, before, after)
			}
		}
		db.Audit()
	})
}

// What a stranger may do is numbered and logged by the database itself.
func TestStrangersWrite(t *testing.T) {
	tests := []struct{ name, statement, events string }{
		{"INSERT", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'x')`, "message:6:x"},
		{"INSERT of several", `INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'x'), (1, 1, 'y')`, "message:6:x message:7:y"},
		{"INSERT with recursive triggers [sqlite]", `PRAGMA recursive_triggers = ON; INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'x')`, "message:6:x"},
		{"INSERT of a number as text", `INSERT INTO messages (room_id, author_id, body) VALUES ('1', '2', 42)`, "message:6:42"},
		{"INSERT with a free id [sqlite]", `INSERT INTO messages (id, room_id, author_id, body) VALUES (500, 1, 2, 'x')`, "message:6:x"},
		{"INSERT with the next numbers [sqlite]", `INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 2, 'x', 6, 6), (1, 1, 'y', 7, 7); INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'z')`, "message:6:x message:7:y message:8:z"},
		{"OR IGNORE of the next number burns none [sqlite]", `INSERT OR IGNORE INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 2, '', 6, 6); INSERT INTO messages (room_id, author_id, body, seq, tag) VALUES (1, 2, 'y', 6, 6)`, "message:6:y"},
		{"INSERT rolled back", `BEGIN; INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'x'); ROLLBACK; INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'y')`, "message:6:y"},
		{"INSERT of 4,000 characters [sqlite]", `INSERT INTO messages (room_id, author_id, body) SELECT 1, 2, replace(hex(zeroblob(2000)), '0', '가')`, "message:6:" + strings.Repeat("가", 4000)},
		{"INSERT of 4,000 characters [postgres]", `INSERT INTO messages (room_id, author_id, body) SELECT 1, 2, repeat('가', 4000)`, "message:6:" + strings.Repeat("가", 4000)},
		{"ON CONFLICT with a free nonce [postgres]", `INSERT INTO messages (room_id, author_id, body, nonce) VALUES (1, 2, 'x', 'n2') ON CONFLICT DO NOTHING`, "message:6:x"},
		{"COPY [postgres]", "COPY messages (room_id, author_id, body) FROM stdin;\n1\t2\tx\n1\t1\ty\n\\.\n", "message:6:x message:7:y"},
		{"OR IGNORE of what is wrong burns no number [sqlite]", `INSERT OR IGNORE INTO messages (room_id, author_id, body) VALUES (1, 2, ''); INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'y')`, "message:6:y"},
		{"UPDATE of body", `UPDATE messages SET body = 'new' WHERE id = 1`, "message:2:new:edited"},
		{"UPDATE to the same", `UPDATE messages SET body = 'one' WHERE id = 1`, ""},
		{"UPDATE with recursive triggers [sqlite]", `PRAGMA recursive_triggers = ON; UPDATE messages SET body = 'new' WHERE id = 1`, "message:2:new:edited"},
		{"UPDATE of deleted_at clears the body", `UPDATE messages SET deleted_at = 7 WHERE id = 1`, "message:2::deleted"},
		{"UPDATE of both", `UPDATE messages SET body = 'new', deleted_at = 7 WHERE id = 1`, "message:2::deleted"},
		{"DELETE leaves a tombstone", `DELETE FROM messages WHERE id = 1`, "message:2::deleted"},
		{"DELETE with recursive triggers [sqlite]", `PRAGMA recursive_triggers = ON; DELETE FROM messages WHERE id = 1`, "message:2::deleted"},
		{"DELETE of several", `DELETE FROM messages WHERE room_id = 1`, "message:2::deleted message:3::deleted"},
		{"DELETE of a tombstone", `DELETE FROM messages WHERE id = 3`, ""},
		{"a reaction", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍')`, "message:2:one:👍2"},
		{"reactions", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍'), (1, 2, 2, '❤️'), (1, 3, 1, '👍')`, "message:2:one:👍2:❤️2 message:2:one:👍2:❤️2 message:3:two:👍1"},
		{"a reaction, taken back", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍'), (1, 2, 1, '👍'); DELETE FROM reactions WHERE room_id = 1 AND user_id = 2`, "message:2:one:👍1 message:2:one:👍1 message:2:one:👍1"},
		{"reactions with recursive triggers [sqlite]", `PRAGMA recursive_triggers = ON; INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍'); DELETE FROM reactions WHERE room_id = 1`, "message:2:one message:2:one"},
		{"a reaction rolled back", `BEGIN; INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍'); ROLLBACK; INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'y')`, "message:6:y"},
		{"an edit of what has reactions", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍'); UPDATE messages SET body = 'new' WHERE id = 1`, "message:2:new:edited:👍2 message:2:new:edited:👍2"},
		{"a deletion of what has reactions", `INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍'), (1, 2, 1, '👎'); DELETE FROM messages WHERE id = 1`, "message:2::deleted message:2::deleted message:2::deleted"},
		{"a member in", `INSERT INTO members (room_id, user_id) VALUES (1, 2)`, "member:bora:joined:member"},
		{"a member out of a direct room", `DELETE FROM members WHERE room_id = 4; UPDATE messages SET body = 'new' WHERE id = 1`, "message:2:new:edited"},
		{"a member out", `DELETE FROM members WHERE room_id = 1 AND user_id = 1`, "member:mina:removed:"},
		{"a role", `UPDATE members SET role = 'moderator' WHERE room_id = 1`, "member:mina:role:moderator"},
		{"a room renamed", `UPDATE rooms SET name = 'Hall', topic = 'talk' WHERE id = 1`, "room:Hall:talk:open"},
		{"a room closed", `UPDATE rooms SET kind = 'closed' WHERE id = 1`, "room:lobby::closed"},
		{"a room as it is", `UPDATE rooms SET name = name, kind = 'open' WHERE id = 1`, ""},
		{"a user renamed", `UPDATE users SET display_name = 'Mina B' WHERE id = 1`, "member:Mina B:profile:"},
		{"a user renamed who is not here", `UPDATE users SET display_name = 'Bora B' WHERE id = 2`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
				if !on(test.name, db.Kind) {
					return
				}
				scene(t, s)
				db.Must(test.statement)
				events, _, err := s.Events(context.Background(), chat.Room{ID: 1, Slug: "lobby"}, 5, 100)
				if err != nil {
					t.Fatal(err)
				}
				if got := describe(events); got != test.events {
					t.Errorf("got %q, want %q", got, test.events)
				}
				db.Audit()
			})
		})
	}
}

// A row that no guard would let in, from a program that went round them, is
// shown as a tombstone: it never stops the others.
func TestBadRowsDoNotStopReaders(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
		scene(t, s)
		if db.Kind == "sqlite" {
			db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 1, CAST(x'ff41' AS TEXT)), (1, 1, 'after')`)
			db.Must(`DROP TRIGGER users_before_delete; DELETE FROM users WHERE id = 2;`)
		} else { // which knows no text that is none: here the author is not there
			db.Must(`INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'x'), (1, 1, 'after')`)
			db.Must(`ALTER TABLE users DISABLE TRIGGER ALL; DELETE FROM users WHERE id = 2;`)
		}
		events, _, err := s.Events(context.Background(), chat.Room{ID: 1, Slug: "lobby"}, 5, 100)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := describe(events), "message:6::deleted message:7:after"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		// A hole, too, is passed over by something with its number.
		db.Must(map[string]string{
			"sqlite":   `DROP TRIGGER messages_before_delete;`,
			"postgres": `ALTER TABLE messages DISABLE TRIGGER USER;`,
		}[db.Kind] + `DELETE FROM messages WHERE seq = 6 AND room_id = 1;`)
		events, _, err = s.Events(context.Background(), chat.Room{ID: 1, Slug: "lobby"}, 4, 100)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := describe(events), "message:4::deleted void message:7:after"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// describe writes events in short, after checking that their numbers are whole.
func describe(events []chat.Event) string {
	var words []string
	for i, e := range events {
		if i > 0 && e.Seq != events[i-1].Seq+1 {
			return "not whole"
		}
		word := e.Name()
		switch {
		case e.Message != nil:
			word = strings.Join([]string{word, itoa(e.Message.Seq), e.Message.Body}, ":")
			if e.Message.Deleted {
				word += ":deleted"
			} else if e.Message.EditedAt != 0 {
				word += ":edited"
			}
			for _, r := range e.Message.Reactions {
				word += ":" + r.Emoji + strings.Trim(fmt.Sprint(r.Users), "[]")
			}
		case e.Member != nil:
			word = strings.Join([]string{word, e.Member.User.DisplayName, string(e.Member.Change), string(e.Member.Role)}, ":")
		case e.Room != nil:
			word = strings.Join([]string{word, e.Room.Name, e.Room.Topic, string(e.Room.Kind)}, ":")
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// A role that was let in writes as docs/sql.md shows, and can forge and read
// nothing else.
func TestGrantedRole(t *testing.T) {
	s, db := testdb.NewPostgres(t)
	scene(t, s)
	db.Must(`DROP ROLE IF EXISTS "a stranger"; CREATE ROLE "a stranger" LOGIN`)
	if err := upkeep.Grant(t.Context(), s.Database(), "a stranger", testdb.Logger(t)); err != nil {
		t.Fatal(err)
	}
	as := func(statement string) (string, error) { return db.Shell(`SET ROLE "a stranger"; ` + statement) }
	for _, fine := range []string{
		`INSERT INTO messages (room_id, author_id, body) VALUES (1, 2, 'x') RETURNING seq`,
		`UPDATE messages SET body = 'y' WHERE id = 1`, `DELETE FROM messages WHERE id = 2`,
		`INSERT INTO members (room_id, user_id) VALUES (1, 2)`, `DELETE FROM members WHERE room_id = 1 AND user_id = 2`,
		`INSERT INTO reactions (room_id, seq, user_id, emoji) VALUES (1, 2, 2, '👍')`, `DELETE FROM reactions WHERE room_id = 1`, `SELECT emoji FROM reactions`,
		`UPDATE rooms SET topic = 'z' WHERE slug = 'lobby'`, `SELECT name FROM users`, `SELECT body FROM messages`,
	} {
		if out, err := as(fine); err != nil {
			t.Errorf("%s: %s", fine, out)
		}
	}
	for _, refused := range []string{
		`INSERT INTO messages (room_id, author_id, body, seq) VALUES (1, 2, 'x', 9)`, `INSERT INTO messages (room_id, author_id, body, tag) VALUES (1, 2, 'x', 9)`,
		`INSERT INTO messages (room_id, author_id, body, at) VALUES (1, 2, 'x', 9)`, `UPDATE messages SET seq = 9`, `UPDATE rooms SET head = 9`,
		`UPDATE rooms SET floor = 1`, `INSERT INTO changes (room_id, seq, tag, kind) VALUES (1, 9, 9, 'edit')`, `SELECT password FROM users`,
		`SELECT * FROM sessions`, `SELECT * FROM tokens`, `UPDATE users SET role = 'owner'`, `SELECT take_number(1)`, `TRUNCATE messages`, `DELETE FROM rooms`,
		`INSERT INTO reactions (room_id, seq, user_id, emoji, added) VALUES (1, 3, 2, '👍', 9)`, `UPDATE reactions SET emoji = '👎'`, `UPDATE messages SET reacted = 1`,
		`SELECT * FROM sites`, `SELECT * FROM site_keys`, `INSERT INTO site_origins (origin, site_id) VALUES ('https://evil.example', 1)`, `SELECT * FROM site_rooms`,
		`SELECT * FROM visitors`, `SELECT * FROM guests`, `INSERT INTO vouched (room_id, user_id) VALUES (1, 1)`, `SELECT avatar FROM users`,
	} {
		if out, err := as(refused); err == nil || !strings.Contains(out, "permission denied") {
			t.Errorf("%s: %v %s", refused, err, out)
		}
	}
	db.Audit()
	sqlite, _ := testdb.New(t)
	if err := upkeep.Grant(t.Context(), sqlite.Database(), "x", testdb.Logger(t)); err == nil {
		t.Error("SQLite has roles")
	}
}
