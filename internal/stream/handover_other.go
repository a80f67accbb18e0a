//go:build !linux

package stream

import "net"

// CanHandOver reports whether a stream can be handed over with its connection:
// on this system a goroutine writes each.
func CanHandOver(net.Conn) bool { return false }

// HandOver is for systems on which CanHandOver may say yes.
func (s *Stream) HandOver(net.Conn, []byte) { panic("stream: no stream can be handed over here") }

// lines are connections that have left net/http: there are none.
type lines struct{}

func (*lines) close() {}
