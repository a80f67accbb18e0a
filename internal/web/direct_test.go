package web_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestDirectRooms(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora, cho := h.signUp("mina"), h.signUp("bora"), h.signUp("cho")
		ask := map[string]any{"kind": "direct", "members": []int64{mina.id, cho.id}}
		a := bora.must(201, "POST", "/rooms", ask)
		slug := a.at("room", "slug").(string)
		if a.at("room", "name") != "" || a.at("room", "role") != "owner" || len(a.at("room", "with").([]any)) != 2 {
			t.Error(a.text)
		}
		for _, v := range []*visitor{mina, bora, cho} {
			a := v.must(200, "POST", "/rooms", map[string]any{"kind": "direct", "members": []int64{mina.id, cho.id, bora.id}, "slug": "other"})
			if a.at("room", "slug") != slug {
				t.Error(a.text)
			}
		}
		for _, test := range []struct {
			ask    map[string]any
			status int
			says   string
		}{
			{map[string]any{"kind": "direct", "name": "x", "members": []int64{mina.id}}, 400, "no name"},
			{map[string]any{"kind": "direct", "name": "", "members": []int64{mina.id}}, 400, "no name"},
			{map[string]any{"kind": "direct", "members": []int64{0}}, 400, "members"},
			{map[string]any{"kind": "direct", "members": []int64{99}}, 404, "nobody with the id 99"},
			{map[string]any{"kind": "direct", "members": []int64{3, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25}}, 413, "at most 16"},
			{map[string]any{"kind": "direct", "members": []int64{mina.id}, "slug": slug}, 409, slug},
			{map[string]any{"kind": "secret", "name": "x"}, 400, "open, closed, direct"},
		} {
			if a := bora.must(test.status, "POST", "/rooms", test.ask); !strings.Contains(a.text, test.says) {
				t.Errorf("%v: %s", test.ask, a.text)
			}
		}
		at := "/rooms/" + slug
		head := bora.must(200, "GET", at, nil).at("room", "head")
		for _, test := range []struct {
			who          *visitor
			method, path string
			body         any
			status       int
			says         string
		}{
			{bora, "PATCH", "", map[string]any{"name": "x"}, 400, "no name"},
			{bora, "PATCH", "", map[string]any{"kind": "open"}, 400, "stays one"},
			{bora, "PATCH", "", map[string]any{"kind": "closed", "topic": "x"}, 400, "stays one"},
			{cho, "PATCH", "", map[string]any{"topic": "x"}, 403, "not do that"},
			{bora, "PUT", "/members/99", nil, 403, "opened for"},
			{bora, "PUT", fmt.Sprint("/members/", cho.id), map[string]any{"role": "owner"}, 403, "opened for"},
			{bora, "DELETE", fmt.Sprint("/members/", cho.id), nil, 403, "opened for"},
			{mina, "DELETE", fmt.Sprint("/members/", cho.id), nil, 403, "opened for"},
			{cho, "DELETE", "", nil, 403, "not do that"},
		} {
			if a := test.who.must(test.status, test.method, at+test.path, test.body); !strings.Contains(a.text, test.says) {
				t.Errorf("%s %s %v: %s", test.method, test.path, test.body, a.text)
			}
		}
		cho.must(200, "PUT", at+"/members/me", nil) // is in it already
		if now := bora.must(200, "GET", at, nil).at("room", "head"); now != head {
			t.Error("what was refused was logged")
		}
		bora.must(200, "PATCH", at, map[string]any{"topic": "셋이서", "retention": map[string]any{"keep_days": 7}})
		// Nothing in an event depends on its reader: there a direct room has no name.
		if _, events := cho.must(200, "GET", at+"/events?after=0", nil).poll(); events[3].Data != `{"slug":"`+slug+`","name":"","topic":"셋이서","kind":"direct"}` {
			t.Error(events)
		}
		mina.post(slug, "읽어 주세요")
		rooms := cho.must(200, "GET", "/rooms", nil).at("rooms").([]any)
		first := rooms[0].(map[string]any)
		if len(rooms) != 2 || first["slug"] != slug || first["unread"].(float64) != 1 || first["with"].([]any)[0].(map[string]any)["name"] != "mina" {
			t.Error(rooms)
		}
	})
}

