package netns

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"maru/torture/proxy"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// network makes a network, or skips the test where that can't be had.
func network(t *testing.T, nodes int) *Network {
	t.Helper()
	n, err := NewNetwork(t.Context(), nodes)
	if errors.Is(err, ErrNone) && (os.Getenv("MARU_TESTS") != "all" || os.Getuid() != 0 || runtime.GOOS != "linux") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if links := doors(t, os.Getpid()); len(links) > 0 {
			t.Errorf("%v are left", links)
		}
	})
	return n
}

// doors are the links of a process among all those of the machine.
func doors(t *testing.T, pid int) (names []string) {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range all {
		if strings.HasPrefix(link.Name, fmt.Sprintf("mt%x-", pid)) {
			names = append(names, link.Name)
		}
	}
	return names
}

// echo is a server in a space that answers each line with itself.
func echo(t *testing.T, at *Space, host string) string {
	t.Helper()
	var listener net.Listener
	err := at.do(func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return listener.Addr().String()
}

func dial(at *Space, addr string, within time.Duration) (c net.Conn, err error) {
	err = at.do(func() error {
		c, err = net.DialTimeout("tcp", addr, within)
		return err
	})
	return c, err
}

// line is a connection from a node to the echo.
type line struct {
	net.Conn
	in *bufio.Reader
}

// hears reports whether a line comes back within a time.
func (l line) hears(text string, within time.Duration) bool {
	l.SetReadDeadline(time.Now().Add(within))
	got, err := l.in.ReadString('\n')
	return err == nil && got == text
}

// What a trouble holds up comes when it is over, and the other nodes have none.
func TestTroubles(t *testing.T) {
	n := network(t, 2)
	addr := echo(t, n.Database, n.DatabaseHost())
	open := func(i int) line {
		c, err := dial(n.Nodes[i], addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return line{c, bufio.NewReader(c)}
	}
	for _, trouble := range proxy.Troubles {
		t.Run(string(trouble), func(t *testing.T) {
			cut, other := open(0), open(1)
			io.WriteString(cut, "before\n")
			if !cut.hears("before\n", patience) {
				t.Fatal("the link does not work")
			}
			if err := n.Trouble(t.Context(), 0, trouble); err != nil {
				t.Fatal(err)
			}
			io.WriteString(cut, "meanwhile\n")
			io.WriteString(other, "beside\n")
			if cut.hears("meanwhile\n", 100*time.Millisecond) {
				t.Error("it passes")
			}
			if !other.hears("beside\n", patience) {
				t.Error("another node is cut off")
			}
			began := time.Now()
			if _, err := dial(n.Nodes[0], addr, 300*time.Millisecond); err == nil {
				t.Error("a new connection passes")
			} else if told := time.Since(began) < 250*time.Millisecond; told != (trouble == proxy.Denied) {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
			if err := n.Trouble(t.Context(), 0, proxy.None); err != nil {
				t.Fatal(err)
			}
			if !cut.hears("meanwhile\n", patience) {
				t.Error("what was held up is lost")
			}
			open(0)
		})
	}
}

// The clients reach each node.
func TestNodes(t *testing.T) {
	n := network(t, 2)
	for i, node := range n.Nodes {
		c, err := net.DialTimeout("tcp", echo(t, node, n.NodeHost(i)), patience)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "hello\n")
		if l := (line{c, bufio.NewReader(c)}); !l.hears("hello\n", patience) {
			t.Error("node", i, "does not answer")
		}
		c.Close()
	}
}

// helped is set in the process that TestKilled kills.
const helped = "TORTURE_NETNS_HELP"

// Nothing is left of a process that was killed: not what it has started, and not
// its links.
func TestKilled(t *testing.T) {
	if os.Getenv(helped) != "" {
		help(t)
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("here a process can outlive the one that started it")
	}
	me := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$", "-test.v")
	me.Env = append(os.Environ(), helped+"=1")
	out, err := me.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := me.Start(); err != nil {
		t.Fatal(err)
	}
	child := 0
	for lines := bufio.NewScanner(out); child == 0 && lines.Scan(); {
		fmt.Sscanf(lines.Text(), "child %d", &child)
	}
	links := doors(t, me.Process.Pid)
	me.Process.Kill()
	me.Wait()
	if child == 0 {
		t.Fatal("the process has started nothing")
	}
	t.Logf("it had %v", links)
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		_, err := os.Stat(fmt.Sprint("/proc/", child))
		if links = doors(t, me.Process.Pid); len(links) == 0 && errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%v are left, and of the child: %v", links, err)
		}
	}
}

// help makes what must not be left, and waits to be killed.
func help(t *testing.T) {
	var at *Space
	n, err := NewNetwork(context.Background(), 1)
	switch {
	case errors.Is(err, ErrNone):
		at, err = Here()
	case err == nil:
		at = n.Nodes[0]
	}
	if err != nil {
		t.Fatal(err)
	}
	sleep := exec.Command("sleep", "60")
	if err := at.Start(sleep); err != nil {
		t.Fatal(err)
	}
	fmt.Println("child", sleep.Process.Pid)
	time.Sleep(patience)
	t.Fatal("nobody has killed this")
}
