package chat

import (
	"strings"
	"testing"
)

// An origin is kept as browsers send it, or refused.
func TestCheckOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"https://shop.example":          "https://shop.example",
		" https://SHOP.Example/ ":       "https://shop.example",
		"HTTPS://shop.example:443":      "https://shop.example",
		"http://shop.example:80/":       "http://shop.example",
		"https://shop.example:8443":     "https://shop.example:8443",
		"http://localhost:3000":         "http://localhost:3000",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
		"http://[::1]:8080":             "http://[::1]:8080",
		"https://[2001:DB8:0::1]":       "https://[2001:db8::1]",
		"https://한글.kr":                 "https://xn--bj0bj06e.kr",
		"https://bücher.example":        "https://xn--bcher-kva.example",
		"https://BÜCHER.example":        "https://xn--bcher-kva.example",
		"https://他们为什么不说中文.example":     "https://xn--ihqwcrb4cv8a8dqg056pqjye.example",
		"https://ليهمابتكلموشعربي؟.eg":  "https://xn--egbpdaj6bu4bxfgehfvwxn.eg",
		"https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
		"https://my_host.example":       "https://my_host.example",
	} {
		got, err := CheckOrigin(text)
		if got != want || err != nil {
			t.Errorf("%q: %q %v, want %q", text, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "shop.example", "//shop.example", "ftp://shop.example", "https://", "https:///", "https://shop.example/a", "https://shop.example?", "https://shop.example?a",
		"https://shop.example#a", "https://u@shop.example", "https://u:p@shop.example", "https://shop.example:", "https://shop.example:0", "https://shop.example:65536", "https://shop.example:0443",
		"https://shop.example:x", "https://.example", "https://shop..example", "https://-shop.example", "https://shop-.example", "https://sh op.example", "https://shop.example.", "https://*.example",
		"https://" + strings.Repeat("a", 64) + ".example", "https://" + strings.Repeat("a.", 130) + "a", "https://[::1%25eth0]", "https://[::1", "null", "https://shop.example, https://x.example", "https://shop.example\\x",
		"https://%73hop.example/", "https://shop.exa\x00mple",
	} {
		if got, err := CheckOrigin(bad); err == nil {
			t.Errorf("%q is taken as %q", bad, got)
		}
	}
}

func FuzzCheckOrigin(f *testing.F) {
	for _, seed := range []string{"https://shop.example:8443/", "http://[::1]", "https://한글.kr", "https://a.b."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := CheckOrigin(text)
		if err != nil {
			return
		}
		if again, err := CheckOrigin(got); err != nil || again != got {
			t.Errorf("%q becomes %q, which becomes %q %v", text, got, again, err)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"';,*\`, r) }) {
			t.Errorf("%q becomes %q, which can't stand in a header", text, got)
		}
	})
}

