package web_test

import (
	"fmt"
	"html"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/store"
	"maru/internal/stream"
	"maru/internal/testdb"
)

// submit sends a form of a page as a browser without a script does.
func (v *visitor) submit(path string, fields map[string]string) answer {
	v.h.t.Helper()
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, strings.ReplaceAll(value, "\n", "\r\n"))
	}
	r := v.request("POST", "page:"+path, values.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", v.h.url)
	res, err := v.client.Do(r)
	if err != nil {
		v.h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.h.t.Fatal(err)
	}
	return answer{v.h.t, res.StatusCode, res.Header, string(text)}
}

// page asks for a page that has to be there.
func (v *visitor) page(path string, headers ...string) string {
	v.h.t.Helper()
	return v.must(200, "GET", "page:"+path, nil, headers...).text
}

func (a answer) leads(to string) answer {
	a.t.Helper()
	if a.status != 303 || a.header.Get("Location") != to {
		a.t.Fatalf("%d to %q, want %q: %.300s", a.status, a.header.Get("Location"), to, a.text)
	}
	return a
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) && !strings.Contains(html.UnescapeString(text), part) {
			t.Errorf("lacks %q:\n%s", part, text)
		}
	}
}

// Everything that is needed works as plain forms.
func TestWithoutScript(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.visitor()
		mina.do("GET", "page:/rooms/lobby", nil).leads("/sign-up?next=" + url.QueryEscape("/rooms/lobby"))
		contains(t, mina.page("/sign-up"), "This house is yours", `name="name"`, `name="password"`)
		a := mina.submit("/sign-up", map[string]string{"name": "mi na", "password": password})
		contains(t, a.text, "A name has no spaces.", `value="mi na"`)
		if a.status != 400 {
			t.Error(a.status)
		}
		mina.submit("/sign-up", map[string]string{"name": "mina", "password": password, "display_name": "민아", "next": "/rooms/lobby"}).leads("/rooms/lobby")
		contains(t, mina.page("/rooms/lobby"), "Leave the first message", "<title>Lobby · Maru</title>", `lang="en"`)
		nonce := regexp.MustCompile(`name="nonce" value="([^"]+)"`).FindStringSubmatch(mina.page("/rooms/lobby"))[1]
		first := map[string]string{"body": "안녕\n<b>여러분</b> **굵게**", "nonce": nonce, "seen": "0"}
		mina.submit("/rooms/lobby/messages", first).leads("/rooms/lobby#say")
		mina.submit("/rooms/lobby/messages", first).leads("/rooms/lobby#say") // the form sent twice
		text := mina.page("/rooms/lobby")
		contains(t, text, "안녕<br>&lt;b&gt;여러분&lt;/b&gt; <strong>굵게</strong>")
		if strings.Count(text, `data-seq=`) != 1 {
			t.Error("a form sent twice posted twice")
		}
		a = mina.submit("/rooms/lobby/messages", map[string]string{"body": strings.Repeat("가", 4001)})
		contains(t, a.text, "The message is too long: 4001 characters, and 4000 are allowed", strings.Repeat("가", 4001))

		bora := h.visitor()
		bora.submit("/sign-up", map[string]string{"name": "bora", "password": password}).leads("/rooms/lobby")
		contains(t, bora.page("/rooms/lobby?reply=2"), "Reply to 민아", `name="reply_to" value="2"`)
		bora.submit("/rooms/lobby/messages", map[string]string{"body": "네", "reply_to": "2"}).leads("/rooms/lobby#say")
		contains(t, bora.page("/rooms/lobby/4"), `class="quote" href="/rooms/lobby/2#m2"`, "안녕", `href="/rooms/lobby?edit=4#say"`, `value="delete"`)
		contains(t, bora.page("/rooms/lobby?edit=4"), "Editing your message", ">네</textarea>", `action="/rooms/lobby/messages/4"`)
		bora.submit("/rooms/lobby/messages/4", map[string]string{"body": "네, 반가워요"}).leads("/rooms/lobby/4")
		contains(t, bora.page("/rooms/lobby"), "네, 반가워요", "edited")
		bora.submit("/rooms/lobby/messages/2", map[string]string{"react": "🎉"}).leads("/rooms/lobby/2")
		contains(t, bora.page("/rooms/lobby"), `<button name="unreact" value="🎉" aria-pressed="true">🎉<span>1</span></button>`)
		contains(t, mina.page("/rooms/lobby"), `<button name="react" value="🎉" aria-pressed="false">🎉<span>1</span></button>`)
		a = bora.submit("/rooms/lobby/messages/2", map[string]string{"react": "x"})
		contains(t, a.text, "A reaction is one emoji.")
		bora.submit("/rooms/lobby/messages/2", map[string]string{"unreact": "🎉"}).leads("/rooms/lobby/2")
		if strings.Contains(bora.page("/rooms/lobby"), `aria-pressed`) {
			t.Error("a reaction that was taken back is shown")
		}
		if other := bora.page("/rooms/lobby/2"); strings.Contains(other, "?edit=2") || strings.Contains(other, `value="delete"`) {
			t.Error("another's message can be edited or deleted")
		}
		if a := bora.submit("/rooms/lobby/messages/2", map[string]string{"act": "delete"}); a.status != 403 {
			t.Error(a.status)
		}
		bora.submit("/rooms/lobby/messages/4", map[string]string{"act": "delete"}).leads("/rooms/lobby")
		contains(t, bora.page("/rooms/lobby/about"), `name="to" value="mina" aria-label="Write to 민아"`)
		direct := bora.submit("/rooms", map[string]string{"kind": "direct", "to": "mina"}).header.Get("Location")
		mina.submit("/rooms", map[string]string{"kind": "direct", "to": "BORA"}).leads(direct)
		contains(t, mina.page(direct), "<h1>bora</h1>", "Direct room", `class="seal`)
		if strings.Contains(mina.page(direct+"/about"), "Write to bora") {
			t.Error("in a direct room of two one can write to the other elsewhere")
		}
		a = bora.submit("/rooms", map[string]string{"kind": "direct", "to": "nobody"})
		contains(t, a.text, "There is nobody named nobody.", `value="nobody"`)
		contains(t, bora.page("/rooms/lobby"), "This message was deleted")

		bora.submit("/rooms", map[string]string{"name": "새벽 독서", "slug": "dawn", "kind": "closed"}).leads("/rooms/dawn")
		a = bora.submit("/rooms", map[string]string{"name": "x", "slug": "dawn", "kind": "open"})
		contains(t, a.text, "There is a room at dawn already.", `value="dawn"`)
		if a := mina.do("GET", "page:/rooms/dawn", nil); a.status != 404 || !strings.Contains(a.text, "Not found") {
			t.Error(a.status)
		}
		bora.submit("/rooms/dawn/members", map[string]string{"act": "add", "name": "MINA"}).leads("/rooms/dawn/about")
		contains(t, mina.page("/rooms/dawn"), "새벽 독서")
		a = bora.submit("/rooms/dawn/members", map[string]string{"act": "add", "name": "nobody"})
		contains(t, a.text, "There is nobody named nobody.")
		bora.submit("/rooms/dawn/members", map[string]string{"act": "role", "user": "1", "role": "moderator"}).leads("/rooms/dawn/about")
		contains(t, bora.page("/rooms/dawn/about"), "moderator", "Remove 민아 from the room")
		bora.submit("/rooms/dawn/about", map[string]string{"name": "새벽", "topic": "해 뜨기 전", "kind": "closed"}).leads("/rooms/dawn")
		contains(t, mina.page("/"), "새벽", "Lobby")
		dawn := map[string]string{"name": "새벽", "topic": "", "kind": "closed", "keep_messages": "50", "keep_days": ""}
		bora.submit("/rooms/dawn/about", dawn).leads("/rooms/dawn")
		contains(t, bora.page("/rooms/dawn/about"), `name="keep_messages" inputmode="numeric" pattern="[0-9]*" placeholder="all" value="50"`)
		for _, bad := range []string{"0", "-1", "many", "1.5", "99999999999999999999"} {
			dawn["keep_days"] = bad
			if a := bora.submit("/rooms/dawn/about", dawn); a.status != 400 {
				t.Error("a room keeps messages for so many days:", bad, a.status)
			}
		}
		bora.submit("/rooms/dawn/about", map[string]string{"name": "새벽", "topic": "", "kind": "closed"}).leads("/rooms/dawn") // says nothing of it
		contains(t, bora.page("/rooms/dawn/about"), `placeholder="all" value="50"`)
		dawn["keep_messages"], dawn["keep_days"] = "", ""
		bora.submit("/rooms/dawn/about", dawn).leads("/rooms/dawn")
		contains(t, bora.page("/rooms/dawn/about"), `placeholder="all" value=""`)
		mina.submit("/rooms/dawn/members", map[string]string{"act": "leave"}).leads("/")
		bora.submit("/rooms/dawn/delete", nil).leads("/")

		mina.submit("/settings", map[string]string{"display_name": "미나"})
		contains(t, mina.page("/settings"), "미나")
		a = mina.submit("/settings/tokens", map[string]string{"label": "bot"})
		contains(t, a.text, "maru_", "Copy it now")
		mina.submit("/settings/tokens", map[string]string{"withdraw": "1"}).leads("/settings")
		contains(t, mina.submit("/settings/password", map[string]string{"old": "wrong wrong", "new": "another one"}).text, "The present password is wrong.")
		contains(t, mina.submit("/settings/password", map[string]string{"old": password, "new": "another one"}).text, "Your password is changed.")
		mina.submit("/sign-out", nil).leads("/sign-in")
		mina.do("GET", "page:/rooms/lobby/2", nil).leads("/sign-in?next=" + url.QueryEscape("/rooms/lobby/2"))
		contains(t, mina.submit("/sign-in", map[string]string{"name": "mina", "password": password}).text, "The name or the password is wrong.", `value="mina"`)
		mina.submit("/sign-in", map[string]string{"name": "mina", "password": "another one", "next": "/rooms/lobby/2"}).leads("/rooms/lobby/2")
	})
}

