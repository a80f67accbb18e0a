// Package web is the house's front: HTTP in; JSON, streams and pages out. A
// handler reads what was asked, calls one command or query of the store, and
// answers; the rules themselves are in chat. One file holds one resource.
//
// Every request passes the same gate (server.go): limits on its size and time,
// the cross-site rule, and then the route's own demand for credentials. Every
// failure leaves by the same door (problem.go).
package web
