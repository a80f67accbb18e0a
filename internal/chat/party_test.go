package chat

import "testing"

// A party is the same whoever of it asks, and however.
func TestNewParty(t *testing.T) {
	many := make([]int64, MaxParty)
	for i := range many {
		many[i] = int64(i + 1)
	}
	for _, test := range []struct {
		me     int64
		others []int64
		want   string
		kind   Kind
	}{
		{7, nil, "7", ""},
		{7, []int64{7, 7}, "7", ""},
		{7, []int64{12, 3}, "3,7,12", ""},
		{12, []int64{3, 7, 3}, "3,7,12", ""},
		{1, many, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", ""},
		{17, many, "", TooLarge},
		{7, []int64{0}, "", Invalid},
		{7, []int64{-7}, "", Invalid},
		{7, []int64{MaxID + 1}, "", Invalid},
	} {
		p, err := NewParty(test.me, test.others)
		if err == nil && (test.kind != "" || p.Key() != test.want) || err != nil && KindOf(err) != test.kind {
			t.Errorf("%d with %v: %q %v, want %q %s", test.me, test.others, p.Key(), err, test.want, test.kind)
		}
	}
}
