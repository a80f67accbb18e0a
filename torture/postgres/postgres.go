// Package postgres runs a PostgreSQL of the rig's own, which can be stopped in
// each of its ways and started again.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"maru/torture/netns"
)

// Cluster is a PostgreSQL with one database. It is ended and its files are
// removed when this process ends, however that comes about.
type Cluster struct {
	place    Place
	programs string
	dir      string // of its files and its socket; short, because a socket's path has to be
	logs     *os.File
	user     *syscall.SysProcAttr
	keeper   *exec.Cmd
	alive    io.Closer // the other end of the pipe that the keeper reads
}

// Place is where a cluster runs.
type Place struct {
	Space   *netns.Space
	Host    string // that it listens on beside its socket; may be empty
	Network string // whose hosts are let in then
}

// ErrNone says that there is no PostgreSQL to run.
var ErrNone = errors.New("no PostgreSQL is installed")

// Programs returns the folder of PostgreSQL's programs.
func Programs() (string, error) {
	if at, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(at), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", ErrNone
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// keeper waits until nobody holds the other end of its input any more. A server
// that was just about to start is looked for a second time.
const keeper = `
read _
"$0/pg_ctl" -s -D "$1/data" -m immediate stop || { sleep 2; "$0/pg_ctl" -s -D "$1/data" -m immediate stop; }
rm -rf "$1"`

// New makes a PostgreSQL and starts it. It writes its log to the folder logs.
func New(ctx context.Context, logs string, at Place) (c *Cluster, err error) {
	c = &Cluster{place: at}
	if c.programs, err = Programs(); err != nil {
		return nil, err
	}
	if c.logs, err = os.Create(filepath.Join(logs, "postgres.log")); err != nil {
		return nil, err
	}
	if c.dir, err = os.MkdirTemp("", "torture-pg-"); err != nil {
		return nil, err
	}
	if err := c.unprivileged(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	watch := c.command(context.WithoutCancel(ctx), "sh", "-c", keeper, c.programs, c.dir)
	if c.alive, err = watch.StdinPipe(); err != nil {
		return nil, err
	}
	if err := watch.Start(); err != nil {
		return nil, err
	}
	c.keeper = watch
	err = c.run(ctx, "initdb", "-D", c.data(), "-U", "maru", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if err == nil && at.Host != "" {
		err = c.admit(at.Network)
	}
	if err == nil {
		err = c.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// unprivileged makes PostgreSQL another user's where this one is root, because
// it does not run as that.
func (c *Cluster) unprivileged() error {
	c.user = &syscall.SysProcAttr{Setpgid: true} // an interrupt is for the rig
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	c.user.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(c.dir, uid, gid)
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Socket is where it listens.
func (c *Cluster) Socket() string { return filepath.Join(c.dir, ".s.PGSQL."+Port) }

// Port is where it listens on its host.
const Port = "5432"

// Database is the name of the database, which belongs to User.
const (
	Database = "postgres"
	User     = "maru"
)

func (c *Cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, c.user
	// What is started may stay, with these open: no pipe waits for its end.
	cmd.Stdout, cmd.Stderr = c.logs, c.logs
	return cmd
}

// run runs one of PostgreSQL's programs.
func (c *Cluster) run(ctx context.Context, name string, args ...string) error {
	if err := c.place.Space.Run(c.command(ctx, filepath.Join(c.programs, name), args...)); err != nil {
		return fmt.Errorf("%s: %w; its log is %s", name, err, c.logs.Name())
	}
	return nil
}

// Start starts it, and returns when it lets clients in.
func (c *Cluster) Start(ctx context.Context) error {
	options := "-k " + c.dir + " -p " + Port + " -c listen_addresses=" + c.place.Host + " -c max_connections=200"
	return c.run(ctx, "pg_ctl", "-s", "-w", "-D", c.data(), "-o", options, "start")
}

// admit lets everybody in who comes from a network.
func (c *Cluster) admit(network string) error {
	rules, err := os.OpenFile(filepath.Join(c.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(rules, "host all all %s trust\n", network)
	return errors.Join(err, rules.Close())
}

// The ways to stop.
const (
	Fast      = "fast"      // clients are put out, and everything is written
	Immediate = "immediate" // as in a crash
)

// Stop stops it in one of the ways.
func (c *Cluster) Stop(ctx context.Context, mode string) error {
	return c.run(ctx, "pg_ctl", "-s", "-w", "-D", c.data(), "-m", mode, "stop")
}

// Close ends it, and removes its files.
func (c *Cluster) Close() error {
	c.alive.Close()
	err := c.keeper.Wait()
	return errors.Join(err, c.logs.Close())
}

// Shell is PostgreSQL's own shell, which runs a statement.
func (c *Cluster) Shell(ctx context.Context, sql string) *exec.Cmd {
	shell := exec.CommandContext(ctx, "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1",
		"-h", c.dir, "-p", Port, "-U", User, "-d", Database, "-c", sql)
	shell.Env = append(os.Environ(), "PGOPTIONS=-c lock_timeout=5s")
	return shell
}

// lost is how psql ends where its connection was lost: nobody knows then what
// became of the statement.
const lost = 2

// InDoubt reports whether a statement may have been done though it failed.
func InDoubt(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	return ok && exit.ExitCode() == lost
}

// Ask runs a query of one value and returns it.
func (c *Cluster) Ask(ctx context.Context, sql string) (string, error) {
	out, err := c.Shell(ctx, sql).Output()
	return string(bytes.TrimSpace(out)), err
}