// A link back never leads to another site.
func TestNextIsLocal(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.signUp("mina")
		for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "evil"} {
			h.visitor().submit("/sign-in", map[string]string{"name": "mina", "password": password, "next": next}).leads("/")
		}
	})
}

// The page's language is the one chosen by hand, else what the browser asks for,
// else English; and it stays.
func TestLanguage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		v := h.visitor()
		for accept, want := range map[string]string{
			"": "en", "ko": "ko", "ko-KR,ko;q=0.9,en;q=0.8": "ko", "de,ko;q=0.5": "ko", "fr": "en", "en;q=0.1,ko;q=0.2": "ko", ";;;": "en",
		} {
			contains(t, v.page("/sign-in", "Accept-Language", accept), `<html lang="`+want+`">`)
		}
		v.submit("/choose", map[string]string{"lang": "ko", "next": "/sign-in"}).leads("/sign-in")
		contains(t, v.page("/sign-in", "Accept-Language", "en"), `<html lang="ko">`, "들어가기")
		v.submit("/choose", map[string]string{"lang": "xx", "next": "/sign-in"}).leads("/sign-in")
		contains(t, v.page("/sign-in"), `<html lang="ko">`)
		contains(t, v.page("/sign-up"), "이 집의 주인이 되어 주세요")
		a := v.submit("/sign-up", map[string]string{"name": "x", "password": "short"})
		contains(t, a.text, "아이디는 2~32자예요.")
		v.submit("/sign-up", map[string]string{"name": "mina", "password": password})
		contains(t, v.page("/rooms/lobby"), "<title>대청마루 · 마루</title>", "첫 메시지를 남겨 보세요")
		// Saved with the name that was shown, the lobby keeps its name in each language.
		v.submit("/rooms/lobby/about", map[string]string{"name": "대청마루", "topic": "x", "kind": "open"}).leads("/rooms/lobby")
		v.submit("/choose", map[string]string{"lang": "en", "next": "/"}).leads("/")
		contains(t, v.page("/rooms/lobby"), "<title>Lobby · Maru</title>")
		v.submit("/rooms/lobby/about", map[string]string{"name": "Hall", "topic": "x", "kind": "open"}).leads("/rooms/lobby")
		contains(t, v.page("/rooms/lobby", "Accept-Language", "ko"), "<title>Hall · Maru</title>")
	})
}

