package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"maru/internal/chat"
	"maru/internal/door"
	"maru/internal/feed"
	"maru/internal/gate"
	"maru/internal/stream"
)

// maxWait is the longest that a long poll may wait, in seconds.
const maxWait = 25

// getEvents answers with a room's log: as a stream, as a long poll, or at once.
func (a API) getEvents(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	pos, err := position(r)
	if err != nil {
		return err
	}
	asStream := wantsStream(r)
	wait, err := door.QueryNumber(r, "wait", 0, maxWait)
	if err != nil {
		return err
	}
	if !asStream && wait == 0 {
		return a.poll(w, r, actor, pos)
	}
	ticket, err := a.enter(r, actor)
	if err != nil {
		return err
	}
	if asStream {
		return a.stream(w, r, actor, pos, ticket)
	}
	defer ticket.Leave()
	return a.longPoll(w, r, actor, pos, ticket, time.Duration(wait)*time.Second)
}

// enter takes a place in the register of streams for a request.
func (a API) enter(r *http.Request, actor chat.Actor) (*stream.Ticket, error) {
	if err := gate.CheckFiles(r.Context()); err != nil {
		return nil, err
	}
	ticket, err := a.Streams.Enter(actor, gate.Address(r))
	if err != nil {
		return nil, err
	}
	// The credential may have ended between the look at it and the entry in the
	// register; from here on the register hears of it.
	if _, err := a.Actor(r); err != nil {
		ticket.Leave()
		return nil, err
	}
	return ticket, nil
}

// open lets an actor in to read a room from a position on.
func (a API) open(r *http.Request, actor chat.Actor, pos chat.Position) (*feed.Reader, error) {
	reading, start, err := a.Store.Resume(r.Context(), actor, r.PathValue("room"), pos)
	if err != nil {
		return nil, err
	}
	return a.Feed.Open(reading, start), nil
}

// position reads where a request asks to go on.
func position(r *http.Request) (chat.Position, error) {
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		return chat.ParsePosition(last)
	}
	return chat.ParsePosition(r.URL.Query().Get("after"))
}

// wantsStream reports whether the request names the type of a stream.
func wantsStream(r *http.Request) bool {
	for _, accepted := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if kind, _, err := mime.ParseMediaType(strings.TrimSpace(accepted)); err == nil && kind == "text/event-stream" {
			return true
		}
	}
	return false
}

// pollAnswer is what a poll answers with.
type pollAnswer struct {
	Events []pollEvent `json:"events"`
	Cursor string      `json:"cursor"`
	Head   int64       `json:"head"`
}

type pollEvent struct {
	ID    string          `json:"id,omitempty"`
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}

func answerPoll(w http.ResponseWriter, frames []*feed.Frame, reader *feed.Reader) error {
	events := make([]pollEvent, len(frames))
	for i, f := range frames {
		events[i] = pollEvent{f.ID(), f.Name(), f.Data()}
	}
	return door.Answer(w, http.StatusOK, pollAnswer{events, reader.Cursor().Position().String(), reader.Head()})
}

// poll answers with what there is now. Where the asker has the newest event
// already, it says so without looking at a message.
func (a API) poll(w http.ResponseWriter, r *http.Request, actor chat.Actor, pos chat.Position) error {
	head, err := a.Store.Head(r.Context(), actor, r.PathValue("room"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h["Vary"] = []string{"Accept, Authorization, Cookie", "Origin"}
	if etag := entityTag(head); matches(r, etag) {
		h.Set("ETag", etag)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	reader, err := a.open(r, actor, pos)
	if err != nil {
		return err
	}
	defer reader.Close()
	frames, err := reader.Next(r.Context(), chat.MaxEvents)
	if err != nil {
		return err
	}
	h.Set("ETag", entityTag(reader.Cursor()))
	return answerPoll(w, frames, reader)
}

func entityTag(c chat.Cursor) string { return `"` + c.String() + `"` }

// matches reports whether If-None-Match names the tag. A proxy may have made it
// a weak one, which says the same of a body that is never compared by bytes.
func matches(r *http.Request, etag string) bool {
	for _, one := range strings.Split(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == etag {
			return true
		}
	}
	return false
}

// longPoll answers as soon as there is something behind the position, or when
// the time is up.
func (a API) longPoll(w http.ResponseWriter, r *http.Request, actor chat.Actor, pos chat.Position, ticket *stream.Ticket, wait time.Duration) error {
	reader, err := a.open(r, actor, pos)
	if err != nil {
		return err
	}
	defer reader.Close()
	late := time.NewTimer(wait)
	defer late.Stop()
	for {
		frames, err := reader.Next(r.Context(), chat.MaxEvents)
		if err != nil {
			return err
		}
		if len(frames) > 0 {
			return answerPoll(w, frames, reader)
		}
		select {
		case <-reader.Moved():
		case <-late.C:
			return answerPoll(w, nil, reader)
		case <-ticket.Bell():
			switch ticket.Reason() {
			case "": // signals are not for polls
			case chat.Unauthenticated:
				return chat.Refuse(chat.Unauthenticated, "sign_in_first")
			default:
				return answerPoll(w, nil, reader)
			}
		case <-r.Context().Done():
			return nil
		}
	}
}
