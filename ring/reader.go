package ring

import (
	"context"
	"fmt"
)

// A Reader is the consuming end of a ring. One goroutine at a time may use it,
// and one Reader at a time may exist for a ring.
type Reader struct{ end }

// Open returns a reader for a ring that exists: the first one, or the
// successor of one that was closed or died. It goes on with the oldest message
// not yet consumed. Open stores nothing in the ring. Errors: fs.ErrNotExist,
// ErrLayout, ErrCorrupt.
func Open(path string, opts ...Option) (*Reader, error) {
	r := new(Reader)
	write, read, err := r.join(path, opts, ReaderOpenBeforeMap, ReaderOpenAfterMap)
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
// ErrCorrupt, ErrClosed; after any of them nothing was consumed.
func (r *Reader) Pop(ctx context.Context, buf []byte) ([]byte, error) {
	msg, err := r.TryPop(buf)
	for i := 0; err == ErrEmpty && i < spinRounds && r.spin.until(r.write, r.seen); i++ {
		msg, err = r.TryPop(buf)
	}
	if err != ErrEmpty {
		return msg, err
	}
	s := sleeper{ctx: ctx, ev: &r.dataAvail, poll: &r.poll}
	defer s.end()
	for {
		r.dataAvail.reset()
		mark(ReaderAfterDataReset)
		expired := s.expired()
		if msg, err := r.TryPop(buf); err != ErrEmpty {
			return msg, err
		}
		if expired != nil {
			return nil, fmt.Errorf("ring: pop from %s: %w", r.path, expired)
		}
		mark(ReaderBeforeDataWait)
		s.sleep()
		mark(ReaderAfterDataWait)
	}
}

// TryPop consumes the oldest message if there is one now, else it returns
// ErrEmpty. The message is returned as by Pop. Other errors: ErrCorrupt,
// ErrClosed.
func (r *Reader) TryPop(buf []byte) ([]byte, error) {
	if r.mem == nil {
		return nil, ErrClosed
	}
	for {
		if err := r.available(); err != nil {
			return nil, err
		}
		header := *plain32(r.data, r.off)
		size, err := checkRecord(r.capacity, r.off, r.seen-r.pos, header)
		if err != nil {
			return nil, err
		}
		if header&flagWrap != 0 {
			r.skipWrap(size)
			continue
		}
		body := r.off + recordHeader
		msg := append(buf[:0], r.data[body:body+uint64(header&lengthMask)]...)
		mark(ReaderBeforeReadAdvance)
		r.advance(size)
		r.read.Store(r.pos)
		mark(ReaderAfterReadAdvance)
		r.spaceAvail.set(ReaderBeforeSpaceWake)
		mark(ReaderAfterSpaceSignal)
		return msg, nil
	}
}

// available returns nil if there is a record. The writer's index is looked at
// only once all is consumed that the last look has shown.
func (r *Reader) available() error {
	if r.pos != r.seen {
		return nil
	}
	write := r.write.Load()
	if write == r.pos {
		return ErrEmpty
	}
	if err := checkMoved(write, r.seen, r.pos+r.capacity); err != nil {
		return fmt.Errorf("%w: write index: %w", ErrCorrupt, err)
	}
	r.seen = write
	return nil
}

// skipWrap consumes a wrap marker of the given size: the next record is at the
// lap boundary.
func (r *Reader) skipWrap(size uint64) {
	r.advance(size)
	r.read.Store(r.pos)
	mark(ReaderAfterWrapReadAdvance)
	r.spaceAvail.set(ReaderBeforeWrapSpaceWake)
	mark(ReaderAfterWrapSpaceSignal)
}
