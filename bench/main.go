// Bench measures Maru from outside: it builds the program, starts it on an
// empty folder, and prints one table. Everything goes over loopback sockets and
// the database's own shell, as it does for users.
//
// Run it from this folder with `go run .`; it ends in about two minutes. The
// server is pinned to one CPU and this program to another.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func main() {
	if os.Getenv("BENCH_NAIVE") != "" {
		fmt.Fprintln(os.Stderr, "bench:", serveNaive())
		return
	}
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "maru-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "maru")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
	build.Dir = ".."
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w: %s", err, text)
	}
	fmt.Fprintf(out, "%s, %d CPUs, %s\n\n", cpu(), runtime.NumCPU(), runtime.Version())
	for _, measure := range []func(*server, io.Writer) error{memory, coldPage, postToScreen, shellToScreen, posts, requests, streams} {
		s, err := start(binary, filepath.Join(dir, "data"))
		if err != nil {
			return err
		}
		err = errors.Join(measure(s, out), s.stop(), os.RemoveAll(s.dir))
		if err != nil {
			return err
		}
	}
	return nil
}

func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// percentile returns the p-th part of sorted times.
func percentile(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))].Round(10 * time.Microsecond)
}
