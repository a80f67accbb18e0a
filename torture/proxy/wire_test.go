package proxy

import (
	"bufio"
	"errors"
	"net"
	"os"
	"testing"
	"time"
)

func wired(t *testing.T) (*Wire, <-chan error) {
	t.Helper()
	addr, ended := echo(t)
	w, err := NewWire("tcp", addr(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, ended
}

func dial(t *testing.T, w *Wire) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", w.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// What is held up comes when the trouble is over, in order and whole.
func TestHeld(t *testing.T) {
	for _, trouble := range []Trouble{Held, HeldUp, HeldDown} {
		w, _ := wired(t)
		c := dial(t, w)
		c.Write([]byte("before\n"))
		in := bufio.NewReader(c)
		if line, err := in.ReadString('\n'); line != "before\n" {
			t.Fatal(line, err)
		}
		w.Trouble(trouble)
		c.Write([]byte("meanwhile\n"))
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if line, err := in.ReadString('\n'); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %q, %v", trouble, line, err)
		}
		w.Trouble(None)
		c.SetReadDeadline(time.Now().Add(patience))
		if line, err := in.ReadString('\n'); line != "meanwhile\n" {
			t.Errorf("%s: %q, %v", trouble, line, err)
		}
	}
}

// The end of a connection is held up as its bytes are.
func TestHeldEnd(t *testing.T) {
	w, ended := wired(t)
	c := dial(t, w)
	c.Write([]byte("x\n"))
	bufio.NewReader(c).ReadString('\n')
	w.Trouble(Held)
	c.Close()
	select {
	case err := <-ended:
		t.Fatal("the other side has heard of it:", err)
	case <-time.After(50 * time.Millisecond):
	}
	w.Trouble(None)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("the other side does not hear of it")
	}
}

func TestDenied(t *testing.T) {
	w, _ := wired(t)
	old := dial(t, w)
	old.Write([]byte("x\n"))
	old.Read(make([]byte, 2))
	w.Trouble(Denied)
	denied := map[string]net.Conn{"old": old}
	// A reset may come before the dialling has ended, too.
	if fresh, err := net.Dial("tcp", w.Addr()); err == nil {
		fresh.SetDeadline(time.Now().Add(patience))
		defer fresh.Close()
		denied["new"] = fresh
	}
	for name, c := range denied {
		if n, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the %s connection goes on: %d, %v", name, n, err)
		}
	}
	w.Trouble(None)
	again := dial(t, w)
	again.Write([]byte("x\n"))
	if n, err := again.Read(make([]byte, 2)); n == 0 {
		t.Error(err)
	}
}
