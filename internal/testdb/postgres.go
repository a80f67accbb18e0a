package testdb

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"maru/internal/store"
)

// cluster is a PostgreSQL that this process started for its tests. It ends, and
// its files go, when the process does, however that ends.
type cluster struct {
	dir      string
	programs string
	as       *syscall.SysProcAttr
	prepare  sync.Once
	alive    io.Closer     // the other end of the pipe that its keeper reads
	ended    chan struct{} // closed when the keeper has ended
	made     atomic.Int64
}

var theCluster = sync.OnceValues(startCluster)

// keeper starts a PostgreSQL in $1 with the program $0, and stops it and removes
// everything when nobody holds the other end of its input any more.
const keeper = `
"$0" -D "$1/data" -k "$1" -c listen_addresses= -c max_connections=300 -c fsync=off -c full_page_writes=off \
     -c autovacuum=off -c log_min_messages=fatal >"$1/log" 2>&1 &
pid=$!
read _
kill -INT $pid
wait $pid
rm -rf "$1"`

func startCluster() (*cluster, error) {
	c, err := newCluster()
	if err != nil {
		return nil, err
	}
	if err := c.run("initdb", "-D", c.data(), "-U", "maru", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); err != nil {
		return nil, err
	}
	return c, c.serve()
}

// newCluster makes a folder for a PostgreSQL, which does not run as root.
func newCluster() (*cluster, error) {
	programs, err := findPostgres()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "maru-pg-")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, programs: programs, as: &syscall.SysProcAttr{Setpgid: true}} // an interrupt is for the tests
	if os.Getuid() != 0 {
		return c, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	c.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return c, os.Chown(dir, uid, gid)
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// run runs one of PostgreSQL's programs to its end.
func (c *cluster) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.programs, program), args...)
	cmd.Dir, cmd.SysProcAttr = c.dir, c.as
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return nil
}

// serve starts the server and waits until it answers.
func (c *cluster) serve() error {
	server := exec.Command("sh", "-c", keeper, filepath.Join(c.programs, "postgres"), c.dir)
	server.Dir, server.SysProcAttr = c.dir, c.as
	var err error
	if c.alive, err = server.StdinPipe(); err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	c.ended = make(chan struct{})
	go func() {
		server.Wait()
		close(c.ended)
	}()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := c.psql("postgres", "SELECT 1"); err == nil {
			return nil
		} else if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return fmt.Errorf("PostgreSQL does not start: %w: %s", err, log)
		}
	}
}

// stop ends the server; its files go.
func (c *cluster) stop() {
	c.alive.Close()
	<-c.ended
}

// findPostgres returns the folder of PostgreSQL's programs.
func findPostgres() (string, error) {
	// Debian keeps them out of the way.
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_basebackup"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	if at, err := exec.LookPath("pg_basebackup"); err == nil {
		return filepath.Dir(at), nil
	}
	return "", errNoPostgres
}

var errNoPostgres = fmt.Errorf("no PostgreSQL is installed; make setup does it")

// template is an empty database of Maru, to make others from.
const template = "maru_template"

// database makes an empty one and returns its name.
func (c *cluster) database(t testing.TB) string {
	t.Helper()
	c.prepare.Do(func() {
		if out, err := c.psql("postgres", "CREATE DATABASE "+template); err != nil {
			t.Fatal(out)
		}
		s, err := store.Open(t.Context(), store.Options{URL: c.url(template), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	})
	name := fmt.Sprint("t", c.made.Add(1))
	if out, err := c.psql("postgres", "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(out)
	}
	return name
}

// url is where a program connects to one of its databases.
func (c *cluster) url(name string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&user=maru", name, c.dir)
}

// command is PostgreSQL's own shell on one of its databases.
func (c *cluster) command(name string) *exec.Cmd {
	cmd := exec.Command("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", c.url(name))
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c lock_timeout=20s")
	return cmd
}

func (c *cluster) psql(name, statements string) (string, error) {
	cmd := c.command(name)
	cmd.Stdin = strings.NewReader(statements)
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
