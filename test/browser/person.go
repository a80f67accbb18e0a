package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
)

const password = "둘러앉아 이야기"

// client keeps its connections, also those of many who write at once.
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// Person has an account and a session, and speaks to the server without a
// browser, straight past any proxy.
type Person struct {
	t      testing.TB
	server *Server
	ID     int64
	Name   string
	cookie string
}

// Message is a message as the server answers with it.
type Message struct {
	Seq   int64  `json:"seq"`
	Body  string `json:"body"`
	Nonce string `json:"nonce"`
}

// Join makes an account. The first one owns the server.
func (s *Server) Join(name, display string) *Person {
	s.t.Helper()
	p := &Person{t: s.t, server: s, Name: name}
	var got struct {
		User struct {
			ID int64 `json:"id"`
		} `json:"user"`
	}
	p.Must("POST", "/accounts", map[string]any{"name": name, "password": password, "display_name": display}, &got)
	p.ID = got.User.ID
	return p
}

// Again signs the same person in once more: a second device.
func (p *Person) Again() *Person {
	p.t.Helper()
	other := &Person{t: p.t, server: p.server, ID: p.ID, Name: p.Name}
	other.Must("POST", "/session", map[string]any{"name": p.Name, "password": password}, nil)
	return other
}

// Ask sends a request and returns the status; answer, unless nil, takes what
// came back. An error means that no answer came.
func (p *Person) Ask(method, path string, body, answer any) (int, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, p.server.URL()+"/api/v1"+path, sent)
	if err != nil {
		return 0, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "maru", Value: p.cookie})
	}
	got, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	for _, c := range got.Cookies() {
		if c.Name == "maru" {
			p.cookie = c.Value
		}
	}
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return 0, err
	}
	if answer != nil && got.StatusCode < 300 {
		err = json.Unmarshal(text, answer)
	}
	if got.StatusCode >= 300 {
		return got.StatusCode, fmt.Errorf("%s %s: %d %s", method, path, got.StatusCode, text)
	}
	return got.StatusCode, err
}

// Must is Ask for what has to work.
func (p *Person) Must(method, path string, body, answer any) {
	p.t.Helper()
	if _, err := p.Ask(method, path, body, answer); err != nil {
		p.t.Fatal(err)
	}
}

// Say posts a message and returns its number.
func (p *Person) Say(room, text string) int64 {
	p.t.Helper()
	return p.Reply(room, text, 0)
}

// Reply posts an answer to a message.
func (p *Person) Reply(room, text string, to int64) int64 {
	p.t.Helper()
	body := map[string]any{"body": text}
	if to != 0 {
		body["reply_to"] = to
	}
	var got struct {
		Message Message `json:"message"`
	}
	p.Must("POST", "/rooms/"+room+"/messages", body, &got)
	return got.Message.Seq
}

// React gives a message a reaction.
func (p *Person) React(room string, seq int64, emoji string) {
	p.t.Helper()
	p.Must("PUT", fmt.Sprintf("/rooms/%s/messages/%d/reactions/%s", room, seq, url.PathEscape(emoji)), nil, nil)
}

// Open makes a room.
func (p *Person) Open(slug, name, kind string, members ...*Person) {
	p.t.Helper()
	ids := []int64{}
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	p.Must("POST", "/rooms", map[string]any{"slug": slug, "name": name, "kind": kind, "members": ids}, nil)
}

// Messages are the newest messages of a room, oldest first.
func (p *Person) Messages(room string) []Message {
	p.t.Helper()
	var got struct {
		Messages []Message `json:"messages"`
	}
	p.Must("GET", "/rooms/"+room+"/messages?limit=200", nil, &got)
	return got.Messages
}
