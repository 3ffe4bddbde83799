package ring

import (
	"fmt"
	"runtime/debug"
)

// Storing to or loading from a page of the mapping that the file does not reach
// any more raises a signal. Every operation runs between enter and leave, which
// turn it into ErrTruncated, or ErrUnreachable. The price is some 5 ns, most of it for the
// deferred call; a batch pays it once.

// enter has faults on this goroutine panic instead of ending the process.
func (e *end) enter() (before bool) {
	e.inside = true
	return debug.SetPanicOnFault(true)
}

// leave undoes enter, and returns such an error through err if the operation
// has faulted within the mapping. It must be deferred directly, and the
// operation must clear e.inside where it ends by itself.
func (e *end) leave(before bool, err *error) {
	debug.SetPanicOnFault(before)
	if !e.inside {
		return
	}
	e.inside = false
	reason := recover()
	if !e.faulted(reason) {
		panic(reason)
	}
	*err = fmt.Errorf("ring: %s: %w", e.path, e.unreachable())
}

// unreachable says why a page of the mapping could not be reached.
func (e *end) unreachable() error {
	now, err := e.file.Stat()
	if err != nil || now.Size() < e.file.info.Size() {
		return fmt.Errorf("%w: a page of it cannot be reached", ErrTruncated)
	}
	return fmt.Errorf("%w: the file has all its bytes now: it has a hole for which its full file system has no room (make room, or replace the ring), its disk fails, or it was cut short for a while", ErrUnreachable)
}

// faulted tells whether a panic is a fault within the mapping.
func (e *end) faulted(reason any) bool {
	fault, ok := reason.(interface{ Addr() uintptr })
	return ok && contains(e.mem, fault.Addr())
}

// reaches runs f, on a goroutine that has no operation to report to, and tells
// whether it did not fault within the mapping.
func (e *end) reaches(f func()) (ok bool) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if reason := recover(); reason != nil && !e.faulted(reason) {
			panic(reason)
		}
	}()
	f()
	return true
}
