package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"maru/torture/netns"
	"maru/torture/postgres"
)

const sqliteName = "SQLite"

// houseName is the name of a column.
func houseName(nodes int) string {
	if nodes == 1 {
		return "1 node"
	}
	return fmt.Sprintf("%d nodes", nodes)
}

// house is some nodes with tables of their own, on a PostgreSQL or a SQLite.
type house struct {
	name  string
	nodes []*server
	shell *exec.Cmd // of its database
}

// withHouse starts nodes, measures them, and ends them. No CPU is anybody's own.
func (b *bench) withHouse(c *postgres.Cluster, nodes int, of func(h *house, l *load) error) error {
	l, err := newLoad(0)
	if err != nil {
		return err
	}
	h := &house{name: houseName(nodes)}
	var flags []string
	if c == nil {
		h.name = sqliteName
	} else {
		schema := fmt.Sprint("house", nodes)
		if _, err := c.Ask(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE; CREATE SCHEMA "+schema); err != nil {
			return err
		}
		dir := filepath.Dir(c.Socket())
		flags = []string{"--database", fmt.Sprintf("postgres:///%s?host=%s&user=%s&search_path=%s", postgres.Database, dir, postgres.User, schema)}
		h.shell = exec.Command("psql", "-X", "-q", "-At", "-h", dir, "-U", postgres.User, "-d", postgres.Database)
		h.shell.Env = append(os.Environ(), "PGOPTIONS=-c search_path="+schema)
		text, err := os.ReadFile(filepath.Join(dir, "data/postmaster.pid"))
		if err != nil {
			return err
		}
		l.database = digits(text)
	}
	for range nodes {
		s, err := b.maru(h.name, allCPUs, flags...)
		if err != nil {
			return err
		}
		h.nodes, l.pids = append(h.nodes, s), append(l.pids, s.pid())
	}
	if c == nil {
		h.shell = sqliteShell(h.nodes[0])
	}
	if err := h.nodes[0].signUp(); err != nil {
		return err
	}
	for _, s := range h.nodes {
		s.token = h.nodes[0].token
	}
	if err := of(h, l); err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	l.close()
	for _, s := range h.nodes {
		err = errors.Join(err, s.writeProfiles(), s.stop())
	}
	return err
}

// houses measures nodes on one PostgreSQL, so many at a time, and SQLite beside
// them.
func houses(of func(b *bench, h *house, l *load) error, nodes ...int) func(b *bench) error {
	return func(b *bench) error {
		here, err := netns.Here()
		if err != nil {
			return err
		}
		defer here.Close()
		c, err := postgres.New(context.Background(), b.dir, postgres.Place{Space: here})
		if errors.Is(err, postgres.ErrNone) {
			fmt.Fprintln(b.out, "| left out: no PostgreSQL is installed |")
			return nil
		}
		if err != nil {
			return err
		}
		measure := func(h *house, l *load) error { return of(b, h, l) }
		for _, n := range nodes {
			err = errors.Join(err, b.withHouse(c, n, measure))
		}
		return errors.Join(err, c.Close(), b.withHouse(nil, 1, measure))
	}
}

// housePosts posts to one room and to many.
func housePosts(b *bench, h *house, l *load) error {
	rooms := b.many(1000)
	if err := h.nodes[0].openRooms(rooms); err != nil {
		return err
	}
	if err := b.posts(h.name, h.nodes, l, 1, " in one room"); err != nil {
		return err
	}
	return b.posts(h.name, h.nodes, l, rooms, fmt.Sprintf(" in %s rooms", number(float64(rooms))))
}

// houseScreens posts at the first node and reads at the last.
func houseScreens(b *bench, h *house, l *load) error {
	from := h.nodes[len(h.nodes)-1]
	if err := b.posted(h.name, h.nodes[0], from, l); err != nil {
		return err
	}
	return b.inserted(h.name, l, h.shell)
}
