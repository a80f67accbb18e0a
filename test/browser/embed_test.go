package browser

import (
	"slices"
	"testing"
	"time"
)

// Somebody whom the host knows reads and writes on its page, and is on the server
// whoever the host says. The token stays in memory, and no cookie is set.
func TestEmbedMember(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	host := s.Host("shop")
	host.Page("/", "", `<maru-chat room="lobby" token-url="/token"></maru-chat>`)
	mina.Say("lobby", "차는 제가 끓여 둘게요")
	c := host.Visit("/").Live()
	c.Has("차는 제가 끓여 둘게요")
	if unsent := c.Text(".below span"); unsent != "" {
		t.Errorf("what was there before is told as new: %s", unsent)
	}
	c.Say("저도 갈게요")
	c.Has("저도 갈게요")
	c.Is("my slip", "root.querySelector('.msg.mine[data-seq]')")
	if said := mina.Messages("lobby"); said[len(said)-1].Body != "저도 갈게요" {
		t.Error(said)
	}
	mina.Say("lobby", "어서 오세요")
	c.Has("어서 오세요")
	kept := Eval[[]string](c.Tab, "[document.cookie, ...Object.values(localStorage), ...Object.values(sessionStorage)]")
	if slices.ContainsFunc(kept, func(one string) bool { return one != "" }) {
		t.Errorf("the page keeps %q", kept)
	}
	if cookies := c.Call("Network.getCookies", object{"urls": []string{s.URL(), host.URL()}})["cookies"].([]any); len(cookies) > 0 {
		t.Errorf("cookies: %v", cookies)
	}
	if n := host.Asked(); n != 1 {
		t.Errorf("%d tokens were asked for", n)
	}
}

// A visitor without a token reads, gives a name with the first message, and is the
// same guest on the next visit.
func TestEmbedGuest(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "차는 제가 끓여 둘게요")
	host := s.Host("shop", "--visitors", "guest")
	host.Page("/", "", `<maru-chat room="lobby" lang="ko"></maru-chat>`)
	c := host.Visit("/").Live()
	c.Has("차는 제가 끓여 둘게요")
	c.Is("no name asked for", "root.querySelector('#guest').hidden")
	if n := Eval[int](c.Tab, "localStorage.length"); n != 0 {
		t.Error("who only reads leaves something behind")
	}
	c.Press("#say")
	c.Press("#name")
	c.Type("지나가던 이")
	c.Say("안녕하세요")
	c.Has("안녕하세요")
	c.Is("no name asked for again", "root.querySelector('#guest').hidden")
	mina.Say("lobby", "어서 오세요")
	c.Has("어서 오세요")
	c.Reload()
	c.Live()
	c.Has("안녕하세요")
	c.Is("the guest's own slip", "root.querySelector('.msg.mine .text').textContent === '안녕하세요'")
	c.Say("또 왔어요")
	c.Has("또 왔어요")
	c.Is("one author of both", "new Set([...root.querySelectorAll('.msg.mine')].map(({ dataset }) => dataset.author)).size === 1")
	if by := Eval[string](c.Tab, c.script("root.querySelector('.msg.mine .by').textContent")); by != "지나가던 이" {
		t.Error("the guest is called", by)
	}
}

// A reader reads on, live, and is told how to write; where nobody may read without
// a token, that is said.
func TestEmbedReader(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	host := s.Host("shop", "--visitors", "read")
	host.Page("/", "", `<maru-chat room="lobby" lang="en"></maru-chat>`)
	c := host.Visit("/")
	c.Is("a note in the place of the composer", "root?.querySelector('#note')?.getClientRects().length && root.querySelector('#composer form').hidden")
	mina.Say("lobby", "누구나 읽어요")
	c.Has("누구나 읽어요")
	s.site("set", "shop", "--visitors", "member")
	c.Is("words that one must sign in", "/Sign in/.test(root.querySelector('#note').innerText + root.querySelector('#empty').innerText)")
	c.Allow("40[13]").Reload()
	c.Is("the same at the next visit", "/Sign in to take part/.test(root?.querySelector('#empty')?.innerText)")
}

