// Package door is where every request comes in and every answer leaves: whom a
// request acts for (session.go), whether another site sent it (crossing.go), what
// it holds (params.go, page.go), and how it is answered, also where it is refused
// (problem.go). Both the programming interface and the pages stand behind it, and
// what they do alike is here too (command.go).
package door
