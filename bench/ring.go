package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"

	"killpoint/ring"
)

// Names of the ring files in a run's folder. back is for answers.
const (
	forth = "forth.ring"
	back  = "back.ring"
)

func (e *endpoint) writer(name string) (*ring.Writer, error) {
	return ring.Attach(filepath.Join(e.Dir, name), ring.WithPopulate())
}

func (e *endpoint) reader(name string) (*ring.Reader, error) {
	return ring.Open(filepath.Join(e.Dir, name), ring.WithPopulate())
}

func ringSend(e *endpoint) (work, error) {
	w, err := e.writer(forth)
	if err != nil {
		return nil, err
	}
	ctx, msg := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			stamp(msg, id)
			if err := w.Push(ctx, msg); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func ringReceive(e *endpoint) (work, error) {
	r, err := e.reader(forth)
	if err != nil {
		return nil, err
	}
	ctx, buf := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			if _, err := popNumbered(ctx, r, buf, id); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// popNumbered takes the message of that number, and nothing else will do.
func popNumbered(ctx context.Context, r *ring.Reader, buf []byte, id uint64) ([]byte, error) {
	msg, err := r.Pop(ctx, buf)
	if err == nil && !bears(msg, len(buf), id) {
		err = wrongMessage(msg, len(buf), id)
	}
	return msg, err
}

func ringPing(e *endpoint) (work, error) {
	w, err := e.writer(forth)
	if err != nil {
		return nil, err
	}
	r, err := e.reader(back)
	if err != nil {
		return nil, err
	}
	ctx, msg, buf := context.Background(), make([]byte, e.Size), make([]byte, e.Size)
	return e.histogram.roundTrips(func(id uint64) error {
		stamp(msg, id)
		if err := w.Push(ctx, msg); err != nil {
			return err
		}
		_, err := popNumbered(ctx, r, buf, id)
		return err
	}), nil
}

func ringEcho(e *endpoint) (work, error) {
	r, err := e.reader(forth)
	if err != nil {
		return nil, err
	}
	w, err := e.writer(back)
	if err != nil {
		return nil, err
	}
	ctx, buf := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			msg, err := popNumbered(ctx, r, buf, id)
			if err != nil {
				return err
			}
			if err := w.Push(ctx, msg); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// batchOf is how many messages of a size are passed at a time: 64, but no more
// than an eighth of the ring, so that both ends can work at the same time.
func batchOf(size int) int {
	const most, part = 64, 8
	return min(most, max(capacity/part/size, 1))
}

func batchSend(e *endpoint) (work, error) {
	w, err := e.writer(forth)
	if err != nil {
		return nil, err
	}
	ctx, batch := context.Background(), make([][]byte, batchOf(e.Size))
	for i := range batch {
		batch[i] = make([]byte, e.Size)
	}
	return func(from, to uint64) error {
		for from < to {
			msgs := batch[:min(to-from, uint64(len(batch)))]
			for i, msg := range msgs {
				stamp(msg, from+uint64(i))
			}
			n, err := w.PushBatch(ctx, msgs)
			if err != nil {
				return err
			}
			from += uint64(n)
		}
		return nil
	}, nil
}

func batchReceive(e *endpoint) (work, error) {
	r, err := e.reader(forth)
	if err != nil {
		return nil, err
	}
	ctx, buf, most := context.Background(), make([]byte, e.Size), batchOf(e.Size)
	return func(from, to uint64) error {
		held := 0
		for id := from; id < to; {
			msg, err := r.Peek(ctx)
			switch {
			case err == nil:
				n := copy(buf, msg)
				if n != len(msg) || !bears(buf[:n], len(buf), id) {
					return wrongMessage(msg, len(buf), id)
				}
				id++
				held++
			case held == 0 || !errors.Is(err, ring.ErrEmpty):
				return err
			}
			if err != nil || held == most {
				if err := r.Release(); err != nil {
					return err
				}
				held = 0
			}
		}
		return r.Release()
	}, nil
}

func zeroCopySend(e *endpoint) (work, error) {
	w, err := e.writer(forth)
	if err != nil {
		return nil, err
	}
	ctx, content := context.Background(), make([]byte, e.Size)
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			msg, err := w.Reserve(ctx, len(content))
			if err != nil {
				return err
			}
			copy(msg, content) // whoever makes a message writes all of it
			stamp(msg, id)
			if err := w.Commit(len(content)); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func zeroCopyReceive(e *endpoint) (work, error) {
	r, err := e.reader(forth)
	if err != nil {
		return nil, err
	}
	ctx, size := context.Background(), e.Size
	return func(from, to uint64) error {
		for id := from; id < to; id++ {
			msg, err := r.Peek(ctx)
			if err != nil {
				return err
			}
			if !bears(msg, size, id) {
				return wrongMessage(msg, size, id)
			}
			e.seen += readLines(msg)
			if err := r.Release(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// readLines reads one word of each cache line after the first: that brings all
// of a message to the processor of the one who reads it where it is.
func readLines(msg []byte) (sum uint64) {
	const line = 64
	for at := line; at+minSize <= len(msg); at += line {
		sum += binary.LittleEndian.Uint64(msg[at:])
	}
	return sum
}
