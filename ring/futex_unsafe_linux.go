package ring

import (
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	futexWaitOp = 0 // FUTEX_WAIT; never the private variant: the word is shared
	futexWakeOp = 1 // FUTEX_WAKE
	everybody   = 1<<31 - 1
)

// futexWait sleeps while *word is 0, until it is woken or the timeout has
// passed, which it tells; PollOff means no timeout. It may return early for no
// reason: callers look at the indices again whatever woke them. The call goes
// through the scheduler, so that a sleeper does not hold up the garbage
// collector.
func futexWait(word *atomic.Uint32, timeout time.Duration) (timedOut bool) {
	var ts *unix.Timespec
	if timeout != PollOff {
		t := unix.NsecToTimespec(int64(timeout))
		ts = &t
	}
	_, _, errno := unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWaitOp, 0, uintptr(unsafe.Pointer(ts)), 0, 0)
	return errno == unix.ETIMEDOUT
}

func futexWake(word *atomic.Uint32) {
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(word)), futexWakeOp, everybody, 0, 0, 0)
}

// threadID names this thread to nudge.
func threadID() int64 { return int64(unix.Gettid()) }

// nudge ends a futex call of that thread, which begins it again. The signal is
// the one that Go's scheduler sends its threads.
func nudge(thread int64) {
	if thread != 0 {
		unix.Tgkill(unix.Getpid(), int(thread), unix.SIGURG)
	}
}
