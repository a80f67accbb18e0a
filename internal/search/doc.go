// Package search finds messages by their words. It keeps an index of its own in
// the tables, follows the logs with it, one node at a time, and answers from it.
//
// The index only says where to look. What is answered is what the messages say
// at that moment, to whom may read them at that moment, so an index that is behind
// can miss the newest and never tells too much. It is made by Maru alone: programs
// that write messages don't know of it, and it is the same on every database.
package search
