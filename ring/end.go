package ring

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// end is what Writer and Reader have in common: the mapping, its words, and
// the settings of this side.
type end struct {
	mem      []byte // nil once closed
	data     []byte
	capacity uint64

	write, read *atomic.Uint64
	commit      *uint64

	dataAvail, spaceAvail event

	// pos is where this side works in the stream of bytes, and off the offset
	// in data that it stands for. own is its index as it is in the ring, which
	// this side alone advances: what lies between own and pos is a writer's
	// unpublished records, or a reader's unreleased ones. seen is the other
	// side's index when it was last looked at: it only ever grows, so what it
	// once allowed is allowed still.
	pos, off, own, seen uint64

	inside bool // an operation is under way, see enter
	spin   spinner

	poll  atomic.Int64
	stall time.Duration
	peer  role
	file  *file
	path  string
}

// bind points an end at a mapping that has at least a header.
func (e *end) bind(path string, f *file, mem []byte, peer role, s settings) {
	e.path, e.file, e.mem, e.peer = path, f, mem, peer
	e.data = mem[HeaderSize:]
	e.capacity = uint64(len(e.data))
	e.write = word64(mem, offWrite)
	e.read = word64(mem, offRead)
	e.commit = plain64(mem, offCommit)
	e.dataAvail.word = word32(mem, offDataAvail)
	e.spaceAvail.word = word32(mem, offSpaceAvail)
	e.poll.Store(int64(s.poll))
	e.stall = s.stall
	e.spin = newSpinner()
}

// advance moves where this side works by the size of a record, which does not
// reach beyond the end of data.
func (e *end) advance(size uint64) {
	e.pos += size
	if e.off += size; e.off == e.capacity {
		e.off = 0
	}
}

// stand sets this side's own index and the other side's.
func (e *end) stand(own, other uint64) {
	e.pos, e.off, e.own, e.seen = own, own%e.capacity, own, other
}

// join binds an end to the ring that is in the file already. It stores nothing
// there, and returns the indices that it has found and checked.
func (e *end) join(path string, own, peer role, s settings, beforeMap, afterMap Site) (write, read uint64, err error) {
	f, err := joinFile(path, own)
	if err != nil {
		return 0, 0, err
	}
	mark(beforeMap)
	mem, err := f.mmap()
	if err != nil {
		return 0, 0, errors.Join(err, f.Close())
	}
	e.bind(path, f, mem, peer, s)
	write, read, err = e.inspect(f.info.Size())
	if err == nil {
		err = e.prepare(s)
	}
	if err != nil {
		return 0, 0, errors.Join(err, e.Close())
	}
	mark(afterMap)
	return write, read, nil
}

// prepare has the pages of the mapping in place, if that was asked for.
func (e *end) prepare(s settings) (err error) {
	if !s.populate {
		return nil
	}
	before := e.enter()
	defer e.leave(before, &err)
	err = populate(e.mem)
	e.inside = false
	return err
}

// inspect decides whether the mapping holds a ring, and returns its indices.
func (e *end) inspect(size int64) (write, read uint64, err error) {
	before := e.enter()
	defer e.leave(before, &err)
	write, read = word64(e.mem, offWrite).Load(), word64(e.mem, offRead).Load()
	err = checkHeader(size, word64(e.mem, offIdent).Load(), word64(e.mem, offCapacity).Load(), bytes.NewReader(e.mem).ReadAt)
	if err == nil {
		err = checkIndices(uint64(size-HeaderSize), write, read)
	}
	e.inside = false
	return write, read, err
}

// Path returns the path the ring was created or opened with.
func (e *end) Path() string { return e.path }

// Capacity returns the size of the data area in bytes.
func (e *end) Capacity() int { return int(e.capacity) }

// PollInterval returns the interval at which this end, when asleep, looks at
// the indices by itself; PollOff if it never does.
func (e *end) PollInterval() time.Duration { return time.Duration(e.poll.Load()) }

// SetPollInterval changes that interval for sleeps that begin from now on, with
// the same rules as WithPollInterval. It may be called at any time by any
// goroutine.
func (e *end) SetPollInterval(d time.Duration) { e.poll.Store(int64(clampPoll(d))) }

// PeerAlive reports whether the other end is held by a live process, this one
// included. The kernel knows: the answer is right for a process that was
// stopped, and for one that was killed and not yet waited for. Errors:
// ErrClosed, or what fcntl(2) returns.
func (e *end) PeerAlive() (bool, error) {
	if e.mem == nil {
		return false, ErrClosed
	}
	alive, err := e.peer.held(e.file.File)
	if err != nil {
		return false, fmt.Errorf("ring: %s: %w", e.path, err)
	}
	return alive, nil
}

// Check returns ErrReplaced or ErrTruncated if the file is not, or no longer,
// whole and the one at the path, else nil. An end that polls does so by itself,
// whenever it has slept for the poll interval. Other errors: ErrClosed, or what
// stat(2) returns.
func (e *end) Check() error {
	if e.mem == nil {
		return ErrClosed
	}
	if err := e.file.check(); err != nil {
		return fmt.Errorf("ring: %s: %w", e.path, err)
	}
	return nil
}

// Close unmaps the ring, gives up the role and stores nothing: the file, and
// what is in it, stay for a successor. What was not published is gone, what was
// not released comes again. Any later call on this end returns ErrClosed, a
// second Close returns nil. Close must not run beside another call on this end;
// to end a wait, cancel its context.
func (e *end) Close() error {
	if e.mem == nil {
		return nil
	}
	mem := e.mem
	e.mem, e.data = nil, nil
	e.write, e.read, e.commit = nil, nil, nil
	if err := errors.Join(unmap(mem), e.peer.other().unlock(e.file.File), e.file.Close()); err != nil {
		return fmt.Errorf("ring: close %s: %w", e.path, err)
	}
	return nil
}

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

// faulted reports whether a panic is a fault within the mapping.
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