// What is chosen of the looks is on the page that comes next; what can't be
// chosen changes nothing.
func TestChoices(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		v := h.visitor()
		contains(t, v.page("/sign-in"), `<html lang="en">`, `content="light dark"`, `content="#FBFAF8" media=`)
		v.submit("/choose", map[string]string{"theme": "dark", "next": "/sign-in"}).leads("/sign-in")
		v.submit("/choose", map[string]string{"density": "compact", "next": "//elsewhere"}).leads("/")
		v.submit("/choose", map[string]string{"theme": "pink", "density": "airy", "zone": "x"})
		contains(t, v.page("/sign-in"), `<html lang="en" data-theme="dark" data-density="compact">`, `<meta name="color-scheme" content="dark">`, `content="#161618">`)
		v.submit("/choose", map[string]string{"theme": "auto"})
		contains(t, v.page("/sign-in"), `<html lang="en" data-density="compact">`)
	})
}

// Who can't sign up is told so before filling in a form.
func TestSignUpPage(t *testing.T) {
	for _, test := range []struct {
		registration door.Registration
		owned        bool
		says         string
	}{
		{door.RegistrationOpen, false, "This house is yours"},
		{door.RegistrationOpen, true, "Make an account"},
		{door.RegistrationInvite, true, "takes an invitation"},
		{door.RegistrationClosed, true, "Nobody can sign up here."},
		{door.RegistrationClosed, false, "This house is yours"},
	} {
		testdb.Each(t, func(t *testing.T, s *store.Store, db *testdb.DB) {
			o := free
			o.Registration = test.registration
			h := build(t, s, db, o, stream.Limits{})
			if test.owned {
				testdb.User(t, s, "mina")
			}
			contains(t, h.visitor().page("/sign-up"), test.says)
			code := chat.NewSecret()
			if _, err := s.Invite(t.Context(), chat.HashSecret(code), 1e12); err != nil {
				t.Fatal(err)
			}
			a := h.visitor().submit("/sign-up", map[string]string{"name": "bora", "password": password, "setup": code})
			if want := map[bool]int{true: 303, false: 403}[!test.owned || test.registration != door.RegistrationClosed]; a.status != want {
				t.Errorf("%s, owned %v: %d", test.registration, test.owned, a.status)
			}
		})
	}
}

