package testdb

import (
	"fmt"
	"io"
	"log/slog"
	"net"
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
	dir     string
	prepare sync.Once
	alive   io.Closer // the other end of the pipe that its keeper reads
	made    atomic.Int64
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
	programs, err := findPostgres()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "maru-pg-")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	attributes := &syscall.SysProcAttr{Setpgid: true} // an interrupt is for the tests
	if os.Getuid() == 0 {
		// PostgreSQL does not run as root.
		nobody, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(nobody.Uid)
		gid, _ := strconv.Atoi(nobody.Gid)
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "maru", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.Dir, initdb.SysProcAttr = dir, attributes
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	server := exec.Command("sh", "-c", keeper, filepath.Join(programs, "postgres"), dir)
	server.Dir, server.SysProcAttr = dir, attributes
	if c.alive, err = server.StdinPipe(); err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := c.psql("postgres", "SELECT 1"); err == nil {
			return c, nil
		} else if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return nil, fmt.Errorf("PostgreSQL does not start: %w: %s", err, log)
		}
	}
}

// findPostgres returns the folder of PostgreSQL's programs.
func findPostgres() (string, error) {
	if at, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(at), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errNoPostgres
	}
	return filepath.Dir(found[len(found)-1]), nil
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

// Wire stands between a program and PostgreSQL, and can fall silent.
type Wire struct {
	mu     sync.Mutex
	silent chan struct{} // closed while bytes pass
}

// Through opens a PostgreSQL database through a wire.
func (db *DB) Through(w *Wire) *store.Store {
	db.t.Helper()
	dir, err := os.MkdirTemp("", "maru-wire-")
	if err != nil {
		db.t.Fatal(err)
	}
	const socket = ".s.PGSQL.5432"
	l, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		db.t.Fatal(err)
	}
	db.t.Cleanup(func() {
		l.Close()
		os.RemoveAll(dir)
	})
	w.Speak()
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", filepath.Join(db.cluster.dir, socket))
			if err != nil {
				near.Close()
				continue
			}
			go w.pass(near, far)
			go w.pass(far, near)
		}
	}()
	s, err := store.Open(db.t.Context(), store.Options{URL: fmt.Sprintf("postgres:///%s?host=%s&user=maru", db.name, dir), Log: Logger(db.t)})
	if err != nil {
		db.t.Fatal(err)
	}
	db.t.Cleanup(func() { s.Close() })
	return s
}

// Silence keeps back all bytes until Speak; the connections stay.
func (w *Wire) Silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silent = make(chan struct{})
}

// Speak lets the bytes pass again.
func (w *Wire) Speak() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent == nil {
		w.silent = make(chan struct{})
	}
	close(w.silent)
}

func (w *Wire) pass(from, to net.Conn) {
	defer to.Close()
	part := make([]byte, 32<<10)
	for {
		n, err := from.Read(part)
		w.mu.Lock()
		speaks := w.silent
		w.mu.Unlock()
		<-speaks
		if _, failed := to.Write(part[:n]); err != nil || failed != nil {
			return
		}
	}
}
