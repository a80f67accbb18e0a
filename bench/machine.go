package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The CPUs: in most measures the server has one and the load another.
const (
	serverCPU = "0"
	loadCPU   = "1"
	bothCPUs  = "0,1"
	allCPUs   = "" // whatever there is
)

// pin keeps this program on some of the CPUs.
func pin(cpus string) error {
	if cpus == allCPUs {
		cpus = fmt.Sprintf("0-%d", runtime.NumCPU()-1)
	}
	if out, err := exec.Command("taskset", "-a", "-c", "-p", cpus, strconv.Itoa(os.Getpid())).CombinedOutput(); err != nil {
		return fmt.Errorf("taskset: %w: %s", err, out)
	}
	return nil
}

// command is a program on some of the CPUs, which ends when this one does.
func command(cpus, program string, args ...string) *exec.Cmd {
	if cpus != allCPUs {
		program, args = "taskset", append([]string{"-c", cpus, program}, args...)
	}
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// allowFiles lets this program, and those that it starts, open so many files.
func allowFiles(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur, limit.Max = max(n, limit.Cur), max(n, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files to %d (ulimit -n): %w", n, err)
	}
	return nil
}

// restTime is how long processes rest before their memory is looked at: what they
// did a moment ago takes more.
const restTime = 2 * time.Second

// resident is the resident memory of processes at rest, in KB each.
func resident(pids ...int) []float64 {
	time.Sleep(restTime)
	each := make([]float64, len(pids))
	for i, pid := range pids {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			pages, _ := strconv.Atoi(fields[1])
			each[i] = float64(pages) * float64(os.Getpagesize()) / 1024
		}
	}
	return each
}

// busy is how long processes have used the CPU, in steps of 10 ms.
func busy(pids ...int) time.Duration {
	var ticks int
	for _, pid := range pids {
		if fields := stat(pid); len(fields) > 12 {
			user, _ := strconv.Atoi(fields[11])
			system, _ := strconv.Atoi(fields[12])
			ticks += user + system
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// stat is what the system says of a process, from its state on.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil // it has ended
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// children are the processes that a process has started.
func children(of int) (pids []int) {
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range all {
		pid, _ := strconv.Atoi(filepath.Base(dir))
		if fields := stat(pid); len(fields) > 1 && fields[1] == strconv.Itoa(of) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// describe says in a line what everything is measured on, and whether it is
// quiet there.
func describe(dir string) (string, error) {
	cpu, _ := exec.Command("sh", "-c", `sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1`).Output()
	revision, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	load, _ := os.ReadFile("/proc/loadavg")
	sync, err := syncTime(dir)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %d CPUs, %s, revision %s, fdatasync %.2f ms, load before %.4s, %s", bytes.TrimSpace(cpu), runtime.NumCPU(),
		runtime.Version(), bytes.TrimSpace(revision), sync, load, time.Now().Format(time.DateOnly)), nil
}

// syncTime is how long the disk takes to have 4 KB for sure, at the middle, in
// milliseconds.
func syncTime(dir string) (float64, error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var times hist
	for range 200 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		times.add(time.Since(began))
	}
	return times.at(.5), os.Remove(f.Name())
}
