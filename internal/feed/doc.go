// Package feed follows the logs of the rooms and wakes their readers. One
// goroutine reads what was committed, encodes each event once and appends it to
// the ring of its room; each reader has its own cursor and pulls. Live, catch-up
// and a slow reader are the same walk: through the ring where it reaches back
// far enough, through the tables where it does not.
//
// Nothing is pushed to a reader, so there is no queue per connection, and
// nothing that a slow reader could hold up. A hint says only "look again": it
// may be lost, doubled or late. The package never writes to the tables. Beside
// the logs go signals, what is so at the moment: they wait here to be pulled, too.
package feed
