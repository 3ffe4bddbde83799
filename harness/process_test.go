package harness_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// process is one of which the kernel tells when it ends, whoever its parent is.
type process struct {
	pid int
	fd  int
}

// observe takes hold of a process that lives.
func observe(t testing.TB, pid int) process {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return process{pid, fd}
}

// ended reports whether the process has ended; with wait it waits for that.
func (p process) ended(t testing.TB, wait bool) bool {
	t.Helper()
	timeout := 0
	if wait {
		timeout = 60_000 // generous: its end is a failure
	}
	fds := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, timeout)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	}
}

// reaped reports whether the process has ended and was waited for.
func (p process) reaped() bool {
	return unix.PidfdSendSignal(p.fd, 0, nil, 0) == unix.ESRCH
}

// offspring lists the children of this process, the zombies among them.
func offspring(t testing.TB) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Fatalf("no process in /proc: %v", err)
	}
	var pids []int
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has gone
		}
		// pid (name) state parent: the name may hold anything
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if string(fields[1]) == strconv.Itoa(os.Getpid()) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}
