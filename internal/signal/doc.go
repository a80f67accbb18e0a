// Package signal knows what is so at the moment and stands in no log: who is
// typing, who is in a room, whose read mark has moved; on this node, and on the
// others as far as they tell. It decides what is told and when. Whom, and how,
// is its audience's. Everything may be lost, and nothing is stored.
package signal
