package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"testing"
)

// canonical is a script that writes the rows of a conversation in one way,
// whoever drew them: attributes and classes in order, neighbouring texts as one.
const canonical = `(() => {
	const write = (node) => {
		if (node.nodeType === Node.TEXT_NODE) return JSON.stringify(node.data);
		const value = ({ name, value }) => JSON.stringify(name === 'class' ? value.split(' ').sort().join(' ') : value);
		const attributes = [...node.attributes].map((one) => ' ' + one.name + '=' + value(one)).sort();
		return '<' + node.localName + attributes.join('') + '>' + [...node.childNodes].map(write).join('') + '</>';
	};
	const rows = document.querySelector('#rows').cloneNode(true);
	rows.normalize();
	return [...rows.children].map(write);
})()`

// zoned puts a reader into a zone other than the server's.
func zoned(tab *Tab) {
	tab.Language("ko")
	tab.Call("Emulation.setTimezoneOverride", object{"timezoneId": "Asia/Seoul"})
	tab.Call("Network.setCookie", object{"name": "zone", "value": "Asia/Seoul", "url": tab.base})
}

// sameRows compares the rows that the script of a tab has drawn as they came
// with those that the server draws of the same room.
func sameRows(t *testing.T, live, plain *Tab, room string) {
	t.Helper()
	drawn := Eval[[]string](live, canonical)
	plain.Go("/rooms/" + room)
	served := Eval[[]string](plain, canonical)
	if len(drawn) != len(served) {
		t.Errorf("%s: the script draws %d rows and the server %d", room, len(drawn), len(served))
	}
	for i := range min(len(drawn), len(served)) {
		if drawn[i] != served[i] {
			t.Errorf("%s, row %d: the script draws\n%s\nand the server\n%s", room, i, drawn[i], served[i])
		}
	}
}

// twoRenderers opens one reader's page twice: with the script, and without.
func twoRenderers(t *testing.T, s *Server, reader *Person) (live, plain *Tab) {
	w := NewWindow(t, s.URL(), zoned).SignIn(reader)
	return w.Tab("with the script"), w.Tab("without a script").NoScript()
}

// There are two renderers of a message, a template and a module. For every case
// of the corpus they make the same nodes, with all that stands around them.
func TestTwoRenderers(t *testing.T) {
	text, err := os.ReadFile("../../internal/markup/testdata/corpus.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Name, Body string }
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	s := StartServer(t)
	var people []*Person // the corpus knows 민아 as 7, anna as 3 and j.doe as 4
	for _, name := range []string{"first", "second", "anna", "j.doe", "fifth", "sixth", "민아"} {
		people = append(people, s.Join(name, ""))
	}
	anna, doe, mina := people[2], people[3], people[6]
	if anna.ID != 3 || doe.ID != 4 || mina.ID != 7 {
		t.Fatal("the people of the corpus have other ids")
	}
	live, plain := twoRenderers(t, s, mina)
	const each = 24 // and as many answers
	refused := 0
	for n := 0; n*each < len(cases); n++ {
		room := fmt.Sprintf("corpus-%d", n)
		anna.Open(room, room, "open")
		live.Go("/rooms/" + room).Live()
		rows := 0
		var last int64
		for i, c := range cases[n*each : min(len(cases), (n+1)*each)] {
			author := []*Person{anna, anna, doe, mina, anna}[i%5]
			var got struct{ Message Message }
			if _, err := author.Ask("POST", "/rooms/"+room+"/messages", object{"body": c.Body}, &got); err != nil {
				refused++ // a body that shows nothing
				continue
			}
			last = anna.Reply(room, "→ "+c.Name, got.Message.Seq)
			rows += 2
		}
		live.Wait("all rows", "document.querySelectorAll('#rows > .msg').length === %s", rows)
		mina.Ask("PUT", "/rooms/"+room+"/read", object{"seq": last}, nil)
		sameRows(t, live, plain, room)
	}
	t.Logf("%d cases, each with an answer to it; %d more show nothing and were refused", len(cases)-refused, refused)
}

// What changes after it was drawn comes to look as the server draws it anew.
func TestTwoRenderersOfChanges(t *testing.T) {
	s := StartServer(t)
	mina, soran := s.Join("mina", "민아"), s.Join("soran", "소란")
	live, plain := twoRenderers(t, s, mina)
	at := func(seq int64) string { return fmt.Sprintf("/rooms/lobby/messages/%d", seq) }
	old := soran.Say("lobby", "> 옛말\n이 있다")
	mina.Say("lobby", "이미 있던 말")
	live.Go("/rooms/lobby").Live()
	edited, deleted := soran.Say("lobby", "고칠 말"), soran.Say("lobby", "지울 말")
	for _, to := range []int64{old, edited, deleted} {
		soran.Reply("lobby", "남의 답", to)
		mina.Reply("lobby", "나의 답", to)
	}
	soran.Must("PATCH", at(edited), object{"body": "- 고친\n- 말"}, nil)
	soran.Must("DELETE", at(deleted), nil, nil)
	soran.Must("PATCH", "/account", object{"display_name": "소란한 사람"}, nil)
	live.Say("화면에서 **쓴** 말\n두 줄 @soran")
	live.stored("화면에서 쓴 말두 줄 @soran")
	live.Wait("the new name", "document.querySelector(%s)?.textContent === '소란한 사람'", row(old)+" .by b")
	live.Wait("the edit and the deletion", "document.querySelector(%s) && document.querySelector(%s)", row(edited)+" .edited", row(deleted)+" .gone")
	for _, emoji := range []string{"👍", "❤️", "🦆"} {
		soran.React("lobby", old, emoji)
		mina.React("lobby", edited, emoji)
	}
	mina.React("lobby", old, "❤️")
	soran.Must("DELETE", at(old)+"/reactions/"+url.PathEscape("👍"), nil, nil)
	last := soran.Say("lobby", "끝")
	live.stored("끝")
	mina.Must("PUT", "/rooms/lobby/read", object{"seq": last}, nil)
	sameRows(t, live, plain, "lobby")
}
