package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// hostPage is a server of another site, with a page.
func hostPage(t *testing.T, body func() string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		fmt.Fprintf(w, "<!doctype html><html lang=ko><title>host</title>%s", body())
	}))
	t.Cleanup(s.Close)
	return s
}

// signed is what a host's own server answers with.
func signed(t *testing.T, secret string, claims object) string {
	t.Helper()
	part := func(o object) string {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(object{"alg": "HS256", "typ": "JWT", "kid": "k1"}) + "." + part(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// elsewhere allows a page to ask the server, which is not its own.
func elsewhere(s *Server) string { return "elsewhere: .*" + regexp.QuoteMeta(s.URL()) }

// A page of a site asks, writes and reads as a browser lets it, and a page of
// nobody's does not.
func TestOtherOrigins(t *testing.T) {
	s := StartServer(t)
	var body string
	host, stranger := hostPage(t, func() string { return body }), hostPage(t, func() string { return body })
	s.site("add", "host", "--origin", host.URL, "--visitors", "guest", "--pages")
	secret := regexp.MustCompile(`secret  (\S+)`).FindStringSubmatch(s.site("key", "host", "--kid", "k1"))[1]
	now := time.Now().Unix()
	jwt := signed(t, secret, object{"iss": "host", "aud": "maru", "sub": "u-1", "name": "민아", "iat": now, "exp": now + 600})
	tab := NewWindow(t, host.URL).Tab("the host").Allow(elsewhere(s)).Go("/")
	const script = `(async () => {
		const maru = %s, jwt = %s, room = '/rooms/lobby';
		const ask = async (path, token, options = {}) => {
			const headers = { ...(token && { Authorization: 'Bearer ' + token }), ...(options.body && { 'Content-Type': 'application/json' }), ...options.headers };
			const answer = await fetch(maru + '/api/v1' + path, { credentials: 'omit', ...options, headers });
			return { status: answer.status, etag: answer.headers.get('ETag'), body: answer.status === 204 ? null : await answer.json() };
		};
		const post = (token, body) => ask(room + '/messages', token, { method: 'POST', body: JSON.stringify({ body }) });
		const said = [];
		const embed = await ask('/embed?room=lobby');
		const open = async () => {
			const stream = await fetch(maru + '/api/v1' + room + '/events', { headers: { Accept: 'text/event-stream', Authorization: 'Bearer ' + jwt, 'Last-Event-ID': '0' } });
			said.push(stream.status);
			return stream.body.pipeThrough(new TextDecoderStream()).getReader();
		};
		let reader = await open();
		const guest = (await ask('/guests', '', { method: 'POST' })).body;
		said.push((await post(guest.token, 'from a guest')).status, (await post(jwt, 'from a person')).status);
		let text = '';
		const late = setTimeout(() => reader.cancel(), 10000);
		while (!text.includes('from a person') && said.length < 6) { // a stream that ends is opened again, as clients do
			const { done, value = '' } = await reader.read();
			text += value;
			if (done) reader = await open();
		}
		clearTimeout(late);
		await reader.cancel();
		const reads = await ask(room + '/events');
		const nothing = await ask(room + '/events', '', { headers: { 'If-None-Match': reads.etag } }).catch((wrong) => wrong.message);
		return { visitors: embed.body.embed.visitors, kind: guest.user.kind, said, live: text.includes('from a guest'), etag: Boolean(reads.etag), wrong: await ask('/session', 'x.y.z').then((a) => a.status) };
	})()`
	got := Eval[map[string]any](tab.Allow("401|304"), script, s.URL(), jwt)
	if said, _ := got["said"].([]any); len(said) == 4 && fmt.Sprint(said[3]) == "200" {
		t.Log("the stream ended once: ", got)
		got["said"] = said[:3]
	}
	want := `map[etag:true kind:guest live:true said:[200 201 201] visitors:guest wrong:401]`
	if fmt.Sprint(got) != want {
		t.Errorf("%v\nwant %s", got, want)
	}
	outside := NewWindow(t, stranger.URL).Tab("a stranger").Allow(elsewhere(s)).Allow("CORS|ERR_FAILED|40[13]").Go("/")
	for _, how := range []string{`fetch(%s + '/api/v1/rooms/lobby')`, `fetch(%s + '/api/v1/rooms/lobby', { headers: { Authorization: 'Bearer ' + %s } })`} {
		values := []any{s.URL(), jwt}[:strings.Count(how, "%s")]
		if got := Eval[string](outside, how+`.then((answer) => 'answered ' + answer.status, () => 'refused')`, values...); got != "refused" {
			t.Errorf("%s: %s", how, got)
		}
	}
}

// The element comes in by one script, and the frame stands where its site is.
func TestElementAndFrame(t *testing.T) {
	s := StartServer(t)
	var body string
	host, stranger := hostPage(t, func() string { return body }), hostPage(t, func() string { return body })
	s.site("add", "host", "--origin", host.URL, "--visitors", "read")
	body = fmt.Sprintf(`<maru-chat room="lobby"></maru-chat><script async src="%[1]s/embed.js"></script><iframe src="%[1]s/embed/frame?room=lobby&amp;site=host"></iframe>`, s.URL())
	framed := func(tab *Tab) string {
		tree := tab.Call("Page.getFrameTree", nil)["frameTree"].(map[string]any)
		return tree["childFrames"].([]any)[0].(map[string]any)["frame"].(map[string]any)["url"].(string)
	}
	in := NewWindow(t, host.URL).Tab("the host").Allow(elsewhere(s)).Go("/")
	in.Wait("the element", "document.querySelector('maru-chat').shadowRoot")
	if at := framed(in); !strings.HasPrefix(at, s.URL()+"/embed/frame") {
		t.Error("the frame shows", at)
	}
	out := NewWindow(t, stranger.URL).Tab("a stranger").Allow(elsewhere(s)).Allow("frame|CORS|ERR_|40[13]").Go("/")
	if at := framed(out); !strings.HasPrefix(at, "chrome-error:") {
		t.Error("a stranger's frame shows", at)
	}
}
