package netns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"

	"maru/torture/proxy"
)

// Network is a database's network with those of nodes around it. Each node has a
// link to the bridge in front of the database, which can be broken, and one to
// the network that this process and the clients are in.
type Network struct {
	Database *Space
	Nodes    []*Space
	near     netip.Prefix // of the nodes' links to this process
	far      netip.Prefix // of the database and the nodes' links to it
	wrong    []proxy.Trouble
}

// NewNetwork makes a network for so many nodes. The error is ErrNone where that
// can't be had: not on Linux, not as root, or without the programs for it.
func NewNetwork(ctx context.Context, nodes int) (n *Network, err error) {
	for _, program := range []string{"ip", "tc"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNone, err)
		}
	}
	n = &Network{wrong: make([]proxy.Trouble, nodes)}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.Database, err = New(); err != nil {
		return n, err
	}
	if n.near, n.far, err = free(); err != nil {
		return n, err
	}
	err = ip(ctx, n.Database, "link set lo up", "link add bridge type bridge",
		"address add "+host(n.far, 1)+" dev bridge", "link set bridge up")
	for i := 0; i < nodes && err == nil; i++ {
		err = n.add(ctx, i)
	}
	return n, err
}

// add makes the network of a node.
func (n *Network) add(ctx context.Context, i int) error {
	node, err := New()
	if err != nil {
		return err
	}
	n.Nodes = append(n.Nodes, node)
	here, err := Here()
	if err != nil {
		return err
	}
	defer here.Close()
	return errors.Join(
		ip(ctx, n.Database, fmt.Sprintf("link add %s type veth peer name far netns %d", n.port(i), node.tid),
			"link set "+n.port(i)+" master bridge up"),
		ip(ctx, here, fmt.Sprintf("link add %s type veth peer name near netns %d", n.door(i), node.tid),
			"address add "+host(n.pair(i), 1)+" dev "+n.door(i), "link set "+n.door(i)+" up"),
		ip(ctx, node, "link set lo up", "address add "+host(n.far, 2+i)+" dev far", "link set far up",
			"address add "+host(n.pair(i), 2)+" dev near", "link set near up"))
}

// port is the database's end of a node's link, door is the end of its other one.
// The latter stands among all links of the machine.
func (n *Network) port(i int) string { return fmt.Sprintf("node%d", i) }
func (n *Network) door(i int) string { return fmt.Sprintf("mt%x-%d", os.Getpid(), i) }

// NodeHost and DatabaseHost are the addresses at which they are to be reached.
func (n *Network) NodeHost(i int) string { return bare(host(n.pair(i), 2)) }
func (n *Network) DatabaseHost() string  { return bare(host(n.far, 1)) }

// Far is the network in which the database is.
func (n *Network) Far() string { return n.far.String() }

// Trouble begins a trouble between a node and the database, or ends the one that
// there is. What is sent meanwhile is dropped without a word, and sent again as
// TCP does it; where it is denied, the node is told that no way leads there.
func (n *Network) Trouble(ctx context.Context, i int, t proxy.Trouble) error {
	was := n.wrong[i]
	n.wrong[i] = t
	return errors.Join(n.trouble(ctx, i, was, false), n.trouble(ctx, i, t, true))
}

func (n *Network) trouble(ctx context.Context, i int, t proxy.Trouble, on bool) error {
	switch t {
	case proxy.Denied:
		return ip(ctx, n.Nodes[i], "route "+choose(on, "add", "delete")+" unreachable "+n.DatabaseHost())
	case proxy.Held:
		return ip(ctx, n.Database, "link set "+n.port(i)+" "+choose(on, "down", "up"))
	case proxy.HeldUp:
		return drop(ctx, n.Nodes[i], "far", on)
	case proxy.HeldDown:
		return drop(ctx, n.Database, n.port(i), on)
	}
	return nil
}

func choose(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

// drop lets a link drop all that is sent into it, or no longer: a queue of one
// byte holds no packet.
func drop(ctx context.Context, at *Space, link string, on bool) error {
	if on {
		return run(ctx, at, "", "tc", "qdisc", "replace", "dev", link, "root", "bfifo", "limit", "1")
	}
	return run(ctx, at, "", "tc", "qdisc", "delete", "dev", link, "root")
}

// Close takes the network away. Nobody may be in it any more.
func (n *Network) Close() error {
	var errs []error
	if here, err := Here(); err != nil {
		errs = append(errs, err)
	} else {
		for i := range n.Nodes {
			if _, err := net.InterfaceByName(n.door(i)); err == nil {
				errs = append(errs, ip(context.Background(), here, "link delete "+n.door(i)))
			}
		}
		here.Close()
	}
	for _, node := range n.Nodes {
		node.Close()
	}
	if n.Database != nil {
		n.Database.Close()
	}
	return errors.Join(errs...)
}

// ip lets the program of that name do things to the links of a space.
func ip(ctx context.Context, at *Space, lines ...string) error {
	return run(ctx, at, strings.Join(lines, "\n"), "ip", "-batch", "-")
}

func run(ctx context.Context, at *Space, input, name string, args ...string) error {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &said, &said
	if err := at.Run(cmd); err != nil {
		return fmt.Errorf("%s %s: %w: %s%s", name, strings.Join(args, " "), err, input, said.Bytes())
	}
	return nil
}
