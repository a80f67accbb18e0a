// Package api asks the server by its protocol: the calls with which the rig
// builds its rooms, changes members and looks at what became of them.
package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Door is one actor at the server.
type Door struct {
	Base   func() string // the address, which a restart may change
	Token  string        // a Bearer token; empty: nobody
	Client *http.Client
	At     string // the node that it is a door of, where it is of one
	// Tap, where it is set, sees all bytes of each answer.
	Tap func([]byte)
}

// NewClient makes an HTTP client that keeps its own connections, without
// compression, so that bytes are what they look like.
func NewClient(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4}}
}

// NewSecureClient makes one whose connections are within TLS, for HTTP/2 or for
// 1.1 alone. It does not ask who is at the other end.
func NewSecureClient(timeout time.Duration, http2 bool) *http.Client {
	client := NewClient(timeout)
	t := client.Transport.(*http.Transport)
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(!http2)
	t.Protocols.SetHTTP2(http2)
	return client
}

// Refusal is an answer that is none of success.
type Refusal struct {
	Status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Detail) }

// Request builds a request of the interface.
func (d *Door) Request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.Base()+"/api/v1"+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if d.Token != "" {
		r.Header.Set("Authorization", "Bearer "+d.Token)
	}
	return r, nil
}

// Do sends a request and reads the whole answer. The error is about the way
// there and back; what the server says is in status and text.
func (d *Door) Do(r *http.Request) (status int, text []byte, head http.Header, err error) {
	res, err := d.Client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	text, err = io.ReadAll(res.Body)
	if d.Tap != nil {
		d.Tap(text)
	}
	return res.StatusCode, text, res.Header, err
}

// Call asks and decodes the answer into out, which may be nil. A refusal is a
// *Refusal; any other error means that the outcome is unknown.
func (d *Door) Call(ctx context.Context, method, path string, in, out any) (int, error) {
	r, err := d.Request(ctx, method, path, in)
	if err != nil {
		return 0, err
	}
	status, text, _, err := d.Do(r)
	if err != nil {
		return 0, err
	}
	if status >= 300 {
		refusal := &Refusal{Status: status}
		json.Unmarshal(text, refusal) // where it is none, the status says enough
		return status, refusal
	}
	if out == nil || status == http.StatusNoContent {
		return status, nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return status, fmt.Errorf("%s %s answered %q: %w", method, path, text, err)
	}
	return status, nil
}

// User is the part of a user that the rig needs.
type User struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// Message is a message as the protocol shows it.
type Message struct {
	Room     string    `json:"room"`
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Author   User      `json:"author"`
	Body     string    `json:"body"`
	Nonce    string    `json:"nonce"`
	ReplyTo  int64     `json:"reply_to"`
	EditedAt time.Time `json:"edited_at"`
	Deleted  bool      `json:"deleted"`
}

// SignUp makes an account with a personal token, by an invitation where there is
// one.
func SignUp(ctx context.Context, base func() string, client *http.Client, name, invite string) (User, string, error) {
	in := map[string]string{"name": name, "password": "torture, but kindly"}
	if invite != "" {
		in["setup"] = invite
	}
	door := Door{Base: base, Client: client}
	r, err := door.Request(ctx, http.MethodPost, "/accounts", in)
	if err != nil {
		return User{}, "", err
	}
	text, head, err := door.created(r)
	if err != nil {
		return User{}, "", fmt.Errorf("signing up %s: %w", name, err)
	}
	var made struct{ User User }
	if err := json.Unmarshal(text, &made); err != nil {
		return User{}, "", err
	}
	r, err = door.Request(ctx, http.MethodPost, "/tokens", map[string]string{"label": "torture"})
	if err != nil {
		return User{}, "", err
	}
	for _, cookie := range (&http.Response{Header: head}).Cookies() {
		r.AddCookie(cookie)
	}
	if text, _, err = door.created(r); err != nil {
		return User{}, "", fmt.Errorf("making a token for %s: %w", name, err)
	}
	var token struct{ Token string }
	err = json.Unmarshal(text, &token)
	return made.User, token.Token, err
}

// created sends a request that must make something.
func (d *Door) created(r *http.Request) ([]byte, http.Header, error) {
	status, text, head, err := d.Do(r)
	if err == nil && status != http.StatusCreated {
		err = &Refusal{Status: status, Detail: string(text)}
	}
	return text, head, err
}
