package stream

import (
	"testing"

	"maru/internal/chat"
)

// What is encoded by hand is what encoding/json makes of the fields: types made of
// them have no AppendJSON.
func TestSay(t *testing.T) {
	type greetingFields greeting
	type markFields mark
	you := chat.User{ID: 1, Name: "mina", DisplayName: "민아 \"<b>\"", Kind: chat.KindGuest, Role: chat.ServerOwner}
	full := greeting{"lobby", 7, 3, &you, "마루 & <i>", "a\nb\u2028", true, chat.RoomOwner, 5}
	for _, c := range []struct{ by, fields any }{
		{full, greetingFields(full)},
		{greeting{}, greetingFields{}},
		{mark{"lobby", 7, "7.5"}, markFields{"lobby", 7, "7.5"}},
		{mark{Room: "lobby", Head: 7}, markFields{Room: "lobby", Head: 7}},
		{mark{}, markFields{}},
	} {
		if got, want := string(chat.JSON(c.by)), string(chat.JSON(c.fields)); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}
