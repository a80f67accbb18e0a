package database

import (
	"cmp"
	"sync"
)

// Memory remembers what was read from the tables, for as long as nothing was
// committed that may have changed it. It never remembers a failure.
type Memory[K comparable, T any] struct {
	// Logs says that what is remembered hangs on logs too: any commit may change
	// it. Otherwise those are left out that say that they change logs alone.
	Logs bool
	// Most is how much is held; beyond it, the memory begins anew. 0: 10,000.
	Most int

	mu      sync.Mutex
	commits int64 // up to which all that is held was read
	held    map[K]T
}

const mostHeld = 10000

// Find returns what is held under a key, or reads it.
func (m *Memory[K, T]) Find(d *Database, key K, read func() (T, error)) (T, error) {
	if d.Shared() {
		return read() // others commit, too, and tell of it a moment later
	}
	now := d.moves.Load()
	if m.Logs {
		now = d.commits.Load()
		d.recalled.Store(true)
	}
	m.mu.Lock()
	if m.held == nil || m.commits != now || len(m.held) >= cmp.Or(m.Most, mostHeld) {
		m.commits, m.held = now, map[K]T{}
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
	if m.commits == now {
		m.held[key] = value
	}
	return value, nil
}
