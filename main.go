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
	name string
	what string
	run  func(ctx context.Context, c config, out, logs io.Writer) error
}

var commands = []command{
	{"serve", "serve the chat (this is what maru does without a command)", serve},
	{"invite", "print a one-time link to sign up with, good for seven days", invite},
	{"verify", "read all of the log and say whether it is whole; with --live, check a running server", verify},
	{"copy", "copy everything to a new database, --from one --to the other; cursors stay good", copyAll},
	{"grant-sql", "let a role of the PostgreSQL write messages as docs/sql.md shows: maru grant-sql ROLE", grantSQL},
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
		var role string
		if name == "grant-sql" && len(args) > 0 && args[0][:min(1, len(args[0]))] != "-" {
			role, args = args[0], args[1:]
		}
		conf, err := readConfig(args, env, out, logs)
		conf.role = role
		if err != nil {
			return err
		}
		return c.run(ctx, conf, out, logs)
	}
	fmt.Fprintf(logs, "maru: there is no command %q; maru help lists them\n", name)
	return errUsage
}
