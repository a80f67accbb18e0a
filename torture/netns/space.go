// Package netns gives processes networks of their own, as Linux has them, with
// links between them that can be broken. Nothing of a network has a name that
// would outlive it: it is there as long as a thread of this process is in it, or
// a process that was started there, and those end with this process, however
// that comes about.
package netns

import (
	"errors"
	"os/exec"
)

// ErrNone says why processes can't have networks of their own here.
var ErrNone = errors.New("no network namespaces")

// Space is a thread of this process that starts others. They are in its network.
type Space struct {
	tasks chan func()
	tid   int
}

// Here makes a space in the network that this process has.
func Here() (*Space, error) { return open(func() error { return nil }) }

// New makes a space in a new network, which is empty.
func New() (*Space, error) { return open(leave) }

// Start starts a process, which is killed when the space is closed or this
// process ends.
func (s *Space) Start(cmd *exec.Cmd) error {
	tie(cmd)
	return s.do(cmd.Start)
}

// Run starts a process and waits for it.
func (s *Space) Run(cmd *exec.Cmd) error {
	if err := s.Start(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}

func (s *Space) do(task func() error) error {
	done := make(chan error, 1)
	s.tasks <- func() { done <- task() }
	return <-done
}

// Close ends the space.
func (s *Space) Close() { close(s.tasks) }
