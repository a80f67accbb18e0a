package netns

import (
	"errors"
	"net"
	"net/netip"
	"os"
)

// free returns two private networks that nothing on this machine is in. Where
// the search begins differs by process, so that two that begin at once do not
// find the same.
func free() (near, far netip.Prefix, err error) {
	taken, err := net.InterfaceAddrs()
	if err != nil {
		return near, far, err
	}
	const pairs = 1 << 15 // of networks of 256 addresses in 10.0.0.0/8
	for try := range pairs {
		n := 2 * ((os.Getpid() + try) % pairs)
		both := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n), 0}), 23)
		if !overlaps(both, taken) {
			near = netip.PrefixFrom(both.Addr(), 24)
			far = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 8), byte(n + 1), 0}), 24)
			return near, far, nil
		}
	}
	return near, far, errors.New("no private network is free")
}

func overlaps(p netip.Prefix, taken []net.Addr) bool {
	for _, addr := range taken {
		if of, err := netip.ParsePrefix(addr.String()); err == nil && of.Overlaps(p) {
			return true
		}
	}
	return false
}

// pair is the network of a node's link to this process.
func (n *Network) pair(i int) netip.Prefix {
	from := n.near.Addr().As4()
	from[3] = byte(4 * i)
	return netip.PrefixFrom(netip.AddrFrom4(from), 30)
}

// host is the n-th address of a network, with the network's length.
func host(p netip.Prefix, n int) string {
	at := p.Addr().As4()
	at[3] += byte(n)
	return netip.PrefixFrom(netip.AddrFrom4(at), p.Bits()).String()
}

// bare takes the length away.
func bare(at string) string { return netip.MustParsePrefix(at).Addr().String() }
