package testdb

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"maru/internal/store"
)

// Wire stands between a program and PostgreSQL, and can fall silent.
type Wire struct {
	mu     sync.Mutex
	silent chan struct{} // closed while bytes pass
}

// Through opens a PostgreSQL database through a wire.
func (db *DB) Through(w *Wire) *store.Store {
	db.t.Helper()
	dir, err := os.MkdirTemp("", "maru-wire-")
	if err != nil {
		db.t.Fatal(err)
	}
	const socket = ".s.PGSQL.5432"
	l, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		db.t.Fatal(err)
	}
	db.t.Cleanup(func() {
		l.Close()
		os.RemoveAll(dir)
	})
	w.Speak()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", filepath.Join(db.cluster.dir, socket))
			if err != nil {
				near.Close()
				continue
			}
			go w.pass(near, far)
			go w.pass(far, near)
		}
	}()
	s, err := store.Open(db.t.Context(), store.Options{URL: fmt.Sprintf("postgres:///%s?host=%s&user=maru", db.name, dir), Log: Logger(db.t)})
	if err != nil {
		db.t.Fatal(err)
	}
	db.t.Cleanup(func() { s.Close() })
	return s
}

// Silence keeps back all bytes until Speak; the connections stay.
func (w *Wire) Silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent = make(chan struct{})
}

// Speak lets the bytes pass again.
func (w *Wire) Speak() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent == nil {
		w.silent = make(chan struct{})
	}
	close(w.silent)
}

func (w *Wire) pass(from, to net.Conn) {
	defer to.Close()
	part := make([]byte, 32<<10)
	for {
		n, err := from.Read(part)
		w.mu.Lock()
		speaks := w.silent
		w.mu.Unlock()
		<-speaks
		if _, failed := to.Write(part[:n]); err != nil || failed != nil {
			return
		}
	}
}

// Pair is a PostgreSQL, and a replica that has what it had at one moment.
type Pair struct {
	t                testing.TB
	primary, replica *cluster
}

// NewPair starts a PostgreSQL of its own.
func NewPair(t testing.TB) *Pair {
	t.Helper()
	if _, err := theCluster(); err != nil {
		NewPostgres(t) // which says why, or skips
	}
	p := &Pair{t: t}
	var err error
	if p.primary, err = startCluster(); err != nil {
		t.Fatal(err)
	}
	if p.replica, err = newCluster(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, c := range []*cluster{p.primary, p.replica} {
			if c.ended != nil {
				c.stop()
			}
			os.RemoveAll(c.dir)
		}
	})
	return p
}

// Open opens the tables on whichever of both can be written to.
func (p *Pair) Open() *store.Store {
	p.t.Helper()
	url := fmt.Sprintf("postgres:///postgres?host=%s,%s&user=maru", p.primary.dir, p.replica.dir)
	s, err := store.Open(p.t.Context(), store.Options{URL: url, Log: Logger(p.t)})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { s.Close() })
	return s
}

// Copy gives the replica what the first has now. What comes later does not reach
// it.
func (p *Pair) Copy() {
	p.t.Helper()
	if err := p.replica.run("pg_basebackup", "-h", p.primary.dir, "-U", "maru", "-D", p.replica.data(), "-R", "-c", "fast"); err != nil {
		p.t.Fatal(err)
	}
}

// FailOver ends the first and lets the replica take over.
func (p *Pair) FailOver() {
	p.t.Helper()
	p.primary.stop()
	if err := p.replica.serve(); err != nil {
		p.t.Fatal(err)
	}
	if err := p.replica.run("pg_ctl", "promote", "-w", "-D", p.replica.data()); err != nil {
		p.t.Fatal(err)
	}
}
