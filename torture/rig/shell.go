package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"

	"maru/torture/postgres"
)

// shell is the program that stands for all others that work on the tables.
type shell struct {
	name    string // as it is called in the history
	command func(ctx context.Context, sql string) *exec.Cmd
	rows    string // the statement that lets a query answer with JSON, around it
	inDoubt func(error) bool
}

// sqliteShell is the one of a file.
func sqliteShell(file string) shell {
	return shell{
		name: "sqlite3", rows: "%s", inDoubt: func(error) bool { return false },
		command: func(ctx context.Context, sql string) *exec.Cmd {
			return exec.CommandContext(ctx, "sqlite3", "-batch", "-json", "-cmd", ".timeout 5000", file, sql)
		},
	}
}

func postgresShell(c *postgres.Cluster) shell {
	return shell{
		name: "psql", rows: "SELECT coalesce(json_agg(q), '[]') FROM (%s) q", inDoubt: postgres.InDoubt, command: c.Shell,
	}
}

// run runs a statement and returns what it prints.
func (s *shell) run(ctx context.Context, sql string) ([]byte, error) {
	var errs bytes.Buffer
	command := s.command(ctx, sql)
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", s.name, err, errs.Bytes())
	}
	return out, nil
}

// ask runs a query and decodes its rows.
func (s *shell) ask(ctx context.Context, rows any, sql string) error {
	out, err := s.run(ctx, fmt.Sprintf(s.rows, sql))
	if err != nil || len(out) == 0 {
		return err
	}
	return json.Unmarshal(out, rows)
}
