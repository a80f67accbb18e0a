package chat

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"maru/internal/markup"
)

// byFields is what encoding/json makes of v by itself.
func byFields(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// Whatever people write, what is encoded by hand is what encoding/json makes of
// the fields, alone and inside of other things.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{"", "hi", "a\r\nb\tc\bd\fe", "\u2028\u2029\ufffd", "\x00\x1b\x7f", "\"\\/", "한글 😀", "<b>&amp;</b>", "\xff\xfe\xed\xa0\x80", "**a** \"b\"\n- c\n- \xc3"} {
		f.Add(text, "민아", int64(7), int64(1_800_000_000_123), true)
		f.Add("hi", text, int64(0), int64(0), false)
	}
	f.Fuzz(func(t *testing.T, body, name string, n, at int64, rest bool) {
		if at < 0 || at > int64(MaxTime) {
			return
		}
		u := User{ID: n, Name: name, DisplayName: name, Kind: KindGuest, Role: ServerMember}
		if rest {
			u.Avatar = "https://example.com/" + body
		}
		shown := struct {
			ID          int64      `json:"id"`
			Name        string     `json:"name"`
			DisplayName string     `json:"display_name"`
			Kind        UserKind   `json:"kind"`
			Role        ServerRole `json:"role"`
			AvatarURL   string     `json:"avatar_url"`
		}{u.ID, u.Name, u.DisplayName, u.Kind, u.Role, u.AvatarURL()}
		if got, want := string(JSON(u)), byFields(t, shown); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		m := &Message{Room: name, Seq: n, At: Time(at), Author: u, Body: body}
		if rest {
			m.Tokens, m.Nonce, m.ReplyTo, m.EditedAt, m.Deleted = markup.Parse(body, nil), name, n, Time(at), true
			m.Reactions = []Reaction{{Emoji: body, Users: []int64{n, 2}}, {}}
		}
		type fields Message
		want := byFields(t, (*fields)(m))
		if got := string(JSON(m)); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if got := string(JSON([]any{m, (*Message)(nil)})); got != "["+want+",null]" {
			t.Errorf("%s\nwant %s", got, want)
		}
	})
}

// A field that is new has to be encoded, too.
func TestEveryField(t *testing.T) {
	m := &Message{
		Room: "lobby", Seq: 1, At: 1, Author: User{ID: 1}, Body: "*a*", Tokens: markup.Parse("*a*", nil), Nonce: "n", ReplyTo: 1, EditedAt: 1, Deleted: true,
		Reactions: []Reaction{{Emoji: "👍", Users: []int64{1}}},
	}
	for value, i := reflect.ValueOf(*m), 0; i < value.NumField(); i++ {
		if value.Field(i).IsZero() {
			t.Errorf("%s is empty here", value.Type().Field(i).Name)
		}
	}
	type fields Message
	if got, want := string(JSON(m)), byFields(t, (*fields)(m)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := string(JSON((*Message)(nil))); got != "null" {
		t.Error(got)
	}
}