// A token that ends in the middle of a stream is fetched anew, once, and nothing is
// missed; where the host gives none any more, that is said, and coming back is a press.
func TestEmbedTokenEnds(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	host := s.Host("shop")
	host.Give(func() string { return host.Token("u-1", "다온", 3*time.Second) })
	host.Page("/", "", `<maru-chat room="lobby" token-url="/token" lang="en"></maru-chat>`)
	c := host.Visit("/")
	c.Allow("401")
	c.Live()
	host.SignIn("u-1", "다온")
	time.Sleep(3500 * time.Millisecond)
	mina.Say("lobby", "after the end")
	c.Has("after the end")
	if n := host.Asked(); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
	c.Say("still me")
	c.Has("still me")
	host.SignIn("", "")
	s.site("key", "shop", "--withdraw", "k1")
	c.Is("words that one is signed out", "/signed out/.test(root.querySelector('#note:not([hidden])')?.innerText)")
	if got := c.Texts(); !slices.Contains(got, "still me") {
		t.Errorf("what was read is gone: %v", got)
	}
}

// What can be done with a message on a page of ours can be done in the element:
// answering, reacting, changing, and deleting, which takes two presses.
func TestEmbedTools(t *testing.T) {
	s := StartServer(t)
	mina := s.Join("mina", "민아")
	mina.Say("lobby", "누가 오시나요?")
	host := s.Host("shop")
	host.Page("/", "", `<maru-chat room="lobby" token-url="/token" lang="en"></maru-chat>`)
	c := host.Visit("/").Live()
	c.Has("누가 오시나요?")
	c.Press(".msg .slip")
	c.Press(`[data-act="react"]`)
	c.Is("the reaction", "root.querySelector('.reactions [aria-pressed=true]')?.textContent === '👍1'")
	c.Press(".msg .slip")
	c.Press(`[data-act="reply"]`)
	c.Say("저요")
	c.Has("저요")
	c.Is("what it answers", "root.querySelector('.mine .quote span').textContent === '누가 오시나요?'")
	c.Press(".mine .slip .text")
	c.Press(`[data-act="edit"]`)
	c.Is("the text to change", "root.querySelector('#say').value === '저요'")
	c.Type(" 갈게요")
	c.Enter()
	c.Has("저요 갈게요")
	for range 2 {
		c.Is("the message as it was", "root.querySelector('.mine .text')")
		c.Press(".mine .slip .text")
		c.Press(`[data-act="delete"]`)
	}
	c.Is("the tombstone", "root.querySelector('.mine .slip.gone')")
}

// A picture that the site gives shows on the seal, and where it can't be had, the
// letter does.
func TestEmbedPictures(t *testing.T) {
	s := StartServer(t)
	s.Join("mina", "민아")
	host := s.Host("shop")
	host.Give(func() string {
		return host.Token("u-1", "다온", time.Minute, object{"avatar": "https://pictures.example/1.png"})
	})
	host.Page("/", "", `<maru-chat room="lobby" token-url="/token" lang="en"></maru-chat><script>
		window.pictures = [];
		new MutationObserver(() => pictures.push(...document.querySelector('maru-chat').shadowRoot.querySelectorAll('.seal img')))
			.observe(document.querySelector('maru-chat').shadowRoot ?? document.querySelector('maru-chat').attachShadow({ mode: 'open' }), { subtree: true, childList: true });
	</script>`)
	c := host.Visit("/")
	c.Allow("ERR_|pictures.example")
	c.Live()
	c.Say("여기요")
	c.Has("여기요")
	c.Wait("the picture being asked for, without saying for which page", "pictures.some(({ src, referrerPolicy }) => src === 'https://pictures.example/1.png' && referrerPolicy === 'no-referrer')")
	c.Is("the letter", "root.querySelector('.msg[data-seq] .seal').textContent === '다' && !root.querySelector('.seal img')")
}
