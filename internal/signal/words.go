package signal

import (
	"encoding/json"
	"slices"
	"time"

	"maru/internal/chat"
)

// word is one thing that a node tells the others: that a user is typing in a
// room, where a user's read mark stands, or all who are there by its own streams.
// It names users and rooms by their ids alone: whoever can reach the database can
// send words, and what readers are told of them comes from the tables.
type word struct {
	Kind  chat.SignalKind `json:"kind"`
	Room  int64           `json:"room"`
	Users []int64         `json:"users"`
	Seq   int64           `json:"seq,omitempty"`
}

// textMost is how long a text to the other nodes may be, in bytes.
const textMost = 7900

// write writes words into as few texts as can hold them.
func write(node string, words []word) (texts []string) {
	const end = "]}"
	var text []byte
	for _, w := range words {
		one := chat.JSON(w)
		if len(text) > 0 && len(text)+1+len(one)+len(end) > textMost {
			texts, text = append(texts, string(text)+end), nil
		}
		if len(text) == 0 {
			text = append(text, `{"node":"`+node+`","words":[`...)
		} else {
			text = append(text, ',')
		}
		text = append(text, one...)
	}
	return append(texts, string(text)+end)
}

// hear takes a text of a node.
func (s *Signals) hear(text string) {
	var said struct {
		Node  string `json:"node"`
		Words []word `json:"words"`
	}
	if json.Unmarshal([]byte(text), &said) != nil || said.Node == s.node {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range said.Words {
		switch w.Kind {
		case chat.Presence:
			s.rolls.put(w.Room, said.Node, w.Users)
			s.stir(w.Room, false)
			continue
		case chat.Typing:
			now := time.Now()
			w.Users = slices.DeleteFunc(w.Users, func(user int64) bool { return !s.types(w.Room, user, now) || s.lists[w.Room] == nil })
		case chat.ReadMark:
			w.Users = slices.DeleteFunc(w.Users, func(user int64) bool { return !s.audience.Has(user) })
		default:
			continue // of a newer Maru
		}
		if len(w.Users) > 0 && len(s.heard) < heardMost {
			s.heard = append(s.heard, w)
		}
	}
	s.rouse()
}
