// Package gate is what a request passes before a handler sees it: the limits of
// its body, the strict reading of JSON, the question whether another site sent
// it, and the rates that keep one visitor from taking what belongs to all. It
// knows nothing of rooms and keeps nothing but counts.
package gate
