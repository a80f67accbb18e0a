// Package stream writes the logs to their readers as they grow: what is said on a
// stream, in which order, when it ends, and who has one open on this node.
//
// A stream says the same on every kind of connection. A bare TCP connection
// leaves net/http with it and is written, beside many others, by one of few
// writers; any other is written by a goroutine of its own.
//
// Nothing is pushed to a stream: it pulls from the feed behind its own cursor, so
// there is no queue per connection. Beside the logs go signals, what is so at the
// moment: streams pull them, too.
package stream