// The room's page begins with the newest fifty messages and knows where the log
// stood; older ones are a link away.
func TestRoomPage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for i := range 120 {
			mina.post("lobby", fmt.Sprint("message ", i))
		}
		text := mina.page("/rooms/lobby")
		if n := strings.Count(text, ` data-seq="`); n != 50 {
			t.Error(n, "rows")
		}
		cursor := regexp.MustCompile(`data-cursor="([^"]+)"`).FindStringSubmatch(text)[1]
		if _, events := mina.must(200, "GET", "/rooms/lobby/events?after="+cursor, nil).poll(); len(events) != 0 {
			t.Error("the page's cursor is not the head")
		}
		contains(t, text, "message 119", `href="/rooms/lobby?before=72"`)
		contains(t, mina.page("/rooms/lobby?before=72"), "message 20", `href="/rooms/lobby?before=22"`, "To the newest messages")
		contains(t, mina.page("/rooms/lobby/60"), `id="m60"`, "To the newest messages", `data-target="60"`)
		mina.must(404, "GET", "page:/rooms/lobby/1", nil) // a joining
		mina.must(404, "GET", "page:/rooms/lobby/999", nil)
		mina.must(404, "GET", "page:/rooms/lobby/x", nil)
		last := mina.page("/rooms/lobby?before=22")
		if strings.Contains(last, "?before=") {
			t.Error("the oldest page leads further back")
		}
	})
}
