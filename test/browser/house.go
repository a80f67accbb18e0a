package browser

import (
	"fmt"
	"testing"
)

// House is a server with people and rooms and everything that a page can show.
type House struct {
	*Server
	Mina, Soran, Harin *Person // mina owns the server and reads
	Bodies             []int64 // the messages of the lobby that have the bodies below
	Edited, Deleted    int64
}

// The bodies show each kind of token, and what is hard to lay out.
var bodies = []string{
	"좋은 아침이에요. 오늘은 열 시에 문을 열고, 두 시부터 낭독 모임이 있습니다.",
	"자리는 열두 개, 차는 제가 끓여 둘게요.",
	"**굵게** *기울여* ~~지우고~~ `go run .` 까지",
	"```go\nfunc main() {\n\tfmt.Println(\"마루에 오신 것을 환영합니다. 이 줄은 화면보다 길어서 옆으로 밀어 보아야 합니다.\")\n}\n```",
	"> 문을 열면 마루가 있고\n> 마루에는 햇볕이 있다\n그 문장이 좋았어요",
	"- 보리차\n- 유자차\n  - 따뜻하게\n- 물\n\n1. 앉는다\n2. 읽는다",
	"소개 글은 여기 있어요: https://books.example/ko/windows/6?from=lobby&list=a-very-long-address-that-has-to-be-broken-somewhere-on-a-phone",
	"[책방 지도](https://map.example/책방) @mina 님, 지난주에 말씀하신 책 제목이 뭐였죠? @harin 님도 아세요?",
	"가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라마바사아자차카타파하가나다라마바사아자차카타파하",
	"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
	"مرحبا بالجميع، هذا سطر من اليمين إلى اليسار",
	"🙂👍🏽👩‍👩‍👧",
}

// NewHouse seeds a server.
func NewHouse(t testing.TB) *House {
	t.Helper()
	h := &House{Server: StartServer(t)}
	h.Mina, h.Soran, h.Harin = h.Join("mina", "민아"), h.Join("소란", "소란"), h.Join("harin", "하린")
	h.Mina.Must("PATCH", "/rooms/lobby", object{"topic": "책방에 드나드는 모두의 방"}, nil)
	for i, body := range bodies {
		h.Bodies = append(h.Bodies, []*Person{h.Soran, h.Soran, h.Harin}[i%3].Say("lobby", body))
	}
	first := h.Mina.Reply("lobby", "저 두 자리 부탁드려요! 조카도 데려갑니다.", h.Bodies[0])
	h.Edited = h.Mina.Say("lobby", "『여섯 번째 창가』요. 청구기호는 `813.7 여54ㅊ` @소란")
	h.edit(h.Mina, h.Edited, "『여섯 번째 창가』예요. 청구기호는 `813.7 여54ㅊ`, @소란 님 https://books.example/6")
	h.Deleted = h.Harin.Say("lobby", "지울 말")
	h.Harin.Must("DELETE", fmt.Sprintf("/rooms/lobby/messages/%d", h.Deleted), nil, nil)
	h.Harin.Reply("lobby", "답에 답합니다", first)
	h.Mina.Say("lobby", "고마워요")
	for i, emoji := range []string{"👍", "🙏", "🎉", "😮", "👀", "✅", "🦆", "😂"} {
		h.Soran.React("lobby", h.Edited, emoji)
		h.Harin.React("lobby", h.Bodies[11-i%2*11], emoji)
		if i%2 == 0 {
			h.Mina.React("lobby", h.Bodies[11], emoji)
		}
	}
	h.Mina.Must("PUT", "/rooms/lobby/read", object{"seq": h.Mina.Say("lobby", "여기까지 읽었어요")}, nil)
	h.Soran.Say("lobby", "새로 온 말이에요")
	h.Soran.Say("lobby", "하나 더")
	h.Mina.Open("silent", "새로 연 방", "open")
	h.Mina.Open("empty", "새벽 독서", "open")
	h.Soran.Say("empty", "저 일어났어요. 창밖이 아직 깜깜해요.")
	h.Mina.Open("long", "아주 긴 이름을 가진 방이라서 머리말에도 목록에도 다 들어가지 않는 방", "open")
	h.Mina.Must("PATCH", "/rooms/long", object{"topic": "소개도 길어서 이름 옆에 서면 어느 하나는 잘려야 하는데 무엇이 잘리는지 보려고 길게 적었습니다"}, nil)
	long := h.Join("very-long-name-of-a-person-here1", "이름이 아주 길어서 두 줄이 될 수도 있는 사람, 그리고 더 긴 이름을 가진 사람입니다")
	long.Say("long", "짧은 말")
	long.Say("lobby", "이름이 길어요")
	h.Mina.Open("night", "필사하는 밤", "closed", h.Soran, h.Harin)
	h.Soran.Say("night", "오늘은 한 줄만 적어요")
	h.Mina.Must("POST", "/rooms", object{"slug": "with-soran", "kind": "direct", "members": []int64{h.Soran.ID}}, nil)
	h.Soran.Say("with-soran", "조카 자리도 맡아 둘게요")
	h.Mina.Must("POST", "/rooms", object{"slug": "with-three", "kind": "direct", "members": []int64{h.Soran.ID, h.Harin.ID}}, nil)
	h.Mina.Open("shelf", "The English Shelf", "open")
	h.Mina.Say("shelf", "Page 40, the ferry again")
	h.site("add", "books", "--origin", "https://www.books.example,https://books.example,http://localhost:3000", "--visitors", "guest", "--rooms", "lobby,night", "--pages", "--accent", "#8a3b2e")
	h.site("key", "books", "--kid", "2026-a")
	h.site("key", "books", "--kid", "2026-b")
	h.site("add", "shop", "--origin", "https://shop.example")
	return h
}

func (h *House) edit(p *Person, seq int64, body string) {
	h.t.Helper()
	p.Must("PATCH", fmt.Sprintf("/rooms/lobby/messages/%d", seq), object{"body": body}, nil)
}
