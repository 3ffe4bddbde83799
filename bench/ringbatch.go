package bench

import (
	"context"
	"errors"

	"killpoint/ring"
)

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
