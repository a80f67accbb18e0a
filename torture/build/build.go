// Package build builds the program under test from its sources. What the rig
// needs beside the release is laid over them, so that the release has no trace
// of it.
package build

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Edit replaces a text that stands exactly once in the files of a name: beside
// main.go, or in whichever package of the program that is. The name may begin
// with folders.
type Edit struct{ File, Find, Replace string }

// The release listens on bare TCP alone: TLS is for the proxy in front of it. Its
// streams are written in another way then, as they also are on other systems.
// So a second door is laid over it, in the same process.
//
//go:embed _door.go
var door string

var toDoor = Edit{"serve.go", `(&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", c.listen)`, `openDoors(c.listen)`}

// Program builds the program whose sources stand in a folder, with the second
// door and with edits, and returns its path, which is in dir.
func Program(ctx context.Context, source, dir string, edits []Edit) (string, error) {
	overlay, err := Overlay(source, dir, edits)
	if err != nil {
		return "", err
	}
	at := filepath.Join(dir, "maru")
	build := exec.CommandContext(ctx, "go", "build", "-o", at, "-overlay", overlay, ".")
	build.Dir = source
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return at, nil
}

// Overlay writes what is laid over the sources to dir, and returns the path of
// what tells `go build` of it.
func Overlay(source, dir string, edits []Edit) (string, error) {
	files, err := Apply(source, append([]Edit{toDoor}, edits...))
	if err != nil {
		return "", err
	}
	files[filepath.Join(source, "door.go")] = door
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

// Apply returns the files that edits change as they become, by their names.
func Apply(source string, edits []Edit) (map[string]string, error) {
	files := map[string]string{}
	for _, e := range edits {
		var paths []string
		for _, pattern := range []string{e.File, filepath.Join("internal", "*", e.File)} {
			found, err := filepath.Glob(filepath.Join(source, pattern))
			if err != nil {
				return nil, err
			}
			paths = append(paths, found...)
		}
		if err := e.apply(files, paths); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// apply makes one edit in the files at the paths.
func (e Edit) apply(files map[string]string, paths []string) error {
	n := 0
	for _, path := range paths {
		text, ok := files[path]
		if !ok {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(b)
		}
		if at := strings.Count(text, e.Find); at > 0 {
			n += at
			files[path] = strings.Replace(text, e.Find, e.Replace, 1)
		}
	}
	if n != 1 {
		return fmt.Errorf("%q stands in %s %d times, not once; follow the source", e.Find, e.File, n)
	}
	return nil
}
