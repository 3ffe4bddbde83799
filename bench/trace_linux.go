package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// stops are the threads under observation.
type stops struct {
	threads map[int]bool
	calls   map[string]uint64
}

// trace counts the system calls of processes, from ready on until they have all
// ended. It stops every thread at every call, so nothing of it can be timed.
//
// The tracer is a process of its own because it waits for any thread there is,
// which must not take away the news of somebody else's children.
func trace(pids []int, ready func() error) (said, error) {
	runtime.LockOSThread() // ptrace obeys only the thread that attached
	s := &stops{threads: map[int]bool{}, calls: map[string]uint64{}}
	for _, pid := range pids {
		if err := s.seize(pid); err != nil {
			return said{}, err
		}
	}
	if err := ready(); err != nil {
		return said{}, err
	}
	for len(s.threads) > 0 {
		if err := s.next(); err != nil {
			return said{}, err
		}
	}
	return said{Calls: s.calls}, nil
}

// seize attaches to every thread of a process. One that is started meanwhile is
// seen in the next look, if it is not attached to by its origin's.
func (s *stops) seize(pid int) error {
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE
	for more := true; more; {
		more = false
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		if err != nil {
			return err
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(filepath.Base(task))
			if err != nil || s.threads[tid] {
				continue
			}
			err = seizeThread(tid, options)
			if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EPERM) && len(s.threads) > 0 {
				continue // it has ended, or its origin has brought it along
			}
			if err != nil {
				return os.NewSyscallError("ptrace seize", err)
			}
			s.threads[tid], more = true, true
			if err := unix.PtraceInterrupt(tid); err != nil && !errors.Is(err, unix.ESRCH) {
				return os.NewSyscallError("ptrace interrupt", err)
			}
		}
	}
	if len(s.threads) == 0 {
		return fmt.Errorf("process %d has no threads to trace", pid)
	}
	return nil
}

// next takes one stop and lets the thread go on.
func (s *stops) next() error {
	var status unix.WaitStatus
	tid, err := unix.Wait4(-1, &status, unix.WALL, nil)
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case errors.Is(err, unix.ECHILD):
		clear(s.threads)
		return nil
	case err != nil:
		return os.NewSyscallError("wait4", err)
	case status.Exited(), status.Signaled():
		delete(s.threads, tid)
		return nil
	case !status.Stopped():
		return nil
	}
	s.threads[tid] = true
	deliver := 0
	const syscallStop = unix.SIGTRAP | 0x80
	switch {
	case status.StopSignal() == syscallStop:
		number, entry, err := syscallAt(tid)
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return os.NewSyscallError("ptrace syscall info", err)
		}
		if entry {
			s.calls[callName(number)]++
		}
	case uint32(status)>>16 == 0:
		deliver = int(status.StopSignal())
	}
	if err := unix.PtraceSyscall(tid, deliver); err != nil && !errors.Is(err, unix.ESRCH) {
		return os.NewSyscallError("ptrace syscall", err)
	}
	return nil
}

// callNames are the calls that a Go program makes while it runs along.
var callNames = map[uint64]string{
	unix.SYS_CLONE:          "clone",
	unix.SYS_CLOSE:          "close",
	unix.SYS_EPOLL_CTL:      "epoll_ctl",
	unix.SYS_EPOLL_PWAIT:    "epoll_pwait",
	unix.SYS_EXIT:           "exit",
	unix.SYS_EXIT_GROUP:     "exit_group",
	unix.SYS_FUTEX:          "futex",
	unix.SYS_GETPID:         "getpid",
	unix.SYS_GETRUSAGE:      "getrusage",
	unix.SYS_GETTID:         "gettid",
	unix.SYS_MADVISE:        "madvise",
	unix.SYS_MMAP:           "mmap",
	unix.SYS_MUNMAP:         "munmap",
	unix.SYS_NANOSLEEP:      "nanosleep",
	unix.SYS_PRCTL:          "prctl",
	unix.SYS_READ:           "read",
	unix.SYS_RT_SIGPROCMASK: "rt_sigprocmask",
	unix.SYS_RT_SIGRETURN:   "rt_sigreturn",
	unix.SYS_SCHED_YIELD:    "sched_yield",
	unix.SYS_SIGALTSTACK:    "sigaltstack",
	unix.SYS_TGKILL:         "tgkill",
	unix.SYS_WRITE:          "write",
}

func callName(number uint64) string {
	if name, ok := callNames[number]; ok {
		return name
	}
	return fmt.Sprintf("syscall %d", number)
}
