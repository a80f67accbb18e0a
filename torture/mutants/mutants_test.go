package mutants

import (
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"testing"

	"maru/torture/build"
)

// The mutants must follow the source that they are made of: here it is seen at
// once that one does not, without a run.
func TestApply(t *testing.T) {
	for _, m := range All {
		files, err := build.Apply("../..", m.Edits)
		if err != nil {
			t.Error(err)
			continue
		}
		for name, text := range files {
			if filepath.Ext(name) != ".go" {
				continue
			}
			if _, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution); err != nil {
				t.Errorf("mutant %s: %v", m.Name, err)
			}
		}
		if len(m.Rules) == 0 || m.Why == "" {
			t.Errorf("mutant %s does not say what it is, or which rule finds it", m.Name)
		}
	}
}

// Each compiles: what lists the packages for their users compiles them, and
// links nothing.
func TestCompile(t *testing.T) {
	for _, m := range All {
		overlay, err := build.Overlay("../..", t.TempDir(), m.Edits)
		if err != nil {
			t.Error(err)
			continue
		}
		list := exec.Command("go", "list", "-export", "-overlay", overlay, ".", "./internal/...")
		list.Dir = "../.."
		if out, err := list.CombinedOutput(); err != nil {
			t.Errorf("mutant %s: %v\n%s", m.Name, err, out)
		}
	}
}
