package live

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// client asks a Maru in the name of a token's user.
type client struct {
	base  string
	token string
	http  *http.Client
}

func newClient(url, token string) *client {
	return &client{base: url + "/api/v1", token: token, http: &http.Client{}}
}

// open sends a request and returns the answer, whatever its status.
func (c *client) open(ctx context.Context, method, path string, body any, header http.Header) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return nil, err
	}
	r.Header = header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.http.Do(r)
}

// do sends a request, again where the server asks for patience, and reads the
// answer into out where that is not nil. It returns when the request was sent that
// was answered in the end. A refusal is an error that says why.
func (c *client) do(ctx context.Context, method, path string, body, out any) (sent time.Time, err error) {
	for {
		sent = time.Now()
		res, err := c.open(ctx, method, path, body, nil)
		if err != nil {
			return sent, err
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		switch {
		case err != nil:
			return sent, err
		case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
			after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
			select {
			case <-time.After(time.Duration(max(1, after)) * time.Second):
				continue
			case <-ctx.Done():
				return sent, ctx.Err()
			}
		case res.StatusCode >= 300:
			return sent, &refusal{method + " " + path, res.StatusCode, problem(text)}
		case out == nil:
			return sent, nil
		}
		return sent, json.Unmarshal(text, out)
	}
}

// refusal is an answer that is not what was asked for.
type refusal struct {
	asked  string
	status int
	why    string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s was answered with %d: %s", r.asked, r.status, r.why)
}

// problem is the sentence in an answer that refuses.
func problem(text []byte) string {
	var p struct{ Title, Detail string }
	if json.Unmarshal(text, &p) == nil && p.Title+p.Detail != "" {
		return cmp.Or(p.Detail, p.Title)
	}
	return string(text[:min(len(text), 200)])
}