// Both nodes are asked at once, by all who will be in it.
func TestNodesOpenOneDirectRoom(t *testing.T) {
	t.Parallel()
	two := nodes(t, 2)
	var people []*visitor
	var ids []int64
	for i := range 4 {
		v := two[0].signUp(fmt.Sprint("person", i))
		people, ids = append(people, v, v.at(two[1])), append(ids, v.id)
	}
	for range 5 {
		ids = append(ids, two[0].signUp(fmt.Sprint("round", len(ids))).id)
		var mu sync.Mutex
		slugs, made := map[any]bool{}, 0
		var asking sync.WaitGroup
		for _, v := range people {
			asking.Go(func() {
				a := v.do("POST", "/rooms", map[string]any{"kind": "direct", "members": ids})
				mu.Lock()
				defer mu.Unlock()
				slugs[a.at("room", "slug")] = true
				if a.status == 201 {
					made++
				} else if a.status != 200 {
					t.Error(a.status, a.text)
				}
			})
		}
		asking.Wait()
		if len(slugs) != 1 || made != 1 {
			t.Errorf("%d were made, and there are %d", made, len(slugs))
		}
	}
	two[0].db.Audit()
}

// Pages call a direct room by those whom one meets there, and offer nothing that
// can't be done in it.
func TestDirectRoomPages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		mina, bora, cho := h.signUp("mina"), h.signUp("bora"), h.signUp("cho")
		bora.must(200, "PATCH", "/account", map[string]any{"display_name": "보라 <b>"})
		bora.must(201, "POST", "/rooms", map[string]any{"slug": "us", "kind": "direct", "members": []int64{mina.id, cho.id}})
		bora.must(201, "POST", "/rooms", map[string]any{"slug": "me", "kind": "direct"})
		contains(t, mina.page("/"), `data-room="us"`, "<b>보라 &lt;b&gt;, cho</b>", "Direct room")
		contains(t, mina.page("/rooms/us"), "<title>보라 &lt;b&gt;, cho · Maru</title>", "<h1>보라 &lt;b&gt;, cho</h1>")
		contains(t, bora.page("/"), "<b>mina, cho</b>", "<b>Only you</b>")
		contains(t, bora.page("/", "Accept-Language", "ko"), "<b>나 혼자</b>", "우리끼리 방")
		about := bora.page("/rooms/us/about")
		contains(t, about, "only the people in it can see it", `name="topic"`, `value="leave"`, "Delete this room")
		for _, part := range []string{`type="radio"`, `id="room-name"`, `value="add"`, `value="remove"`, `value="role"`} {
			if strings.Contains(about, part) {
				t.Errorf("the page about a direct room has %s", part)
			}
		}
		bora.submit("/rooms/us/about", map[string]string{"topic": "우리끼리", "keep_messages": "", "keep_days": "30"}).leads("/rooms/us")
		contains(t, cho.page("/rooms/us"), "우리끼리")
		if a := bora.submit("/rooms/us/about", map[string]string{"name": "x", "topic": "", "kind": "open"}); a.status != 400 {
			t.Error(a.status)
		}
		if a := bora.submit("/rooms/us/members", map[string]string{"act": "add", "name": "mina"}); a.status != 303 {
			t.Error(a.status)
		}
		mina.submit("/rooms/us/members", map[string]string{"act": "leave"}).leads("/")
		cho.submit("/rooms/us/members", map[string]string{"act": "leave"}).leads("/")
		contains(t, bora.page("/rooms/us"), "<h1>Only you</h1>")
	})
}
