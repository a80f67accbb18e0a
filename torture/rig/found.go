package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"

	"maru/torture/history"
	"maru/torture/netns"
	"maru/torture/postgres"
	"maru/torture/proxy"
	"maru/torture/server"
)

// found starts the tables and the nodes on them.
func (w *world) found(ctx context.Context, program, dir string) (err error) {
	if w.space, err = netns.Here(); err != nil {
		return err
	}
	if w.form.Nodes == 0 {
		err = w.foundAlone(program, dir)
	} else {
		err = w.foundNodes(ctx, program, dir)
	}
	if err != nil {
		return err
	}
	if _, err := exec.LookPath(w.shell.name); err != nil {
		return fmt.Errorf("the program that stands for all others is needed: %w", err)
	}
	for _, node := range w.nodes {
		if err := node.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// foundAlone makes one server with a data folder.
func (w *world) foundAlone(program, dir string) error {
	data := filepath.Join(dir, "data")
	node, err := server.New(program, dir, "server", w.space, loopback, "--data", data)
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, node)
	w.shell = sqliteShell(filepath.Join(data, "maru.db"))
	return nil
}

// loopback is where those listen that have no network of their own.
const loopback = "127.0.0.1"

// foundNodes makes a PostgreSQL, and the nodes: each in a network of its own,
// where that can be had, or else behind a wire. What keeps them from hearing is a
// wire, too.
func (w *world) foundNodes(ctx context.Context, program, dir string) error {
	if w.form.Mute {
		w.log.Add(history.Record{Kind: history.Server, Name: "mute"})
		return w.foundWired(ctx, program, dir)
	}
	network, err := netns.NewNetwork(ctx, w.form.Nodes)
	switch {
	case errors.Is(err, netns.ErrNone):
		w.log.Add(history.Record{Kind: history.Server, Name: "wires", ID: err.Error()})
		return w.foundWired(ctx, program, dir)
	case err != nil:
		return err
	}
	w.network = network
	w.log.Add(history.Record{Kind: history.Server, Name: "networks"})
	return w.foundApart(ctx, program, dir)
}

// foundApart makes the PostgreSQL and the nodes in networks of their own.
func (w *world) foundApart(ctx context.Context, program, dir string) (err error) {
	n := w.network
	place := postgres.Place{Space: n.Database, Host: n.DatabaseHost(), Network: n.Far()}
	if w.cluster, err = postgres.New(ctx, dir, place); err != nil {
		return err
	}
	w.shell = postgresShell(w.cluster)
	for i, space := range n.Nodes {
		addr := net.JoinHostPort(n.DatabaseHost(), postgres.Port)
		if err := w.addNode(program, dir, space, n.NodeHost(i), addr); err != nil {
			return err
		}
		w.roads = append(w.roads, func(t proxy.Trouble) error { return n.Trouble(context.Background(), i, t) })
	}
	return nil
}

// foundWired makes the PostgreSQL, and the nodes, each behind a wire to it.
func (w *world) foundWired(ctx context.Context, program, dir string) (err error) {
	if w.cluster, err = postgres.New(ctx, dir, postgres.Place{Space: w.space}); err != nil {
		return err
	}
	w.shell = postgresShell(w.cluster)
	for range w.form.Nodes {
		wire, err := proxy.NewWire("unix", w.cluster.Socket(), w.form.Mute)
		if err != nil {
			return err
		}
		w.wires = append(w.wires, wire)
		if err := w.addNode(program, dir, w.space, loopback, wire.Addr()); err != nil {
			return err
		}
		w.roads = append(w.roads, func(t proxy.Trouble) error {
			wire.Trouble(t)
			return nil
		})
	}
	return nil
}

// addNode makes a node that finds the database at an address.
func (w *world) addNode(program, dir string, space *netns.Space, host, database string) error {
	url := fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", postgres.User, database, postgres.Database)
	node, err := server.New(program, dir, fmt.Sprintf("node%d", len(w.nodes)), space, host, "--database", url)
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, node)
	return nil
}

// close ends everything that was started.
func (w *world) close() error {
	for _, p := range w.proxies {
		p.Close()
	}
	var errs []error
	for _, node := range w.nodes {
		errs = append(errs, node.Close())
	}
	for _, wire := range w.wires {
		wire.Close()
	}
	if w.cluster != nil {
		errs = append(errs, w.cluster.Close())
	}
	if w.network != nil {
		errs = append(errs, w.network.Close())
	}
	if w.space != nil {
		w.space.Close()
	}
	return errors.Join(errs...)
}
