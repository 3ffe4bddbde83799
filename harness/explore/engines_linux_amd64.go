package explore

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// runThrough is the Mprotect engine, and that of Accesses: the victim runs from
// store to store, or from access to access, and from system call to system call.
func (t *tracer) runThrough() error {
	var r unix.PtraceRegs
	var call *Syscall // the one that the thread is within
	signal := 0
	for {
		ws, err := t.resume(unix.PTRACE_SYSCALL, signal, call)
		if err != nil {
			return err
		}
		signal = 0
		stop, event := ws.StopSignal(), ws>>16
		if err := getRegs(t.pid, &r); err != nil {
			return err
		}
		switch {
		case event == unix.PTRACE_EVENT_CLONE || event == unix.PTRACE_EVENT_STOP:
		case event != 0:
			return fmt.Errorf("%w: it starts another program", ErrCannot)
		case stop == unix.SIGTRAP|0x80 && call == nil:
			call = t.callAt(&r, r.Orig_rax)
			if call, err = t.enter(call, &r); err != nil {
				return err
			}
		case stop == unix.SIGTRAP|0x80:
			done := call
			call = nil
			if err := t.leave(done, &r); err != nil {
				return err
			}
		case stop == unix.SIGTRAP:
			return t.breakpoint(&r)
		case stop == unix.SIGSEGV:
			code, address, err := fault(t.pid)
			if err != nil {
				return err
			}
			m, ours := t.mappingOf(address)
			if !ours || code != segvAccess {
				signal = int(stop)
				continue
			}
			if t.cfg.Engine == Accesses {
				if err := t.record(Access, &r, nil, false); err != nil {
					return err
				}
			}
			if err := t.store(t.pid, m); err != nil {
				return err
			}
		case stop != unix.SIGURG:
			signal = int(stop)
		}
	}
}

// enter is the stop before a system call. It returns the call if the thread is
// still before it.
func (t *tracer) enter(call *Syscall, r *unix.PtraceRegs) (*Syscall, error) {
	if call.isMark() {
		return call, t.record(Mark, r, call, false)
	}
	if call.isPrivate() {
		return call, nil
	}
	if t.again == nil || t.again.String() != call.String() {
		if err := t.record(Enter, r, call, false); err != nil {
			return nil, err
		}
	}
	t.again = nil
	if !call.mayWrite() && (t.cfg.Engine != Accesses || call.Offset < 0 || call.remaps()) {
		return call, nil
	}
	// The kernel would refuse to use the protected mapping: the call is done with
	// the mappings writable, in one step.
	if err := t.backOut(r); err != nil {
		return nil, err
	}
	if err := t.protect(t.pid, false); err != nil {
		return nil, err
	}
	for {
		ws, err := t.resume(unix.PTRACE_SINGLESTEP, 0, call)
		if err != nil {
			return nil, err
		}
		if ws.StopSignal() == unix.SIGTRAP && ws>>16 == 0 {
			break
		}
	}
	if err := getRegs(t.pid, r); err != nil {
		return nil, err
	}
	if err := t.protect(t.pid, true); err != nil {
		return nil, err
	}
	return nil, t.leave(call, r)
}

// backOut takes a thread from the entry of a system call to before the
// instruction.
func (t *tracer) backOut(r *unix.PtraceRegs) error {
	before := *r
	before.Rip -= syscallSize
	before.Rax, before.Orig_rax = r.Orig_rax, noSyscall
	r.Orig_rax = noSyscall // a call of this number is not done
	if err := setRegs(t.pid, r); err != nil {
		return err
	}
	ws, err := t.resume(unix.PTRACE_SYSCALL, 0, nil)
	if err != nil {
		return err
	}
	if ws.StopSignal() != unix.SIGTRAP|0x80 {
		return fmt.Errorf("%w: a system call could not be put off", ErrCannot)
	}
	*r = before
	return setRegs(t.pid, r)
}

// leave is the stop after a system call.
func (t *tracer) leave(call *Syscall, r *unix.PtraceRegs) error {
	call.Result, call.done = int64(r.Rax), true
	if restarts(call.Result) {
		if !call.isPrivate() {
			call.Result, call.done = 0, false
			t.again = call
		}
		return nil
	}
	if call.remaps() {
		if err := t.findMappings(); err != nil {
			return err
		}
		if t.cfg.Engine != SingleStep {
			if err := t.protect(t.pid, true); err != nil {
				return err
			}
		}
	}
	if call.isPrivate() {
		return nil
	}
	if call.Result == -int64(unix.EFAULT) && t.protected {
		return fmt.Errorf("%w: %s is to write to a shared mapping; single-stepping can follow that", ErrCannot, call)
	}
	return t.record(Leave, r, call, false)
}

// breakpoint is the end mark, or none of ours.
func (t *tracer) breakpoint(r *unix.PtraceRegs) error {
	if r.Rip != t.mark {
		return fmt.Errorf("%w: it has a breakpoint of its own, at %#x", ErrCannot, r.Rip)
	}
	if err := t.record(End, r, nil, false); err != nil {
		return err
	}
	return errFinish
}

