package rig

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"maru/torture/postgres"
	"maru/torture/proxy"
	"maru/torture/server"
)

// found starts the tables and the nodes on them.
func (w *world) found(ctx context.Context, program, dir string) error {
	if w.form.Nodes == 0 {
		if err := w.foundAlone(program, dir); err != nil {
			return err
		}
	} else if err := w.foundNodes(ctx, program, dir); err != nil {
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
	node, err := server.New(program, dir, "server", "--data", data)
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, node)
	w.shell = sqliteShell(filepath.Join(data, "maru.db"))
	return nil
}

// foundNodes makes a PostgreSQL, and the nodes, each behind a wire to it.
func (w *world) foundNodes(ctx context.Context, program, dir string) (err error) {
	if w.cluster, err = postgres.New(ctx, dir); err != nil {
		return err
	}
	w.shell = postgresShell(w.cluster)
	for i := range w.form.Nodes {
		wire, err := proxy.NewWire("unix", w.cluster.Socket())
		if err != nil {
			return err
		}
		w.wires = append(w.wires, wire)
		url := fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", postgres.User, wire.Addr(), postgres.Database)
		node, err := server.New(program, dir, fmt.Sprintf("node%d", i), "--database", url)
		if err != nil {
			return err
		}
		w.nodes = append(w.nodes, node)
	}
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
	return errors.Join(errs...)
}
