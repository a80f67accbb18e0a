// Package api is the programming interface: JSON in and out, and the logs of
// rooms as streams and polls. A handler reads what was asked, calls one command
// or query of the store, and answers. One file holds one resource.
package api
