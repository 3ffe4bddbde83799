package explore

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// callStop looks at a thread other than the operation's that has come to a system
// call, or is behind one, and reports whether that is a state.
func (t *tracer) callStop(tid int, th *thread) (state bool, err error) {
	var r unix.PtraceRegs
	if err := getRegs(tid, &r); err != nil {
		if err == unix.ESRCH { // killed meanwhile; the wait says so
			return false, nil
		}
		return false, err
	}
	if th.call != nil { // behind it
		call := th.call
		call.Result, call.done = int64(r.Rax), true
		switch {
		case restarts(call.Result):
			th.call = nil
			return false, nil
		case call.remaps(), !call.isPrivate():
			return true, nil
		}
		th.call = nil
		return false, nil
	}
	if int64(r.Rax) != -int64(unix.ENOSYS) { // behind a call in which it was when it was first stopped
		return false, nil
	}
	th.call = t.callAt(&r, r.Orig_rax)
	return !th.call.isPrivate(), nil
}

// otherCall does what a state of another thread takes, while all others stand
// still: the state before its call, the call itself, unless it may have to wait for
// somebody, and the state behind it. The thread stays stopped.
func (t *tracer) otherCall(tid int, th *thread) error {
	var r unix.PtraceRegs
	if err := getRegs(tid, &r); err != nil {
		return err
	}
	call := th.call
	if call.done {
		return t.otherLeft(tid, th, &r)
	}
	if call.mayWrite() && t.protected || t.cfg.Engine == Accesses && call.Offset >= 0 && !call.remaps() {
		return fmt.Errorf("%w: another thread than the operation's has the kernel reach into a shared mapping: %s", ErrCannot, call)
	}
	if err := t.record(Enter, &r, call, true); err != nil {
		return err
	}
	if call.maySleep() && !t.onFile(call) {
		return nil
	}
	for {
		th.stopped = false
		if err := ptrace(unix.PTRACE_SYSCALL, tid, 0, 0); err != nil {
			return fmt.Errorf("continue thread %d of the victim: %w", tid, err)
		}
		ws, err := t.waitFor(tid)
		switch {
		case err != nil:
			return err
		case !ws.Stopped(): // exit(2) of this thread alone
			delete(t.threads, tid)
			return nil
		case ws>>16 == unix.PTRACE_EVENT_FORK, ws>>16 == unix.PTRACE_EVENT_VFORK, ws>>16 == unix.PTRACE_EVENT_EXEC:
			return fmt.Errorf("%w: it starts another program", ErrCannot)
		case ws>>16 != 0, ws.StopSignal() == unix.SIGURG:
		case ws.StopSignal() == unix.SIGTRAP|0x80:
			if err := getRegs(tid, &r); err != nil {
				return err
			}
			call.Result, call.done = int64(r.Rax), true
			if restarts(call.Result) {
				th.call = nil
				return nil
			}
			return t.otherLeft(tid, th, &r)
		default:
			th.signal = int(ws.StopSignal())
		}
	}
}

// otherLeft is the state behind a call of another thread.
func (t *tracer) otherLeft(tid int, th *thread, r *unix.PtraceRegs) error {
	call := th.call
	th.call = nil
	if call.remaps() {
		closed := t.protected
		if err := t.findMappings(); err != nil {
			return err
		}
		if closed {
			if err := t.protect(tid, true); err != nil {
				return err
			}
		}
	}
	if call.isPrivate() {
		return nil
	}
	if call.Result == -int64(unix.EFAULT) && t.protected {
		return fmt.Errorf("%w: %s of another thread is to write to a shared mapping", ErrCannot, call)
	}
	return t.record(Leave, r, call, true)
}

// onFile reports whether the call is on a file with a path: one that waits for
// nobody.
func (t *tracer) onFile(call *Syscall) bool {
	if call.Number == unix.SYS_FUTEX || call.Number == unix.SYS_FLOCK || call.Number == unix.SYS_FCNTL {
		return false
	}
	target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(call.Args[0])))
	if err != nil || !strings.HasPrefix(target, "/") {
		return false
	}
	info, err := os.Stat(fmt.Sprintf("/proc/%d/fd/%d", t.pid, int32(call.Args[0])))
	return err == nil && info.Mode().IsRegular()
}
