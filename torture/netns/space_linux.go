package netns

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
)

// The first thread can't end before the process does, and what it is in is taken
// for what all are in: it must not become a space.
func init() { runtime.LockOSThread() }

// open starts a thread, lets it enter a network and do what it is told there.
func open(enter func() error) (*Space, error) {
	s := &Space{tasks: make(chan func())}
	entered := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this function
		s.tid = syscall.Gettid()
		err := enter()
		entered <- err
		if err != nil {
			return
		}
		for task := range s.tasks {
			task()
		}
	}()
	return s, <-entered
}

func leave() error {
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		return fmt.Errorf("%w: unshare: %w", ErrNone, err)
	}
	return nil
}

// tie lets a process be killed when the thread that starts it ends: the kernel
// does it, so nothing is left where this process is killed.
func tie(cmd *exec.Cmd) {
	var attr syscall.SysProcAttr
	if cmd.SysProcAttr != nil {
		attr = *cmd.SysProcAttr
	}
	attr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr = &attr
}
