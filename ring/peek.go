package ring

import (
	"context"
	"fmt"
	"iter"
)

// Peek returns the next message where it is, in the ring itself, waiting for
// one if there is none. It is consumed by Release. Until then the same call
// returns the messages behind it, so that one Release may serve many; but with
// a message in hand Peek never waits: it returns ErrEmpty if there is no other,
// because the writer may be waiting for the room. A reader that dies before
// Release has stored read has consumed nothing: all that it held comes again.
//
// The bytes must not be written to, nor used after Release, Rewind or Close. A
// writer that breaks the rules can change them at any time. Errors are those of
// Pop, but for ErrOrder.
func (r *Reader) Peek(ctx context.Context) (msg []byte, err error) {
	if r.mem == nil {
		return nil, ErrClosed
	}
	before := r.enter()
	defer r.leave(before, &err)
	n, err := r.next()
	if err == ErrEmpty && r.pos == r.own {
		n, err = r.await(ctx)
	}
	if err == nil {
		msg = r.hold(n)
	}
	r.inside = false
	return msg, err
}

// TryPeek is Peek without waiting: it returns ErrEmpty if there is no further
// message now. Other errors: ErrCorrupt, ErrClosed, ErrTruncated.
func (r *Reader) TryPeek() (msg []byte, err error) {
	if r.mem == nil {
		return nil, ErrClosed
	}
	before := r.enter()
	defer r.leave(before, &err)
	n, err := r.next()
	if err == nil {
		msg = r.hold(n)
	}
	r.inside = false
	return msg, err
}

// PeekBatch fills into with the next messages, as many as there are and fit,
// and returns how many. It waits for the first one as Peek does; the others cost
// less than by as many calls of Peek. Errors, only with n 0, are those of Peek;
// ErrTruncated alone may come when some were found already.
func (r *Reader) PeekBatch(ctx context.Context, into [][]byte) (n int, err error) {
	if r.mem == nil {
		return 0, ErrClosed
	}
	before := r.enter()
	defer r.leave(before, &err)
	for n < len(into) {
		length, err := r.next()
		if err == ErrEmpty && r.pos == r.own {
			length, err = r.await(ctx)
		}
		if err != nil && n == 0 {
			r.inside = false
			return 0, err
		}
		if err != nil {
			break // told by the next call, if it lasts
		}
		into[n] = r.hold(length)
		n++
	}
	r.inside = false
	return n, nil
}

// hold passes a record without consuming it. It stores nothing.
func (r *Reader) hold(length int) []byte {
	msg := r.body(length)
	r.pass(length)
	mark(ReaderAfterPeek)
	return msg
}

// Release consumes all messages that were peeked; with none it does nothing.
// Errors: ErrClosed, ErrTruncated.
func (r *Reader) Release() (err error) {
	switch {
	case r.mem == nil:
		return ErrClosed
	case r.pos == r.own:
		return nil
	}
	before := r.enter()
	defer r.leave(before, &err)
	mark(ReaderBeforeRelease)
	r.release()
	r.inside = false
	return nil
}

// Rewind gives the peeked messages back, as if they had not been peeked. It
// stores nothing, and has no errors; on a closed end it does nothing.
func (r *Reader) Rewind() {
	if r.pos != r.own {
		r.stand(r.own, r.seen)
	}
}

// Messages returns the messages to range over, waiting for each as Peek does.
// A message is consumed when the loop's body has ended for it, by break or
// return too, but not by a panic: then it comes again. The bytes are those of
// the ring, valid for that round only. The range ends with the first error,
// which is yielded with no message; ErrOrder if peeked messages are held.
func (r *Reader) Messages(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if r.pos != r.own {
			yield(nil, fmt.Errorf("%w: peeked messages are held: Release or Rewind first", ErrOrder))
			return
		}
		for r.step(ctx, yield) {
		}
	}
}

// step is one round of Messages; it tells whether there is another.
func (r *Reader) step(ctx context.Context, yield func([]byte, error) bool) bool {
	msg, err := r.Peek(ctx)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer r.Rewind() // if the body panics; after Release there is nothing to rewind
	more := yield(msg, nil)
	if err := r.Release(); err != nil {
		if more {
			yield(nil, err)
		}
		return false
	}
	return more
}
