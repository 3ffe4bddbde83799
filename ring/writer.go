package ring

import (
	"context"
	"errors"
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
		w.dataAvail.signalOnce(WriterBeforeFullWake)
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

// PushBatch publishes several messages, waiting for room where there is none,
// and returns how many of them it has published. They are put into the ring one
// after the other and published together: once at the end, and before that only
// where the writer comes to the end of a lap or is about to wait. That makes
// each of them cheaper, and the window of loss wider: a writer that dies in
// PushBatch loses what it has not published yet, at most the whole batch, and
// never one in the middle. Errors are those of Push; a batch with a message that
// is too large publishes nothing. After any error the first n are in the ring,
// in order, and the others are not; only ErrTruncated leaves that open.
func (w *Writer) PushBatch(ctx context.Context, msgs [][]byte) (n int, err error) {
	if err := w.fitAll(msgs); err != nil {
		return 0, err
	}
	before := w.enter()
	defer w.leave(before, &err)
	n, err = w.pushAll(ctx, msgs, true)
	w.inside = false
	return n, err
}

// TryPushBatch is PushBatch without waiting: it publishes as many of the
// messages as there is room for now and returns how many, with ErrFull unless
// that is all of them. Other errors are those of TryPush.
func (w *Writer) TryPushBatch(msgs [][]byte) (n int, err error) {
	if err := w.fitAll(msgs); err != nil {
		return 0, err
	}
	before := w.enter()
	defer w.leave(before, &err)
	n, err = w.pushAll(context.Background(), msgs, false)
	w.inside = false
	return n, err
}

// pushAll puts and publishes the messages; it waits for room, or returns
// ErrFull. Once the reader's index is corrupt nothing more is published, not even
// what was put before that was seen.
func (w *Writer) pushAll(ctx context.Context, msgs [][]byte, waits bool) (n int, err error) {
	published := 0
	for _, msg := range msgs {
		own, size := w.own, recordSize(len(msg))
		err = w.place(size)
		if err == ErrFull && waits {
			w.flush()
			err = w.await(ctx, size)
		}
		if w.own != own { // with the end of the lap, or before the wait
			published = n
		}
		if err != nil {
			break
		}
		w.add(size, msg)
		n++
	}
	if errors.Is(err, ErrCorrupt) {
		w.retract()
		return published, err
	}
	w.flush()
	return n, err
}

// retract goes back to where what is published ends.
func (w *Writer) retract() {
	w.pos, w.off, w.clear = w.own, w.own%w.capacity, 0
}

// add puts msg behind what was put before it and leaves it unpublished.
func (w *Writer) add(size uint64, msg []byte) {
	w.put(size, msg)
	mark(WriterAfterBatchRecord)
}

// flush publishes what was put and is not published yet.
func (w *Writer) flush() {
	if w.own != w.pos {
		w.publish()
	}
}

func (w *Writer) fitAll(msgs [][]byte) error {
	for _, msg := range msgs {
		if err := w.fit(len(msg)); err != nil {
			return err
		}
	}
	if len(msgs) == 0 {
		return w.fit(0)
	}
	return nil
}

// Reserve returns n bytes of the ring itself, for the caller to write a message
// into, waiting for room if there is none. The bytes hold whatever was there
// before. Commit publishes the message, Abort gives it up; until then every
// other operation but Close returns ErrOrder, and the reader sees nothing: a
// writer that dies before Commit has stored write loses the message. The bytes
// must not be used after Commit, Abort or Close. Storing to them when the file
// was cut short meanwhile is a fault that this package cannot catch. Errors are
// those of Push.
func (w *Writer) Reserve(ctx context.Context, n int) (body []byte, err error) {
	if err := w.fit(n); err != nil {
		return nil, err
	}
	if recordSize(n) <= w.clear {
		return w.hold(n), nil // nothing of the mapping is touched
	}
	before := w.enter()
	defer w.leave(before, &err)
	size := recordSize(n)
	if err = w.find(size); err == ErrFull {
		err = w.await(ctx, size)
	}
	if err == nil {
		body = w.hold(n)
	}
	w.inside = false
	return body, err
}

// TryReserve is Reserve without waiting: it returns ErrFull if there is no room
// now, with the two steps of TryPush for long messages.
func (w *Writer) TryReserve(n int) (body []byte, err error) {
	if err := w.fit(n); err != nil {
		return nil, err
	}
	if recordSize(n) <= w.clear {
		return w.hold(n), nil
	}
	before := w.enter()
	defer w.leave(before, &err)
	if err = w.find(recordSize(n)); err == nil {
		body = w.hold(n)
	}
	w.inside = false
	return body, err
}

// hold opens a reservation where the writer stands. It stores nothing.
func (w *Writer) hold(n int) []byte {
	body := w.off + recordHeader
	w.reserved = w.data[body : body+uint64(n) : body+uint64(n)]
	mark(WriterAfterReserve)
	return w.reserved
}

// Commit publishes the first n bytes of the reservation as a message, n from 0
// to what was reserved. Errors: ErrOrder if there is no reservation,
// ErrTooLarge if it is shorter, after which it is still open; ErrClosed,
// ErrTruncated.
func (w *Writer) Commit(n int) (err error) {
	switch {
	case w.mem == nil:
		return ErrClosed
	case w.reserved == nil:
		return fmt.Errorf("%w: there is no reservation to commit", ErrOrder)
	case n < 0 || n > len(w.reserved):
		return fmt.Errorf("%w: %d bytes, reserved are %d", ErrTooLarge, n, len(w.reserved))
	}
	before := w.enter()
	defer w.leave(before, &err)
	w.reserved = nil
	mark(WriterBeforeCommit)
	w.seal(w.data[w.off:][:recordSize(n)], n)
	w.publish()
	w.inside = false
	return nil
}

// Abort gives the reservation up, if there is one. It stores nothing: what the
// caller has written into it will be overwritten. It has no errors.
func (w *Writer) Abort() { w.reserved = nil }
