package mutants

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The mutants must follow the source that they are made of: here it is seen at
// once that one does not, without a run.
func TestApply(t *testing.T) {
	for _, m := range All {
		files, err := m.Apply("../..")
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

// Each compiles.
func TestCompile(t *testing.T) {
	for _, m := range All {
		overlay, err := m.overlay("../..", t.TempDir())
		if err != nil {
			t.Error(err)
			continue
		}
		build := exec.Command("go", "build", "-overlay", overlay, "./internal/...")
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("mutant %s: %v\n%s", m.Name, err, out)
		}
	}
}

func TestApplyOnceOnly(t *testing.T) {
	source := t.TempDir()
	for name, text := range map[string]string{"a": "once twice", "b": "twice"} {
		if err := os.MkdirAll(filepath.Join(source, "internal", name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(source, "internal", name, "x.go"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for find, good := range map[string]bool{"once": true, "twice": false, "never": false} {
		m := Mutant{Name: "test", Edits: []Edit{{"x.go", find, "changed"}}}
		files, err := m.Apply(source)
		if (err == nil) != good {
			t.Errorf("replacing %q gave %v, %v", find, files, err)
		}
	}
}
