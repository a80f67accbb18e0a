// Maru is a chat server in one binary: `maru` serves, `maru help` says what
// else it can do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // readers' zones are known on every machine
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "maru:", err)
		os.Exit(1)
	}
}

// errUsage is for a command line that was explained already.
var errUsage = errors.New("usage")

// command is one thing that the program does.
type command struct {
	name  string
	what  string
	run   func(ctx context.Context, c config, out, logs io.Writer) error
	words int // how many may stand before the flags
}

var commands = []command{
	{"serve", "serve the chat (this is what maru does without a command)", serve, 0},
	{"invite", "print a one-time link to sign up with, good for seven days", invite, 0},
	{"password", "give a user who has lost it a new password, and end all sessions: maru password NAME", newPassword, 1},
	{"site", "sites that may show the chat on their pages: maru site add NAME --origin https://www.example.com; maru site help", siteCommand, 2},
	{"verify", "read all of the log and say whether it is whole; with --live, check a running server", verify, 0},
	{"copy", "copy everything to a new database, --from one --to the other; cursors stay good", copyAll, 0},
	{"grant-sql", "let a role of the PostgreSQL write messages as docs/sql.md shows: maru grant-sql ROLE", grantSQL, 1},
}

// run does what a command line asks. What people read goes to out; logs go to
// logs.
func run(ctx context.Context, args []string, env func(string) string, out, logs io.Writer) error {
	name := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, args = args[0], args[1:]
	}
	if name == "help" {
		usage(out)
		return nil
	}
	for _, c := range commands {
		if c.name != name {
			continue
		}
		n := 0
		for n < min(c.words, len(args)) && !strings.HasPrefix(args[n], "-") {
			n++
		}
		conf, err := readConfig(name, args[n:], env, out, logs)
		if err != nil {
			return err
		}
		conf.words = args[:n]
		return c.run(ctx, conf, out, logs)
	}
	fmt.Fprintf(logs, "maru: there is no command %q; maru help lists them\n", name)
	return errUsage
}
