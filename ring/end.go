package ring

import (
	"fmt"
	"sync/atomic"
	"time"
)

// end is what Writer and Reader have in common: the mapping, its words, and
// the settings of this side.
type end struct {
	path     string
	mem      []byte // nil once closed
	data     []byte
	capacity uint64

	write, read *atomic.Uint64
	commit      *uint64

	dataAvail, spaceAvail event

	// pos is this side's own index, the one that it alone advances, and off
	// the offset in data that it stands for. seen is the other side's index
	// when it was last looked at: it only ever grows, so what it once allowed
	// is allowed still.
	pos, off, seen uint64

	poll atomic.Int64
	spin spinner
}

// bind points an end at a mapping whose header is complete.
func (e *end) bind(path string, mem []byte, opts []Option) {
	e.path, e.mem = path, mem
	e.data = mem[HeaderSize:]
	e.capacity = uint64(len(e.data))
	e.write = word64(mem, offWrite)
	e.read = word64(mem, offRead)
	e.commit = plain64(mem, offCommit)
	e.dataAvail.word = word32(mem, offDataAvail)
	e.spaceAvail.word = word32(mem, offSpaceAvail)
	e.poll.Store(int64(newSettings(opts).poll))
	e.spin = newSpinner()
}

// advance moves this side's own index by the size of a record, which does not
// reach beyond the end of data.
func (e *end) advance(size uint64) {
	e.pos += size
	if e.off += size; e.off == e.capacity {
		e.off = 0
	}
}

// stand sets this side's own index and the other side's, on joining a ring.
func (e *end) stand(own, other uint64) {
	e.pos, e.off, e.seen = own, own%e.capacity, other
}

// join binds an end to the ring that is in the file already. It stores nothing
// there, and returns the indices that it has found and checked.
func (e *end) join(path string, opts []Option, beforeMap, afterMap Site) (write, read uint64, err error) {
	f, size, err := openRing(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	mark(beforeMap)
	mem, err := mapFile(f, size)
	if err != nil {
		return 0, 0, err
	}
	write, read = word64(mem, offWrite).Load(), word64(mem, offRead).Load()
	err = checkHeader(size, word64(mem, offIdent).Load(), *plain64(mem, offCapacity))
	if err == nil {
		err = checkIndices(uint64(size-HeaderSize), write, read)
	}
	if err != nil {
		unmap(mem)
		return 0, 0, err
	}
	mark(afterMap)
	e.bind(path, mem, opts)
	return write, read, nil
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

// Close unmaps the ring and stores nothing in it: the file, and what is in it,
// stay for a successor. Any later call on this end returns ErrClosed, a second
// Close returns nil. Close must not run beside another call on this end; to
// end a wait, cancel its context.
func (e *end) Close() error {
	if e.mem == nil {
		return nil
	}
	mem := e.mem
	e.mem, e.data = nil, nil
	e.write, e.read, e.commit = nil, nil, nil
	if err := unmap(mem); err != nil {
		return fmt.Errorf("ring: close %s: %w", e.path, err)
	}
	return nil
}
