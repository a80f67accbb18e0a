package database

import "sync"

// Memory remembers what was read from tables that rarely change, for as long as
// nothing was committed that may have changed it. It never remembers a failure.
type Memory[T any] struct {
	mu    sync.Mutex
	moves int64 // up to which all that is held was read
	held  map[string]T
}

// mostHeld is how much a memory holds; beyond it, it begins anew.
const mostHeld = 10000

// Find returns what is held under a key, or reads it.
func (m *Memory[T]) Find(d *Database, key string, read func() (T, error)) (T, error) {
	if d.Shared() {
		return read() // others commit, too, and tell of it a moment later
	}
	now := d.moves.Load()
	m.mu.Lock()
	if m.held == nil || m.moves != now || len(m.held) >= mostHeld {
		m.moves, m.held = now, map[string]T{}
	}
	value, ok := m.held[key]
	m.mu.Unlock()
	if ok {
		return value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.moves == now {
		m.held[key] = value
	}
	return value, nil
}
