package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// thread is a thread of the victim.
type thread struct {
	stopped bool
	signal  int      // to be given to it when it goes on
	fault   *mapping // where it is about to store; it waits until nobody else runs
	call    *Syscall // that it is within
	atCall  bool     // it is before or behind that call, which is a state; it waits as for a store
}

const traceOptions = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC

// seize attaches to all threads and stops them.
func (t *tracer) seize() error {
	for more := true; more; {
		more = false
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", t.pid))
		if err != nil {
			return err
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(filepath.Base(task.Name()))
			if err != nil || t.threads[tid] != nil {
				continue
			}
			switch err := ptrace(unix.PTRACE_SEIZE, tid, 0, traceOptions); err {
			case nil:
				t.threads[tid] = new(thread)
				more = true
			case unix.ESRCH: // has ended
			case unix.EPERM: // made by one that is traced, and so traced from the start, or refused
				if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0); err != nil {
					return fmt.Errorf("trace thread %d of the victim: %w: see kernel.yama.ptrace_scope", tid, unix.EPERM)
				}
				t.threads[tid] = new(thread)
			default:
				return fmt.Errorf("trace thread %d of the victim: %w", tid, err)
			}
		}
	}
	return t.freeze(t.pid)
}

// freeze stops every thread but the operation's, which is stopped already or
// sleeps, and waits until they have stopped. In the beginning it stops that
// one too.
func (t *tracer) freeze(main int) error {
	t.frozen = true
	for tid, th := range t.threads {
		if !th.stopped && (tid != t.pid || tid == main) {
			if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0); err != nil && err != unix.ESRCH {
				return fmt.Errorf("interrupt thread %d of the victim: %w", tid, err)
			}
		}
	}
	for t.running(main) > 0 {
		tid, ws, err := t.wait()
		if err != nil {
			return err
		}
		if tid == t.pid && tid != main && ws.Stopped() {
			t.early[tid] = ws
			continue
		}
		if err := t.note(tid, ws); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracer) running(main int) (n int) {
	for tid, th := range t.threads {
		if !th.stopped && (tid != t.pid || tid == main) {
			n++
		}
	}
	return n
}

// thaw lets all threads but the operation's run: that one sleeps, and they may
// have to wake it.
func (t *tracer) thaw() error {
	for tid, th := range t.threads {
		if th.fault != nil {
			m := *th.fault
			th.fault = nil
			if err := t.store(tid, m); err != nil {
				return err
			}
		}
	}
	for tid, th := range t.threads {
		if th.atCall {
			th.atCall = false
			if err := t.otherCall(tid, th); err != nil {
				return err
			}
		}
	}
	t.frozen = false
	for tid, th := range t.threads {
		if tid != t.pid && th.stopped {
			if err := t.release(tid, th); err != nil {
				return err
			}
		}
	}
	return nil
}

// release lets a stopped thread other than the operation's run.
func (t *tracer) release(tid int, th *thread) error {
	signal := th.signal
	th.stopped, th.signal = false, 0
	request := unix.PTRACE_CONT
	if t.following {
		request = unix.PTRACE_SYSCALL
	}
	if err := ptrace(request, tid, 0, uintptr(signal)); err != nil && err != unix.ESRCH {
		return fmt.Errorf("continue thread %d of the victim: %w", tid, err)
	}
	return nil
}

// wait waits for anything to happen to any thread of the victim: they, and no
// other children of this process, are its process group.
func (t *tracer) wait() (tid int, ws unix.WaitStatus, err error) {
	for {
		tid, err = unix.Wait4(-t.pid, &ws, unix.WALL|unix.WNOTHREAD, nil)
		switch err {
		case nil:
			return tid, ws, nil
		case unix.EINTR:
		default:
			return 0, 0, fmt.Errorf("wait for the victim: %w", err)
		}
	}
}

// waitFor waits until something happens to one thread, and sees to the others
// meanwhile.
func (t *tracer) waitFor(want int) (unix.WaitStatus, error) {
	for {
		// What happened before, or while another thread was seen to.
		if ws, ok := t.early[want]; ok {
			delete(t.early, want)
			t.threads[want].stopped = true
			return ws, nil
		}
		tid, ws, err := t.wait()
		switch {
		case err != nil:
			return 0, err
		case tid == want || tid == t.pid && (ws.Exited() || ws.Signaled()):
			if ws.Stopped() {
				t.threads[tid].stopped = true
			}
			return ws, t.dead(tid, ws)
		case tid == t.pid:
			t.early[tid] = ws
		default:
			if err := t.note(tid, ws); err != nil {
				return 0, err
			}
		}
	}
}

// dead turns the end of the victim into an error.
func (t *tracer) dead(tid int, ws unix.WaitStatus) error {
	if tid != t.pid || ws.Stopped() {
		return nil
	}
	t.reaped, t.exit = true, ws
	return errDead
}

// note sees to a thread other than the operation's to which something has
// happened. While all are frozen it stays stopped.
func (t *tracer) note(tid int, ws unix.WaitStatus) error {
	if ws.Exited() || ws.Signaled() {
		delete(t.threads, tid)
		return t.dead(tid, ws)
	}
	th := t.threads[tid]
	if th == nil {
		th = new(thread) // its maker's report may come later
		t.threads[tid] = th
	}
	th.stopped = true
	event, signal := ws>>16, ws.StopSignal()
	switch {
	case event == unix.PTRACE_EVENT_FORK || event == unix.PTRACE_EVENT_VFORK || event == unix.PTRACE_EVENT_EXEC:
		return fmt.Errorf("%w: it starts another program", ErrCannot)
	case event != 0:
	case signal == unix.SIGSEGV && t.protected:
		if code, address, err := fault(tid); err == nil && code == segvAccess {
			if m, ok := t.mappingOf(address); ok {
				th.fault = &m
				if t.frozen {
					return nil
				}
				if err := t.freeze(0); err != nil {
					return err
				}
				return t.thaw()
			}
		}
		th.signal = int(signal)
	case signal == unix.SIGTRAP|0x80 && t.following && tid != t.pid:
		state, err := t.callStop(tid, th)
		if err != nil {
			return err
		}
		if state {
			th.atCall = true
			if t.frozen {
				return nil
			}
			if err := t.freeze(0); err != nil {
				return err
			}
			return t.thaw()
		}
	case signal == unix.SIGURG || signal == unix.SIGTRAP || signal == unix.SIGTRAP|0x80:
	default:
		th.signal = int(signal)
	}
	if t.frozen || tid == t.pid {
		return nil
	}
	return t.release(tid, th)
}