// A reach holds the rooms of its site and nothing else, and makes nobody govern.
func TestReach(t *testing.T) {
	lobby, attic := Room{ID: 1, Slug: "lobby", Kind: Open}, Room{ID: 2, Slug: "attic", Kind: Open}
	pageOf := func(site string) Room {
		page, err := Site{Name: site, Origins: []string{"https://x.example"}}.Page("https://x.example/a")
		if err != nil {
			t.Fatal(err)
		}
		return Room{ID: 3, Slug: page.Slug, Kind: Open}
	}
	mine, others := pageOf("shop"), pageOf("blog")
	some := Site{Name: "shop", Rooms: []Room{lobby}, Pages: true}.Reach()
	all := Site{Name: "shop", AllRooms: true}.Reach()
	for name, test := range map[string]struct {
		*Reach
		want string // lobby, attic, own page, another's page
	}{
		"nobody's":                {nil, "++++"},
		"some":                    {some, "+-+-"},
		"all":                     {all, "++--"},
		"a token for the lobby":   {some.Limit([]string{"lobby", "attic"}, false), "+---"},
		"a token for pages":       {some.Limit([]string{AnyPage}, false), "--+-"},
		"a token for one page":    {some.Limit([]string{mine.Slug, others.Slug}, false), "--+-"},
		"a token for nothing":     {some.Limit([]string{}, false), "----"},
		"a token without a limit": {all.Limit(nil, true), "++--"},
	} {
		got := ""
		for _, r := range []Room{lobby, attic, mine, others} {
			got += map[bool]string{true: "+", false: "-"}[test.Holds(r)]
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	owner := Standing{Server: ServerOwner, Room: Open, Member: true, Role: RoomOwner}
	if got := some.Curb(owner); got.Server != ServerMember || got.Role != RoomModerator {
		t.Error(got)
	}
	if got := some.Curb(Standing{Server: ServerReader, Room: Open}); got.Server != ServerReader || got.Role != "" {
		t.Error(got)
	}
	if got := some.Limit(nil, true).Curb(Standing{Server: ServerMember, Room: Open}); got.Role != RoomModerator {
		t.Error(got)
	}
	var none *Reach
	if got := none.Curb(owner); got != owner {
		t.Error(got)
	}
	if room := UnmadeRoom(mine.Slug); room.Made() || room.ID == UnmadeRoom(others.Slug).ID || room.ID != UnmadeRoom(mine.Slug).ID {
		t.Error(room)
	}
}

// A page is its path; its room's name and topic are text like any other.
func TestSitePage(t *testing.T) {
	s := Site{Name: "shop", Origins: []string{"https://shop.example", "https://www.shop.example"}}
	first, err := s.Page("https://shop.example/a/b")
	if err != nil || !IsPage(first.Slug) || CheckSlug(first.Slug) != nil || CheckNewSlug(first.Slug) == nil || !strings.HasPrefix(first.Slug, PagesOf("shop")) {
		t.Fatal(first, err)
	}
	for address, same := range map[string]bool{
		"https://www.shop.example/a/b/": true, "https://shop.example:443/a/b?x#y": true, "https://shop.example/a%2Fb": true, "https://shop.example//a/b": true,
		"https://shop.example/a/B": false, "https://shop.example/a": false, "https://shop.example": false, "https://shop.example/a/b/c": false,
	} {
		page, err := s.Page(address)
		if err != nil || (page.Slug == first.Slug) != same {
			t.Errorf("%s: %v %v", address, page, err)
		}
	}
	for address, name := range map[string]string{
		"https://shop.example": "/", "https://shop.example/%EA%B8%80": "/글", "https://shop.example/a%00b%0Ac%E2%80%AEd": "/abcd",
		"https://shop.example/" + strings.Repeat("x", 100): "…" + strings.Repeat("x", 63),
	} {
		page, err := s.Page(address)
		if err != nil || page.Name != name {
			t.Errorf("%s: %q %v", address, page.Name, err)
		}
		if _, err := CheckRoomName(page.Name); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if page, err := s.Page("https://shop.example/" + strings.Repeat("y", 500)); err != nil || page.Topic != "" {
		t.Error(page, err)
	}
}

// An ending of a site or a key covers all that was let in by it, and nothing else.
func TestEndingsOfSites(t *testing.T) {
	token := Actor{User: User{ID: 5}, Credential: KeyCredential(1, "k") + "abc"}
	for ending, want := range map[Ending]bool{
		{Credential: SiteCredential(1)}: true, {Credential: SiteCredential(11)}: false, {Credential: KeyCredential(1, "k")}: true,
		{Credential: KeyCredential(1, "k2")}: false, {Credential: KeyCredential(2, "k")}: false, {User: 5}: true, {User: 6}: false,
		{User: 5, Credential: token.Credential}: true, {User: 5, Credential: SessionCredential("x")}: false,
	} {
		if ending.Covers(token) != want {
			t.Errorf("%+v: %v", ending, !want)
		}
	}
	if (Ending{Credential: SiteCredential(1)}).Covers(Actor{User: User{ID: 5}, Credential: SessionCredential("x")}) {
		t.Error("a session ends with a site")
	}
}
