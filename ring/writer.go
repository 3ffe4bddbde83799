package ring

import (
	"context"
	"fmt"
)

// A Writer is the producing end of a ring. One goroutine at a time may use it,
// and one Writer at a time may exist for a ring.
type Writer struct{ end }

// Create makes a new ring file of mode 0600 with a data area of the given
// capacity in bytes (MinCapacity to MaxCapacity, a multiple of 8) and returns
// its writer. A file that exists is never touched: the error is then
// fs.ErrExist, also if the file is the remains of a Create that was cut short.
// The file is sparse: on a file system that fills up later, a store into it is
// a SIGBUS.
func Create(path string, capacity int, opts ...Option) (*Writer, error) {
	w, err := create(path, capacity, opts)
	if err != nil {
		return nil, fmt.Errorf("ring: create %s: %w", path, err)
	}
	return w, nil
}

func create(path string, capacity int, opts []Option) (*Writer, error) {
	if err := checkCapacity(uint64(capacity)); err != nil {
		return nil, err
	}
	mem, err := createMapping(path, FileSize(capacity))
	if err != nil {
		return nil, err
	}
	mark(WriterCreateBeforeInit)
	*plain64(mem, offCapacity) = uint64(capacity)
	mark(WriterCreateBeforeMagic)
	word64(mem, offIdent).Store(ident())
	mark(WriterCreateAfterInit)
	w := new(Writer)
	w.bind(path, mem, opts)
	return w, nil
}

// Attach returns a writer for a ring that exists: the successor of one that
// was closed or died. It goes on where the published messages end. Attach
// stores nothing in the ring. Errors: fs.ErrNotExist, ErrLayout, ErrCorrupt.
func Attach(path string, opts ...Option) (*Writer, error) {
	w := new(Writer)
	write, read, err := w.join(path, opts, WriterAttachBeforeMap, WriterAttachAfterMap)
	if err != nil {
		return nil, fmt.Errorf("ring: attach to %s: %w", path, err)
	}
	w.stand(write, read)
	return w, nil
}

// Push publishes msg, waiting for room if there is none. The context bounds
// the waiting, not the work: if there is room, msg is published even when the
// context has ended. Errors: the context's, ErrTooLarge, ErrCorrupt, ErrClosed;
// after any of them msg is not in the ring.
func (w *Writer) Push(ctx context.Context, msg []byte) error {
	err := w.TryPush(msg)
	for i := 0; err == ErrFull && i < spinRounds && w.spin.until(w.read, w.seen); i++ {
		err = w.TryPush(msg)
	}
	if err != ErrFull {
		return err
	}
	s := sleeper{ctx: ctx, ev: &w.spaceAvail, poll: &w.poll}
	defer s.end()
	for {
		w.spaceAvail.reset()
		mark(WriterAfterSpaceReset)
		expired := s.expired()
		if err := w.TryPush(msg); err != ErrFull {
			return err
		}
		if expired != nil {
			return fmt.Errorf("ring: push to %s: %w", w.path, expired)
		}
		mark(WriterBeforeSpaceWait)
		s.sleep()
		mark(WriterAfterSpaceWait)
	}
}

// TryPush publishes msg if there is room for it now, else it returns ErrFull.
// Other errors: ErrTooLarge, ErrCorrupt, ErrClosed.
//
// A message needs room in one piece. One that neither fits into the rest of
// the lap nor, together with that rest, into the ring is placed in two steps:
// TryPush skips the rest of the lap, returns ErrFull, and has room once the
// reader's next pop, even one that finds nothing, has followed it there.
func (w *Writer) TryPush(msg []byte) error {
	if w.mem == nil {
		return ErrClosed
	}
	if len(msg) > MaxMessage(len(w.data)) {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(msg), MaxMessage(len(w.data)))
	}
	size := recordSize(len(msg))
	tail := w.capacity - w.off
	need, wrap := size, size > tail
	if wrap {
		if need = tail + size; need > w.capacity {
			need = tail
		}
	}
	if err := w.room(need); err != nil {
		return err
	}
	if wrap {
		w.publishWrap(tail)
		if err := w.room(size); err != nil {
			return err
		}
	}
	w.publish(size, msg)
	return nil
}

// room returns nil if that many bytes are free. The reader's index is looked at
// only if the last look does not suffice.
func (w *Writer) room(need uint64) error {
	if w.capacity-(w.pos-w.seen) >= need {
		return nil
	}
	read := w.read.Load()
	if err := checkMoved(read, w.seen, w.pos); err != nil {
		return fmt.Errorf("%w: read index: %w", ErrCorrupt, err)
	}
	if w.seen = read; w.capacity-(w.pos-read) < need {
		return ErrFull
	}
	return nil
}

// publish puts msg into the slot at the write index and publishes it.
func (w *Writer) publish(size uint64, msg []byte) {
	header := plain32(w.data, w.off)
	*header = uint32(len(msg))
	mark(WriterAfterWriteHeader)
	copy(w.data[w.off+recordHeader:], msg)
	mark(WriterAfterWritePayload)
	*header = flagReady | uint32(len(msg))
	mark(WriterAfterPublishHeader)
	w.advance(size)
	w.write.Store(w.pos)
	mark(WriterAfterWriteStore)
	*w.commit = w.pos
	mark(WriterAfterWriteAdvance)
	w.dataAvail.set(WriterBeforeDataWake)
	mark(WriterAfterDataSignal)
}

// publishWrap gives up the rest of the lap: a marker takes it, published like
// a message.
func (w *Writer) publishWrap(tail uint64) {
	length := uint32(tail - recordHeader)
	header := plain32(w.data, w.off)
	*header = flagWrap | length
	mark(WriterAfterWrapHeader)
	*header = flagReady | flagWrap | length
	mark(WriterAfterWrapPublish)
	w.advance(tail)
	w.write.Store(w.pos)
	mark(WriterAfterWrapStore)
	*w.commit = w.pos
	mark(WriterAfterWrapAdvance)
	w.dataAvail.set(WriterBeforeWrapWake)
	mark(WriterAfterWrapSignal)
}
