package ring

import (
	"context"
	"fmt"
)

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