// stepThrough is the SingleStep engine: the victim does one instruction after
// the other.
func (t *tracer) stepThrough() error {
	var r unix.PtraceRegs
	var call *Syscall
	signal := 0
	for {
		if err := getRegs(t.pid, &r); err != nil {
			return err
		}
		if call == nil && t.isSyscall(r.Rip) {
			call = t.callAt(&r, r.Rax)
			kind := Enter
			if call.isMark() {
				kind = Mark
			}
			if !call.isPrivate() || kind == Mark {
				if err := t.record(kind, &r, call, false); err != nil {
					return err
				}
			}
			// While this thread sleeps, others may store.
			if t.needsOthers(call) && !call.mayWrite() {
				if err := t.protect(t.pid, true); err != nil {
					return err
				}
			}
		}
		before := r
		ws, err := t.resume(unix.PTRACE_SINGLESTEP, signal, call)
		if err != nil {
			return err
		}
		signal = 0
		if event, stop := ws>>16, ws.StopSignal(); event != 0 || stop != unix.SIGTRAP {
			switch {
			case event == unix.PTRACE_EVENT_CLONE || event == unix.PTRACE_EVENT_STOP || stop == unix.SIGURG:
			case event != 0:
				return fmt.Errorf("%w: it starts another program", ErrCannot)
			default:
				signal = int(stop)
			}
			continue
		}
		if t.protected {
			if err := t.protect(t.pid, false); err != nil {
				return err
			}
		}
		if err := getRegs(t.pid, &r); err != nil {
			return err
		}
		switch {
		case call != nil:
			done := call
			call = nil
			err = t.leave(done, &r)
		case r.Rip == t.mark && before.Rip == t.mark-breakSize:
			return t.breakpoint(&r)
		default:
			err = t.record(Store, &before, nil, false)
		}
		if err != nil {
			return err
		}
	}
}

// isSyscall reports whether a system call instruction stands at an address. The
// text is read while the victim is stopped, once for each address.
func (t *tracer) isSyscall(pc uint64) bool {
	is, known := t.syscalls[pc]
	if !known {
		var code [syscallSize]byte
		is = peek(t.pid, pc, code[:]) == len(code) && code == [...]byte{0x0f, 0x05}
		t.syscalls[pc] = is
	}
	return is
}

// text reads a string of the victim, such as a path.
func (t *tracer) text(address uint64) string {
	buf := make([]byte, lengthOfPathMost)
	// A page at a time: what comes behind the string may not be mapped.
	n := min(len(buf), os.Getpagesize()-int(address%uint64(os.Getpagesize())))
	got := peek(t.pid, address, buf[:n])
	if got == n && n < len(buf) {
		got += peek(t.pid, address+uint64(n), buf[n:])
	}
	s, _, _ := bytes.Cut(buf[:got], []byte{0})
	return string(s)
}

const noSyscall = ^uint64(0) // in Orig_rax: there is none to do again

// inject has a stopped thread make a system call, and leaves it as it was. It
// must not stand at the entry of a system call.
func (t *tracer) inject(tid int, number, a, b, c uint64) (result int64, err error) {
	var saved unix.PtraceRegs
	if err := getRegs(tid, &saved); err != nil {
		return 0, err
	}
	r := saved
	r.Rip, r.Rax, r.Orig_rax = t.syscallAt, number, noSyscall
	r.Rdi, r.Rsi, r.Rdx = a, b, c
	if err := setRegs(tid, &r); err != nil {
		return 0, err
	}
	if _, err := t.step(tid); err != nil {
		return 0, err
	}
	if err := getRegs(tid, &r); err != nil {
		return 0, err
	}
	if r.Rip != t.syscallAt+syscallSize {
		return 0, fmt.Errorf("%w: a call put into thread %d did not return: it stands at %#x", ErrCannot, tid, r.Rip)
	}
	return int64(r.Rax), setRegs(tid, &saved)
}

// step has a stopped thread do one instruction; of a repeated one, one round. If
// that faults in a shared mapping, the mapping is returned and nothing is done.
// Other signals are kept for later.
func (t *tracer) step(tid int) (*mapping, error) {
	for {
		t.threads[tid].stopped = false
		if err := ptrace(unix.PTRACE_SINGLESTEP, tid, 0, 0); err != nil {
			return nil, fmt.Errorf("step: %w", err)
		}
		ws, err := t.waitFor(tid)
		switch {
		case err != nil:
			return nil, err
		case !ws.Stopped():
			return nil, fmt.Errorf("%w: thread %d has gone", ErrCannot, tid)
		case ws>>16 != 0: // the remains of an interrupt
		case ws.StopSignal() == unix.SIGTRAP:
			return nil, nil
		case ws.StopSignal() == unix.SIGSEGV:
			code, address, err := fault(tid)
			if err != nil {
				return nil, err
			}
			m, ok := t.mappingOf(address)
			if !ok || code != segvAccess {
				return nil, fmt.Errorf("%w: an instruction that stores in a shared mapping faults at %#x", ErrCannot, address)
			}
			return &m, nil
		case ws.StopSignal() == unix.SIGURG:
		default:
			t.threads[tid].signal = int(ws.StopSignal())
		}
	}
}

// store has a thread do the instruction that has just faulted in a mapping, and
// records what it did.
func (t *tracer) store(tid int, m mapping) error {
	var before unix.PtraceRegs
	if err := getRegs(tid, &before); err != nil {
		return err
	}
	open := []mapping{m}
	for fresh := &m; fresh != nil; {
		// An instruction that stores to two mappings faults twice.
		if err := t.mprotect(tid, *fresh, unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return err
		}
		var err error
		if fresh, err = t.step(tid); err != nil {
			return err
		}
		if fresh != nil {
			open = append(open, *fresh)
		}
	}
	for _, m := range open {
		if err := t.mprotect(tid, m, t.closed()); err != nil {
			return err
		}
	}
	t.trace.Stats.Stores++
	return t.record(Store, &before, nil, tid != t.pid)
}
