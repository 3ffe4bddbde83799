package explore

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const noOperation = 0x90

// untilAsleep waits until the operation's thread sleeps in the system call that
// it was let go into, or has left it.
func (t *tracer) untilAsleep() (ws unix.WaitStatus, awake bool, err error) {
	for pause := 10 * time.Microsecond; ; pause = min(2*pause, time.Millisecond) {
		if _, ok := t.early[t.pid]; ok { // it came while another thread was seen to
			ws, err = t.waitFor(t.pid)
			return ws, true, err
		}
		tid, err := unix.Wait4(-t.pid, &ws, unix.WALL|unix.WNOTHREAD|unix.WNOHANG, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, false, fmt.Errorf("wait for the victim: %w", err)
		case tid == t.pid:
			t.threads[tid].stopped = ws.Stopped()
			return ws, true, t.dead(tid, ws)
		case tid != 0:
			if err := t.note(tid, ws); err != nil {
				return 0, false, err
			}
		case t.asleep():
			return 0, false, nil
		}
		time.Sleep(pause)
	}
}

// asleep tells whether the kernel has the operation's thread sleeping. It is
// within a futex wait, so nothing else can have sent it to sleep.
func (t *tracer) asleep() bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/stat", t.pid, t.pid))
	// The name before the state may hold anything, a bracket too.
	_, state, ok := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" "))
	return err == nil && ok && state[0] == 'S'
}

// letGo has the victim run to its end without a tracer.
func (t *tracer) letGo() error {
	if err := t.stopForGood(); err != nil {
		return t.orHow(err)
	}
	for tid, th := range t.threads {
		if err := ptrace(unix.PTRACE_DETACH, tid, 0, uintptr(th.signal)); err != nil && err != unix.ESRCH {
			return fmt.Errorf("detach from thread %d: %w", tid, err)
		}
	}
	for !t.reaped {
		tid, ws, err := t.wait()
		if err != nil {
			return err
		}
		switch {
		case tid == t.pid && !ws.Stopped():
			t.reaped, t.exit = true, ws
		case ws.Stopped(): // a thread that was just being born
			ptrace(unix.PTRACE_DETACH, tid, 0, 0)
		}
	}
	if !t.exit.Exited() || t.exit.ExitStatus() != 0 {
		return fmt.Errorf("%w after its operation: %s", ErrEnded, describe(t.exit))
	}
	return nil
}

func (t *tracer) orHow(err error) error {
	if err == errDead {
		return fmt.Errorf("%w: %s", ErrEnded, describe(t.exit))
	}
	return err
}

// stopForGood brings the operation's thread to where it can be let go: its
// mappings writable again, and not at the entry of a system call.
func (t *tracer) stopForGood() error {
	main := t.threads[t.pid]
	if !main.stopped { // asleep
		if err := ptrace(unix.PTRACE_INTERRUPT, t.pid, 0, 0); err != nil {
			return fmt.Errorf("interrupt the victim: %w", err)
		}
		if _, err := t.waitFor(t.pid); err != nil {
			return err
		}
	}
	if kind := t.trace.Last().Kind; (kind == Enter || kind == Mark) && t.cfg.Engine != SingleStep {
		var r unix.PtraceRegs
		if err := getRegs(t.pid, &r); err != nil {
			return err
		}
		if err := t.backOut(&r); err != nil {
			return err
		}
	}
	if err := t.protect(t.pid, false); err != nil {
		return err
	}
	// Without a tracer, the end mark would be the end of the victim.
	if _, err := unix.PtracePokeText(t.pid, uintptr(t.mark-breakSize), []byte{noOperation}); err != nil {
		return fmt.Errorf("remove the end mark: %w", err)
	}
	return nil
}

// end kills the victim if it lives, and waits for every thread of it: the
// process itself is not reported before the others that are traced.
func (t *tracer) end() {
	if t.reaped && len(t.threads) == 0 {
		return
	}
	if !t.reaped {
		t.kill()
	}
	for {
		tid, ws, err := t.wait()
		if err != nil { // ECHILD: nobody is left
			t.threads = nil
			return
		}
		if tid == t.pid && !ws.Stopped() {
			t.reaped, t.exit = true, ws
		}
	}
}
