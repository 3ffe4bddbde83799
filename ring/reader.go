package ring

import (
	"context"
	"fmt"
	"iter"
)

// A Reader is the consuming end of a ring. One goroutine at a time may use it,
// and one Reader at a time may exist for a ring.
type Reader struct {
	end
	last uint64 // size of the last record
}

// Open returns a reader for a ring that exists: the first one, or the
// successor of one that was closed or died. It goes on with the oldest message
// not yet consumed. Open stores nothing in the ring. Errors: fs.ErrNotExist,
// ErrLayout, ErrCorrupt, ErrBusy if the ring has a live reader, ErrReplaced if
// the file was replaced meanwhile.
func Open(path string, opts ...Option) (*Reader, error) {
	r := new(Reader)
	write, read, err := r.join(path, readerRole, writerRole, newSettings(opts), ReaderOpenBeforeMap, ReaderOpenAfterMap)
	if err != nil {
		return nil, fmt.Errorf("ring: open %s: %w", path, err)
	}
	r.stand(read, write)
	return r, nil
}

// Pop consumes the oldest message, waiting for one if there is none. The
// message is returned in buf's memory if its capacity suffices, else in new
// memory. The context bounds the waiting, not the work: a message that is there
// is delivered even when the context has ended. Errors: the context's,
// ErrCorrupt, ErrOrder, ErrClosed, ErrTruncated, while it waits also
// ErrReplaced, ErrPeerDead and ErrPeerStalled; after any of them nothing was
// consumed. (Only ErrTruncated leaves that open, because the ring is gone.)
func (r *Reader) Pop(ctx context.Context, buf []byte) (msg []byte, err error) {
	if err := r.ready(); err != nil {
		return nil, err
	}
	before := r.enter()
	defer r.leave(before, &err)
	n, err := r.next()
	if err == ErrEmpty {
		n, err = r.await(ctx)
	}
	if err == nil {
		msg = r.take(n, buf)
	}
	r.inside = false
	return msg, err
}

// TryPop consumes the oldest message if there is one now, else it returns
// ErrEmpty. The message is returned as by Pop. Other errors: ErrCorrupt,
// ErrOrder, ErrClosed, ErrTruncated.
func (r *Reader) TryPop(buf []byte) (msg []byte, err error) {
	if err := r.ready(); err != nil {
		return nil, err
	}
	before := r.enter()
	defer r.leave(before, &err)
	n, err := r.next()
	if err == nil {
		msg = r.take(n, buf)
	}
	r.inside = false
	return msg, err
}

// ready decides whether a message may be consumed now.
func (r *Reader) ready() error {
	if r.mem != nil && r.pos == r.own {
		return nil
	}
	return r.unready()
}

func (r *Reader) unready() error {
	if r.mem == nil {
		return ErrClosed
	}
	return fmt.Errorf("%w: peeked messages are held: Release or Rewind first", ErrOrder)
}

// next finds the message behind any wrap markers where the reader stands, and
// returns its length. That is what was checked, and what is used from then on:
// a hostile writer may change the header in the ring at any time.
func (r *Reader) next() (length int, err error) {
	for {
		if r.pos == r.seen {
			if err := r.look(); err != nil {
				return 0, err
			}
		}
		header := word32(r.data, int(r.off)).Load()
		size := recordSize(int(header & lengthMask))
		if header&(flagReady|flagWrap) == flagReady && size <= r.seen-r.pos && size <= r.capacity-r.off {
			return int(header & lengthMask), nil
		}
		if err := checkRecord(r.capacity, r.off, r.seen-r.pos, header); err != nil {
			return 0, err
		}
		r.skipWrap(size)
	}
}

// look looks at the writer's index, and returns nil if there is a record.
func (r *Reader) look() error {
	write := r.write.Load()
	if write == r.pos {
		r.spaceAvail.signalOnce(ReaderBeforeEmptyWake)
		return ErrEmpty
	}
	if err := checkMoved(write, r.seen, r.own+r.capacity); err != nil {
		return fmt.Errorf("%w: write index: %w", ErrCorrupt, err)
	}
	r.seen = write
	return nil
}

// await waits for a message.
func (r *Reader) await(ctx context.Context) (length int, err error) {
	for i := 0; i < spinRounds && r.spin.until(r.write, r.seen, r.last); i++ {
		if n, err := r.next(); err != ErrEmpty {
			return n, err
		}
	}
	s := sleeper{end: &r.end, ctx: ctx, ev: &r.dataAvail, peer: r.write}
	defer s.finish()
	for {
		r.dataAvail.reset()
		mark(ReaderAfterDataReset)
		over := s.over()
		if n, err := r.next(); err != ErrEmpty {
			return n, err
		}
		if over != nil {
			return 0, fmt.Errorf("ring: pop from %s: %w", r.path, over)
		}
		mark(ReaderBeforeDataWait)
		s.sleep()
		mark(ReaderAfterDataWait)
	}
}

// take copies the message out and consumes it.
func (r *Reader) take(length int, buf []byte) []byte {
	if cap(buf) < length {
		buf = make([]byte, length)
	}
	msg := buf[:length]
	copy(msg, r.data[r.off+recordHeader:])
	mark(ReaderBeforeReadAdvance)
	r.pass(length)
	r.release()
	return msg
}

// body is the message of that length where the reader stands.
func (r *Reader) body(length int) []byte {
	return r.data[r.off+recordHeader:][:length:length]
}

// pass goes on behind the message of that length where the reader stands.
func (r *Reader) pass(length int) {
	r.last = recordSize(length)
	r.advance(r.last)
}

// release gives up all records before the one where the reader stands.
func (r *Reader) release() {
	r.own = r.pos
	r.read.Store(r.pos)
	mark(ReaderAfterReadAdvance)
	r.spaceAvail.set(ReaderBeforeSpaceWake)
	mark(ReaderAfterSpaceSignal)
}

// skipWrap passes a wrap marker of the given size: the next record is at the
// lap boundary. Unless peeked messages before it are held, it is consumed.
func (r *Reader) skipWrap(size uint64) {
	held := r.pos != r.own
	r.advance(size)
	if held {
		return
	}
	r.own = r.pos
	r.read.Store(r.pos)
	mark(ReaderAfterWrapReadAdvance)
	r.spaceAvail.set(ReaderBeforeWrapSpaceWake)
	mark(ReaderAfterWrapSpaceSignal)
}

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

// step is one round of Messages; it reports whether there is another.
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
