package search

import (
	"encoding/binary"
	"math"
	"slices"
)

// block is a stretch of the list of messages that have a term: those whose ids are
// at least first, and less than the first of the next block.
type block struct {
	term  string
	first int64
	ids   []int64 // in order
}

// A block holds at most fullBlock ids. One that has to be parted in the middle
// leaves room in each part, for more will come there; one that grows at its end,
// as most do, is left full.
const (
	fullBlock = 128
	halfBlock = fullBlock * 3 / 4
)

// encode writes the ids as what each is more than the one before it, the first
// one than the block's.
func (b block) encode() []byte {
	list := make([]byte, 0, 2*len(b.ids))
	before := b.first
	for _, id := range b.ids {
		list = binary.AppendUvarint(list, uint64(id-before))
		before = id
	}
	return list
}

// decode appends the ids of a list to others. What follows something that is no
// list is left out.
func decode(ids []int64, first int64, list []byte) []int64 {
	for len(list) > 0 {
		more, n := binary.Uvarint(list)
		if n <= 0 || more > math.MaxInt64-uint64(first) {
			break
		}
		first += int64(more)
		ids, list = append(ids, first), list[n:]
	}
	return ids
}

// change is that a message comes under a term or goes from there.
type change struct {
	term string
	id   int64
	here bool
}

// with returns the block after changes, which are in order and of its stretch: as
// several where it is too long for one, and with no ids where none is left.
func (b block) with(changes []change) []block {
	last := int64(math.MinInt64)
	if len(b.ids) > 0 {
		last = b.ids[len(b.ids)-1]
	}
	grows := true
	for _, c := range changes {
		at, found := slices.BinarySearch(b.ids, c.id)
		switch {
		case c.here && !found:
			b.ids = slices.Insert(b.ids, at, c.id)
			grows = grows && c.id > last
		case !c.here && found:
			b.ids = slices.Delete(b.ids, at, at+1)
		}
	}
	if len(b.ids) <= fullBlock {
		return []block{b}
	}
	size := fullBlock
	if !grows {
		size = halfBlock
	}
	var parts []block
	for ids := range slices.Chunk(b.ids, size) {
		parts = append(parts, block{b.term, ids[0], ids})
	}
	parts[0].first = b.first
	return parts
}
