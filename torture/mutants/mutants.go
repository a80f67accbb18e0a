// Package mutants proves the rig: it breaks the server on purpose, in one place
// at a time, and lets the rig find it. The release has no trace of them: they
// are laid over the sources when they are built.
package mutants

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"maru/torture/check"
	"maru/torture/history"
	"maru/torture/rig"
	"maru/torture/server"
)

// Mutant is one mistake.
type Mutant struct {
	Name  string
	Why   string
	Edits []Edit
	Rules []int // by any of which it must be found
	Nodes bool  // it is a mistake of several nodes
}

// Edit replaces a text that stands exactly once in the files of a name, in
// whichever package of the server that is. The name may begin with folders.
type Edit struct{ File, Find, Replace string }

// Apply returns the files of a mutant as they become, by their names.
func (m Mutant) Apply(source string) (map[string]string, error) {
	files := map[string]string{}
	for _, e := range m.Edits {
		paths, err := filepath.Glob(filepath.Join(source, "internal", "*", e.File))
		if err != nil {
			return nil, err
		}
		n := 0
		for _, path := range paths {
			text, ok := files[path]
			if !ok {
				b, err := os.ReadFile(path)
				if err != nil {
					return nil, fmt.Errorf("mutant %s: %w", m.Name, err)
				}
				text = string(b)
			}
			if at := strings.Count(text, e.Find); at > 0 {
				n += at
				files[path] = strings.Replace(text, e.Find, e.Replace, 1)
			}
		}
		if n != 1 {
			return nil, fmt.Errorf("mutant %s: %q stands in internal/*/%s %d times, not once; follow the source", m.Name, e.Find, e.File, n)
		}
	}
	return files, nil
}

// overlay writes the changed files and what tells `go build` of them to dir.
func (m Mutant) overlay(source, dir string) (string, error) {
	files, err := m.Apply(source)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for name, text := range files {
		from, err := filepath.Abs(name)
		if err != nil {
			return "", err
		}
		to := filepath.Join(dir, fmt.Sprintf("%d-%s", len(replace), filepath.Base(name)))
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			return "", err
		}
		replace[from] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o644)
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
	overlay, err := m.overlay(source, dir)
	if err != nil {
		return nil, err
	}
	program, err := server.Build(ctx, source, dir, overlay)
	if err != nil {
		return nil, err
	}
	form := rig.Mini
	if m.Nodes {
		form = rig.NodesShort
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
