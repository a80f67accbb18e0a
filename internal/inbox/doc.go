// Package inbox knows which rooms are whose, and where the logs of these stand, so
// that who reads some of his rooms hears that there is something in the others. It
// reads no log. What is told is that a room has moved; of a room that is not one's
// own any more nothing is told.
//
// It is woken by what the feed sees anyway, and asks the tables at most once a
// second, about the rooms that have moved and not about those who read.
package inbox
