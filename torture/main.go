// Torture runs the server under everything that goes wrong at once, writes down
// what its clients saw, and judges it by ten rules.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"maru/torture/build"
	"maru/torture/check"
	"maru/torture/history"
	"maru/torture/mutants"
	"maru/torture/rig"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// source is where the program's own module stands.
const source = ".."

// errRed says that a rule was broken; all else was printed.
var errRed = errors.New("the run is red")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	formName := flags.String("form", "short", "short, full, nodes-short or nodes")
	seed := flags.Uint64("seed", rand.Uint64N(1_000_000), "what all chance comes from")
	program := flags.String("server", "", "program to run, as a release is: all streams are bare; empty: build it from this repository")
	dir := flags.String("history", "", "folder to keep histories in; empty: a temporary one")
	mute := flags.Bool("mute", false, "with several nodes: they hear nothing of what is announced, and have to look")
	broken := flags.Bool("mutants", false, "prove the rig: find the mistakes that are made on purpose")
	only := flags.String("only", "", "with --mutants: those whose name holds this text")
	judge := flags.String("judge", "", "history to judge again, instead of a run")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *judge != "" {
		_, err := verdict(*judge, out)
		return err
	}
	if *broken {
		return mutants.Run(ctx, source, *only, *seed, out)
	}
	form, err := rig.FormOf(*formName)
	if err != nil {
		return err
	}
	if form.Mute = *mute; *mute && form.Nodes == 0 {
		return errors.New("--mute is for several nodes: --form nodes or nodes-short")
	}
	return play(ctx, form, *seed, *program, *dir, out)
}

// play plays one run and judges it. What a good run has written is thrown away,
// unless a folder was named for it.
func play(ctx context.Context, form rig.Form, seed uint64, program, keep string, out io.Writer) error {
	fmt.Fprintf(out, "form %s, seed %d\n", form.Name, seed)
	if program != "" {
		form.Streams = 0 // such a program has one door
	} else {
		dir, err := os.MkdirTemp("", "torture-build-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if program, err = build.Program(ctx, source, dir, nil); err != nil {
			return err
		}
	}
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	if keep != "" {
		if err := os.MkdirAll(keep, 0o755); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(keep, fmt.Sprintf("torture-%s-%d-", form.Name, seed))
	if err != nil {
		return err
	}
	began := time.Now()
	path, err := rig.Run(ctx, program, form, seed, dir)
	if err != nil {
		return fmt.Errorf("seed %d, history %s: %w", seed, path, err)
	}
	fmt.Fprintf(out, "it took %s\n\n", time.Since(began).Round(100*time.Millisecond))
	report, err := verdict(path, out)
	if err != nil {
		return fmt.Errorf("seed %d, history %s: %w", seed, path, err)
	}
	if short := form.Missing(report.Acked, report.Cuts, report.Acts); short != "" {
		return fmt.Errorf("seed %d, history %s: the run is too small: %s", seed, path, short)
	}
	if keep != "" {
		fmt.Fprintf(out, "history %s\n", path)
		return nil
	}
	return os.RemoveAll(dir)
}

// verdict judges a history and prints what it finds.
func verdict(path string, out io.Writer) (*check.Report, error) {
	records, err := history.Read(path)
	if err != nil {
		return nil, err
	}
	report := check.Judge(records)
	report.Print(out)
	if report.Violations() > 0 {
		return report, errRed
	}
	return report, nil
}
