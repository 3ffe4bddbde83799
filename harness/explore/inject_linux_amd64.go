package explore

import (
	"fmt"

	"golang.org/x/sys/unix"
)

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
