package chat

import (
	"slices"
	"strconv"
	"strings"
)

// MaxParty is how many people a direct room is between at most.
const MaxParty = 16

// Party is the people that a direct room is between: their ids, each once, in
// order. A party has one direct room, as long as nobody leaves it.
type Party []int64

// NewParty returns the party of me and others.
func NewParty(me int64, others []int64) (Party, error) {
	if err := checkIDs("members", others); err != nil {
		return nil, err
	}
	p := slices.Concat(Party{me}, others)
	slices.Sort(p)
	if p = slices.Compact(p); len(p) > MaxParty {
		return nil, Refuse(TooLarge, "party_size", MaxParty)
	}
	return p, nil
}

// Key is the party as one text, the same for the same people.
func (p Party) Key() string {
	ids := make([]string, len(p))
	for i, id := range p {
		ids[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(ids, ",")
}
