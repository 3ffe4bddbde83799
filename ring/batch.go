package ring

import (
	"context"
	"errors"
)

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
