package rig

import (
	"math/rand/v2"
	"time"
)

// dice is the chance of one part of a run. Each part has its own, made from the
// one seed, so that what one does by chance does not depend on how the parts
// take turns.
type dice struct{ *rand.Rand }

func (w *world) dice() *dice { return &dice{rand.New(rand.NewPCG(w.rng.Uint64(), 4))} }

// upTo returns a time below d.
func (d *dice) upTo(most time.Duration) time.Duration { return time.Duration(d.Int64N(int64(most))) }
