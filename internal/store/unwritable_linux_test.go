package store_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"maru/internal/store"
	"maru/internal/testdb"
)

// A file that can only be read, as a copy that somebody else put back, is refused
// at the start: a server that serves it would refuse every post. What is root's to
// write all others' may not be, so somebody else opens it.
func TestOpenUnwritable(t *testing.T) {
	const nobody, told = 65534, "MARU_TEST_UNWRITABLE"
	if dir := os.Getenv(told); dir != "" {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Log: testdb.Logger(t)})
		if err == nil {
			s.Close()
		} else {
			os.Stdout.WriteString(err.Error())
		}
		return
	}
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Log: testdb.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o777, filepath.Join(dir, store.File): 0o444} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(program, "-test.run=^TestOpenUnwritable$")
	c.Dir, c.Env = dir, append(os.Environ(), told+"="+dir)
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), store.File+" can't be written: ") {
		t.Errorf("it says %q, %v", out, err)
	}
}
