// Bench measures Maru from outside, against a naive server in the same run: it
// builds the program, starts it on an empty folder, asks it over loopback
// sockets and the databases' own shells, and prints tables.
//
// Run it from this folder with `go run .`; it ends in less than ten minutes.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	runtime.LockOSThread() // who started a process must not end before it does
	if len(os.Args) > 1 && os.Args[1] == naiveName {
		fmt.Fprintln(os.Stderr, "bench:", serveNaive(os.Args[2:]))
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	report
	dir      string // everything is in it, and goes with it
	binary   string // Maru
	quick    bool
	profiles string // folder; empty: none are wanted
	measure  string // the one that is under way
	profiled int
}

// measure is one thing to do. Its figures may be many.
type measure struct {
	name string
	do   func(*bench) error
}

// part is a table of the result.
type part struct {
	name, title string
	columns     []string
	loadOn      string // the CPUs of this program
	measures    []measure
}

func run() (err error) {
	b := &bench{}
	flag.BoolVar(&b.quick, "quick", false, "only show that everything runs: a tenth of the readers, a fifth of the time")
	only := flag.String("only", "", "what their `names` begin with, with commas between them: "+strings.Join(names(), " "))
	lines := flag.String("json", "", "`file` to write the figures to, too, a line of JSON each")
	flag.StringVar(&b.profiles, "profile", "", "`folder` to write Maru's profiles of CPU and heap to; costs a little")
	flag.Parse()
	if runtime.NumCPU() < 2 {
		return errors.New("needs two CPUs: one for the server, one for the load")
	}
	if err := allowFiles(20000); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "maru-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		os.RemoveAll(b.dir)
		os.Exit(1)
	}()
	b.out, b.lines = os.Stdout, io.Discard
	if *lines != "" {
		f, err := os.Create(*lines)
		if err != nil {
			return err
		}
		defer f.Close()
		b.lines = f
	}
	if err := b.build(); err != nil {
		return err
	}
	machine, err := describe(b.dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(b.out, machine)
	json.NewEncoder(b.lines).Encode(map[string]string{"machine": machine})
	return b.all(strings.Split(*only, ","))
}

// all does what was asked for.
func (b *bench) all(only []string) error {
	began := time.Now()
	for _, p := range parts {
		var wanted []measure
		for _, m := range p.measures {
			if slices.ContainsFunc(only, func(name string) bool { return strings.HasPrefix(p.name+"/"+m.name, name) }) {
				wanted = append(wanted, m)
			}
		}
		if len(wanted) == 0 {
			continue
		}
		if err := pin(p.loadOn); err != nil {
			return err
		}
		b.table(p.name, p.title, p.columns...)
		for _, m := range wanted {
			b.measure = p.name + "/" + m.name
			if err := m.do(b); err != nil {
				return fmt.Errorf("%s: %w", b.measure, err)
			}
			b.flush()
		}
	}
	if b.measure == "" {
		return fmt.Errorf("--only takes what these begin with: %s", strings.Join(names(), " "))
	}
	fmt.Fprintf(b.out, "\nTook %v.\n", time.Since(began).Round(time.Second))
	if b.lost > 0 {
		return fmt.Errorf("%d deliveries of Maru were lost or not in order", b.lost)
	}
	return nil
}

func names() (all []string) {
	for _, p := range parts {
		for _, m := range p.measures {
			all = append(all, p.name+"/"+m.name)
		}
	}
	return all
}

// build builds Maru as everybody does. Where profiles are wanted there is one
// file more in it.
func (b *bench) build() error {
	b.binary = filepath.Join(b.dir, "maru")
	args := []string{"build", "-trimpath", "-o", b.binary}
	if b.profiles != "" {
		root, err := filepath.Abs("..")
		if err != nil {
			return err
		}
		if b.profiles, err = filepath.Abs(b.profiles); err != nil {
			return err
		}
		overlay := filepath.Join(b.dir, "overlay.json")
		text := fmt.Sprintf(`{"Replace":{%q:%q}}`, filepath.Join(root, "profile.go"), filepath.Join(root, "bench/testdata/profile.go"))
		if err := errors.Join(os.MkdirAll(b.profiles, 0o755), os.WriteFile(overlay, []byte(text), 0o644)); err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = ".."
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w: %s", err, text)
	}
	return nil
}

// many is a number of readers or rooms, and lasts a time: less where only a
// quick look is wanted.
func (b *bench) many(n int) int {
	if b.quick {
		return max(1, n/10)
	}
	return n
}

func (b *bench) lasts(d time.Duration) time.Duration {
	if b.quick {
		return d / 5
	}
	return d
}
