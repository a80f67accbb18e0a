package proxy

import (
	"encoding/binary"
	"io"
	"sync/atomic"
)

// mute reads what a PostgreSQL sends to a client, without what was announced by
// NOTIFY: the client listens, and hears nothing. What is sent are messages, each
// of a letter, a length that counts itself, and the rest.
type mute struct {
	io.Reader
	swallowed *atomic.Int64
	head      []byte // of the message that is read, as long as that is not whole
	left      int    // bytes of the message behind its head
	drop      bool
}

const (
	headLen   = 5
	announced = 'A'
)

// Read never reads more than fits behind what is left of a head.
func (m *mute) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b[:len(b)-headLen])
	return copy(b, m.pass(b[:n])), err
}

// pass returns what may pass of the next bytes.
func (m *mute) pass(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		if m.left == 0 {
			n := min(len(b), headLen-len(m.head))
			m.head, b = append(m.head, b[:n]...), b[n:]
			if len(m.head) < headLen {
				break
			}
			m.left = int(binary.BigEndian.Uint32(m.head[1:])) - (headLen - 1)
			if m.drop = m.head[0] == announced; m.drop {
				m.swallowed.Add(1)
			} else {
				out = append(out, m.head...)
			}
			m.head = m.head[:0]
		}
		n := min(len(b), m.left)
		if !m.drop {
			out = append(out, b[:n]...)
		}
		m.left -= n
		b = b[n:]
	}
	return out
}
