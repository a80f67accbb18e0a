package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// seek asks what a question finds, once the index is where the logs are.
func (v *visitor) seek(query string) answer {
	v.h.t.Helper()
	return v.must(200, "GET", "/search?"+query, nil)
}

// sought waits until a question has so many hits, and returns the answer.
func (v *visitor) sought(query string, hits int) (a answer) {
	v.h.t.Helper()
	v.h.wait(fmt.Sprintf("%s has %d hits", query, hits), 20*time.Second, func() bool {
		a = v.do("GET", "/search?"+query, nil)
		return a.status == 200 && len(a.at("hits").([]any)) == hits
	})
	return a
}

func q(text string) string { return "q=" + url.QueryEscape(text) }

// The answer is the messages with their marks, the newest first, and the way to
// more; what it must look like besides, the document says.
func TestSearch(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		for i := range 60 {
			mina.post("lobby", fmt.Sprintf("%d번째 안녕하세요", i))
		}
		bora.post("lobby", "👍🏽 하세! 하세")
		a := mina.sought(q("하세"), 50)
		hits := a.at("hits").([]any)
		first := hits[0].(map[string]any)
		if got := fmt.Sprint(first["marks"], first["message"].(map[string]any)["body"]); got != "[[3 5] [7 9]]👍🏽 하세! 하세" {
			t.Error("the newest hit is", got)
		}
		next := a.at("next").(string)
		a = mina.seek(q("하세") + "&before=" + next)
		if hits := a.at("hits").([]any); len(hits) != 11 || a.at("next") != nil {
			t.Errorf("the second page has %d hits", len(hits))
		}
		mina.sought(q("하세")+"&author=%40bora", 1)
		mina.sought(q("하세")+fmt.Sprint("&room=lobby&author=", bora.id), 1)
		mina.must(404, "GET", "/search?room=nowhere&"+q("하세"), nil)
		for query, code := range map[string]string{
			"": "invalid", "q=": "invalid", "q=%3F%21": "invalid", q("하세") + "&before=x": "invalid", q("하세") + "&before=0": "invalid",
			q("하세") + "&before=-1": "invalid", q("하세") + "&author=bora": "invalid", "q=%ff": "invalid", q("하세") + "&author=%40%ff": "invalid", q("하세") + "&author=%40a%00": "invalid", q("하세") + "&room=%ff": "not_found", q("하세") + "&room=a%00": "not_found",
			q(strings.Repeat("가", 129)): "too_large",
		} {
			if a := mina.do("GET", "/search?"+query, nil); a.code() != code {
				t.Errorf("%q: %d %s", query, a.status, a.text)
			}
		}
		h.visitor().must(401, "GET", "/search?"+q("하세"), nil)
	})
}

// Who may not read a room any more finds nothing there from the next question on.
func TestSearchEndsWithTheRight(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora := h.signUp("mina"), h.signUp("bora")
		mina.must(201, "POST", "/rooms", map[string]any{"slug": "closed", "name": "x", "kind": "closed", "members": []int64{bora.id}})
		mina.post("closed", "our secret")
		bora.sought(q("secret"), 1)
		mina.must(204, "DELETE", fmt.Sprint("/rooms/closed/members/", bora.id), nil)
		if n := len(bora.seek(q("secret")).at("hits").([]any)); n != 0 {
			t.Errorf("%d hits in a room that was left", n)
		}
		bora.must(404, "GET", "/search?room=closed&"+q("secret"), nil)
		mina.sought(q("secret"), 1)
	})
}

// Who asks without end is told to wait.
func TestSearchRate(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina := h.signUp("mina")
		for range 2000 {
			if a := mina.do("GET", "/search?"+q("하세"), nil); a.status == 429 {
				if a.code() != "limited" || a.header.Get("Retry-After") == "" {
					t.Errorf("%v %s", a.header, a.text)
				}
				return
			}
		}
		t.Error("2,000 questions in a row were answered")
	})
}
