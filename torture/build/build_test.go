package build

import (
	"os"
	"path/filepath"
	"testing"
)

func TestApplyOnceOnly(t *testing.T) {
	source := t.TempDir()
	for name, text := range map[string]string{"internal/a/x.go": "once twice", "internal/b/x.go": "twice", "y.go": "above"} {
		path := filepath.Join(source, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		edit Edit
		good bool
	}{
		{Edit{"x.go", "once", "changed"}, true},
		{Edit{"x.go", "twice", "changed"}, false},
		{Edit{"x.go", "never", "changed"}, false},
		{Edit{"y.go", "above", "changed"}, true},
	} {
		files, err := Apply(source, []Edit{c.edit})
		if (err == nil) != c.good {
			t.Errorf("replacing %q gave %v, %v", c.edit.Find, files, err)
		}
	}
}
