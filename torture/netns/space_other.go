//go:build !linux

package netns

import (
	"fmt"
	"os/exec"
	"runtime"
)

// open starts a goroutine in the place of a thread: there is one network alone.
func open(enter func() error) (*Space, error) {
	if err := enter(); err != nil {
		return nil, err
	}
	s := &Space{tasks: make(chan func())}
	go func() {
		for task := range s.tasks {
			task()
		}
	}()
	return s, nil
}

func leave() error { return fmt.Errorf("%w on %s", ErrNone, runtime.GOOS) }

// tie does nothing: here a process can outlive the one that started it.
func tie(*exec.Cmd) {}
