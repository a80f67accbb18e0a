package main

import (
	"math/bits"
	"time"
)

// hist counts times in steps of at most 1.6 %, so that a million of them take no
// more room than one.
type hist struct {
	counts [2400]int // the last one is of 18 minutes
	n      int
}

func (h *hist) add(t time.Duration) {
	us := uint64(max(0, t.Microseconds()))
	shift := max(0, bits.Len64(us)-7)
	h.counts[min(len(h.counts)-1, shift*64+int(us>>shift))]++
	h.n++
}

// at returns the time that the given part of all took at most, in milliseconds.
func (h *hist) at(part float64) float64 {
	left := int(part * float64(h.n))
	for i, n := range h.counts {
		if left -= n; left < 0 {
			shift := max(0, i/64-1)
			return float64(uint64(i-shift*64)<<shift) / 1000
		}
	}
	return 0
}
