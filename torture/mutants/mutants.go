// Package mutants proves the rig: it breaks the server on purpose, in one place
// at a time, and lets the rig find it. The release has no trace of them: they
// are laid over the sources when they are built.
package mutants

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"maru/torture/build"
	"maru/torture/check"
	"maru/torture/history"
	"maru/torture/rig"
)

// Mutant is one mistake.
type Mutant struct {
	Name  string
	Why   string
	Edits []build.Edit
	Rules []int // by any of which it must be found
	Nodes bool  // it is a mistake of several nodes
	Mute  bool  // and shows where they hear nothing of each other
}

// rounds is how many runs, each with a seed of its own, a mutant may survive.
const rounds = 4

// Run lets the rig look for each mutant whose name holds only, and returns an
// error where one was not found.
func Run(ctx context.Context, source, only string, seed uint64, out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "mutant\tfound by rule\tafter\t\n")
	t.Flush()
	var missed []string
	for _, m := range All {
		if !strings.Contains(m.Name, only) {
			continue
		}
		began := time.Now()
		broken, err := m.hunt(ctx, source, seed)
		if err != nil {
			return fmt.Errorf("mutant %s, seed %d: %w", m.Name, seed, err)
		}
		found := fmt.Sprint(broken)
		if !m.foundBy(broken) {
			found = fmt.Sprintf("NOT FOUND: %v, not any of %v", broken, m.Rules)
			missed = append(missed, m.Name)
		}
		fmt.Fprintf(t, "%-22s\t%-14s\t%s\t%s\n", m.Name, found, time.Since(began).Round(100*time.Millisecond), m.Why)
		t.Flush()
	}
	if len(missed) > 0 {
		return fmt.Errorf("seed %d: %d mutants were not found: %s", seed, len(missed), strings.Join(missed, ", "))
	}
	return nil
}

func (m Mutant) foundBy(broken []int) bool {
	return slices.ContainsFunc(broken, func(n int) bool { return slices.Contains(m.Rules, n) })
}

// hunt builds a mutant and runs it until it is found, and returns the rules
// that were broken in the last run.
func (m Mutant) hunt(ctx context.Context, source string, seed uint64) ([]int, error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program, err := build.Program(ctx, source, dir, m.Edits)
	if err != nil {
		return nil, err
	}
	form := rig.Mini
	if m.Nodes {
		form = rig.NodesShort
		form.Mute = m.Mute
	}
	var broken []int
	for round := range uint64(rounds) {
		run := filepath.Join(dir, fmt.Sprint(round))
		if err := os.Mkdir(run, 0o755); err != nil {
			return nil, err
		}
		path, err := rig.Run(ctx, program, form, seed+round, run)
		if err != nil {
			return nil, err
		}
		records, err := history.Read(path)
		if err != nil {
			return nil, err
		}
		if broken = check.Judge(records).Broken(); m.foundBy(broken) {
			break
		}
	}
	return broken, nil
}
