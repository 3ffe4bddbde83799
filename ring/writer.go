package ring

import (
	"context"
	"fmt"
)

// A Writer is the producing end of a ring. One goroutine at a time may use it,
// and one Writer at a time may exist for a ring.
type Writer struct {
	end
	// clear is how many bytes from where the writer stands are known to be
	// free, in one piece: up to the reader as it was last seen, or to the end
	// of the lap.
	clear    uint64
	reserved []byte // the body of an open reservation, nil if there is none
}

// Push publishes msg, waiting for room if there is none. The context bounds
// the waiting, not the work: if there is room, msg is published even when the
// context has ended. Errors: the context's, ErrTooLarge, ErrCorrupt, ErrOrder,
// ErrClosed, ErrTruncated, while it waits also ErrReplaced, ErrPeerDead and
// ErrPeerStalled; after any of them msg is not in the ring. (Only ErrTruncated
// leaves that open, because the ring is gone.)
func (w *Writer) Push(ctx context.Context, msg []byte) (err error) {
	if err := w.fit(len(msg)); err != nil {
		return err
	}
	before := w.enter()
	defer w.leave(before, &err)
	size := recordSize(len(msg))
	if err = w.place(size); err == ErrFull {
		err = w.await(ctx, size)
	}
	if err == nil {
		w.put(size, msg)
		w.publish()
	}
	w.inside = false
	return err
}

// TryPush publishes msg if there is room for it now, else it returns ErrFull.
// Other errors: ErrTooLarge, ErrCorrupt, ErrOrder, ErrClosed, ErrTruncated.
//
// A message needs room in one piece. One that neither fits into the rest of
// the lap nor, together with that rest, into the ring is placed in two steps:
// TryPush skips the rest of the lap, returns ErrFull, and has room once the
// reader's next pop, even one that finds nothing, has followed it there.
func (w *Writer) TryPush(msg []byte) (err error) {
	if err := w.fit(len(msg)); err != nil {
		return err
	}
	before := w.enter()
	defer w.leave(before, &err)
	size := recordSize(len(msg))
	if err = w.place(size); err == nil {
		w.put(size, msg)
		w.publish()
	}
	w.inside = false
	return err
}

// fit decides whether a message of n bytes can be put into the ring at all, and
// now.
func (w *Writer) fit(n int) error {
	if w.mem != nil && w.reserved == nil && uint(n) <= uint(MaxMessage(len(w.data))) {
		return nil
	}
	return w.misfit(n)
}

func (w *Writer) misfit(n int) error {
	switch {
	case w.mem == nil:
		return ErrClosed
	case w.reserved != nil:
		return fmt.Errorf("%w: a reservation is open: Commit or Abort it first", ErrOrder)
	}
	return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, n, MaxMessage(len(w.data)))
}

// place makes sure that a record of that size has room where the writer stands,
// for which it may have to give up the rest of the lap.
func (w *Writer) place(size uint64) error {
	if size <= w.clear {
		return nil
	}
	return w.find(size)
}

// find is place where the last look at the reader does not suffice.
func (w *Writer) find(size uint64) error {
	tail := w.capacity - w.off
	if size <= tail {
		return w.room(size)
	}
	need := tail + size
	if need > w.capacity {
		need = tail
	}
	if err := w.room(need); err != nil {
		return err
	}
	w.putWrap(tail)
	return w.room(size)
}

// room returns nil if that many bytes are free.
func (w *Writer) room(need uint64) error {
	read := w.read.Load()
	if err := checkMoved(read, w.seen, w.own); err != nil {
		return fmt.Errorf("%w: read index: %w", ErrCorrupt, err)
	}
	w.seen = read
	free := w.capacity - (w.pos - read)
	w.clear = min(free, w.capacity-w.off)
	if free < need {
		w.dataAvail.ringOnce(WriterBeforeFullWake)
		return ErrFull
	}
	return nil
}

// pass goes on behind a record of that size.
func (w *Writer) pass(size uint64) {
	w.clear -= size
	w.advance(size)
}

// await waits until a record of that size has room.
func (w *Writer) await(ctx context.Context, size uint64) error {
	for i := 0; i < spinRounds && w.spin.until(w.read, w.seen, size); i++ {
		if err := w.place(size); err != ErrFull {
			return err
		}
	}
	s := sleeper{end: &w.end, ctx: ctx, ev: &w.spaceAvail, peer: w.read}
	defer s.finish()
	for {
		w.spaceAvail.reset()
		mark(WriterAfterSpaceReset)
		over := s.over()
		if err := w.place(size); err != ErrFull {
			return err
		}
		if over != nil {
			return fmt.Errorf("ring: push to %s: %w", w.path, over)
		}
		mark(WriterBeforeSpaceWait)
		s.sleep()
		mark(WriterAfterSpaceWait)
	}
}

// put puts msg into the slot where the writer stands.
func (w *Writer) put(size uint64, msg []byte) {
	slot := w.data[w.off:][:size]
	*plain32(slot, 0) = uint32(len(msg))
	mark(WriterAfterWriteHeader)
	copy(slot[recordHeader:], msg)
	mark(WriterAfterWritePayload)
	w.seal(slot, len(msg))
}

// seal stores the header that says that the record in the slot is complete.
func (w *Writer) seal(slot []byte, length int) {
	*plain32(slot, 0) = flagReady | uint32(length)
	mark(WriterAfterPublishHeader)
	w.pass(uint64(len(slot)))
}

// publish publishes all that was put into the ring.
func (w *Writer) publish() {
	w.own = w.pos
	w.write.Store(w.pos)
	mark(WriterAfterWriteStore)
	*w.commit = w.pos
	mark(WriterAfterWriteAdvance)
	w.dataAvail.set(WriterBeforeDataWake)
	mark(WriterAfterDataSignal)
}

// putWrap gives up the rest of the lap: a marker takes it. It is published at
// once, like a message, and with it what was put before it.
func (w *Writer) putWrap(tail uint64) {
	length := uint32(tail - recordHeader)
	header := plain32(w.data, w.off)
	*header = flagWrap | length
	mark(WriterAfterWrapHeader)
	*header = flagReady | flagWrap | length
	mark(WriterAfterWrapPublish)
	w.pass(tail)
	w.own = w.pos
	w.write.Store(w.pos)
	mark(WriterAfterWrapStore)
	*w.commit = w.pos
	mark(WriterAfterWrapAdvance)
	w.dataAvail.set(WriterBeforeWrapWake)
	mark(WriterAfterWrapSignal)
}
